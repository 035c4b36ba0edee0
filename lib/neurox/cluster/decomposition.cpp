#include "neurox/cluster/decomposition.h"

#include "neurox/cluster/symmetric_solver.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

/// Ascending values; vectors as rows where they are wanted.
void solve(const MatrixD& A, VectorD& values, MatrixD* rows) {
  values.resize(A.rows());
  if (rows != nullptr) rows->resize(A.rows(), A.rows());
  if (!solve_symmetric(A.data(), A.rows(), values.data(), rows != nullptr ? rows->data() : nullptr))
    throw numeric_error(
        "the eigenvalues of a matrix of {} rows were not found; is there NaN among the values?", A.rows());
}

}  // namespace

SymmetricEigen symmetric_eigen(const MatrixD& A) {
  VectorD values;
  MatrixD rows;
  solve(A, values, &rows);
  SymmetricEigen out{values.reverse(), rows.colwise().reverse().transpose()};
  for (Index c = 0; c < out.vectors.cols(); ++c) {
    Index largest = 0;
    out.vectors.col(c).cwiseAbs().maxCoeff(&largest);
    if (out.vectors(largest, c) < 0) out.vectors.col(c) *= -1;
  }
  return out;
}

VectorD symmetric_eigenvalues(const MatrixD& A) {
  VectorD values;
  solve(A, values, nullptr);
  return values.reverse();
}

}  // namespace neurox
