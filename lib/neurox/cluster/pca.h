#pragma once

#include "neurox/cluster/directions.h"

namespace neurox {

/// Principal components of activations.
struct Pca {
  MatrixD components;  ///< #components x #neurons, orthonormal rows; the largest entry of each is positive
  MatrixD scores;      ///< #tokens x #components: (x - mean) along each
  VectorD variance;    ///< along each, divides by #tokens - 1
  VectorD share;       ///< of the total variance
  VectorD mean;        ///< #neurons
  bool exact = true;   ///< as of Directions
};

/// @param X  #tokens x #neurons, finite; centred, not scaled
/// @throws Error{Input} as leading_directions; for fewer than two tokens; where all neurons are constant
/// Source: Pearson 1901; scikit-learn's PCA up to the sign.
Pca pca(const RowSource& X, DirectionOptions options);

}  // namespace neurox
