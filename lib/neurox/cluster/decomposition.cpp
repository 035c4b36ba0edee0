#include "neurox/cluster/decomposition.h"

#include <Eigen/Eigenvalues>

#include "neurox/core/error.h"

// Compiled without a BLAS: the solver calls routines that LibTorch's does not offer.

namespace neurox {
namespace {

using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;

Solver solved(const MatrixD& A, int what) {
  Solver solver(A, what);
  if (solver.info() != Eigen::Success || !solver.eigenvalues().allFinite())
    throw numeric_error(
        "the eigenvalues of a matrix of {} rows were not found; is there NaN among the values?", A.rows());
  return solver;
}

}  // namespace

SymmetricEigen symmetric_eigen(const MatrixD& A) {
  const Solver solver = solved(A, Eigen::ComputeEigenvectors);
  SymmetricEigen out{solver.eigenvalues().reverse(), solver.eigenvectors().rowwise().reverse()};
  for (Index c = 0; c < out.vectors.cols(); ++c) {
    Index largest = 0;
    out.vectors.col(c).cwiseAbs().maxCoeff(&largest);
    if (out.vectors(largest, c) < 0) out.vectors.col(c) *= -1;
  }
  return out;
}

VectorD symmetric_eigenvalues(const MatrixD& A) {
  return solved(A, Eigen::EigenvaluesOnly).eigenvalues().reverse();
}

}  // namespace neurox
