#pragma once

#include <cstdint>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox::attribute {

struct ConceptUseOptions {
  int permutations = 200;
  std::uint64_t seed = 0;
};

/// How much a prediction uses concepts, by the neurons that a ranking gives them.
///
///     use(c) = sum over neurons j of w_cj a_j,    w_cj = score_cj / sum over k of |score_ck|
///
/// a_j is what the prediction uses of neuron j (its conductance, say, summed over the tokens), so use has
/// the unit of the target: it is the mean attribution of a neuron of the concept. Against it stand scores
/// that are permuted within each layer, which keep how much of a concept each layer holds and forget which
/// neurons: their mean and standard deviation, and
///
///     p = (1 + number of permutations with |use' - mean| >= |use - mean|) / (1 + permutations)
///
/// All concepts see the same permutations, and so do all calls.
/// Cost of a call: O(permutations * neurons * concepts); memory: permutations * neurons numbers.
class ConceptUse {
 public:
  /// @param scores  #neurons x #concepts
  /// @param layers  #neurons: a number for each layer
  /// @throws Error{Usage} for sizes that differ, no neuron, fewer than 2 permutations; Error{Input} for a
  /// column of zeros and a score that is not finite (`column N` in the message)
  ConceptUse(const MatrixD& scores, const std::vector<int>& layers, const ConceptUseOptions& options = {});

  struct Use {
    VectorD use;          ///< #concepts
    VectorD mean;         ///< over the permutations
    VectorD deviation;    ///< sample standard deviation over the permutations
    VectorD probability;  ///< p, two-sided
  };
  /// @param attribution  #neurons; over a corpus, the mean of its examples'
  /// @throws Error{Usage} for another number of neurons
  Use of(const VectorD& attribution) const;

 private:
  MatrixD weights_;                                ///< #concepts x #neurons
  std::vector<std::vector<std::int32_t>> orders_;  ///< per permutation: whose attribution each neuron gets
};

}  // namespace neurox::attribute
