#pragma once

#include "neurox/core/matrix.h"

namespace neurox {

/// Eigenvalues and eigenvectors of a symmetric matrix, largest first.
struct SymmetricEigen {
  VectorD values;   ///< n
  MatrixD vectors;  ///< n x n, a column per value, orthonormal
};

/// @param A  n x n, symmetric; one triangle of it is read
/// @throws Error{Numeric} where the iteration does not converge (NaN in A)
/// The sign of a vector makes its largest entry (the first of equals) positive, so that the same matrix gives
/// the same vectors. Cost: O(n^3), on one core.
SymmetricEigen symmetric_eigen(const MatrixD& A);

/// The values alone, largest first: a third of the time.
VectorD symmetric_eigenvalues(const MatrixD& A);

}  // namespace neurox
