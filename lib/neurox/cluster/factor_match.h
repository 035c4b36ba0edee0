#pragma once

#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// Which factor of one set is which of another.
struct FactorMatch {
  Index other = -1;   ///< position in the other set; -1 where the other set has no factor left
  double cosine = 0;  ///< of the two factors over neurons
};

/// Pairs factors one to one by the cosine of their neurons, either sign: the two most alike of all first,
/// then the two most alike of those left, and so on. A tie goes to the lower positions.
/// @param H      #factors x #neurons
/// @param other  #factors of the other set x #neurons
/// @return one per factor of H
/// @throws Error{Usage} for different numbers of neurons
/// Cost: O(factors others neurons).
std::vector<FactorMatch> match_factors(const MatrixD& H, const MatrixD& other);

}  // namespace neurox
