#pragma once

namespace neurox {

/// Eigenvalues of a symmetric matrix, ascending, and its eigenvectors, without a type of Eigen's: the source
/// is compiled with Eigen under another name.
/// @param A        n x n, row after row (or column after column: it is symmetric)
/// @param values   n, filled
/// @param vectors  n x n, one vector after the other, filled; nullptr: values alone
/// @return whether the iteration converged
bool solve_symmetric(const double* A, long n, double* values, double* vectors);

}  // namespace neurox
