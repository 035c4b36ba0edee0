#include "neurox/cluster/symmetric_solver.h"

#include <Eigen/Eigenvalues>

namespace neurox {

bool solve_symmetric(const double* A, long n, double* values, double* vectors) {
  const Eigen::Map<const Eigen::MatrixXd> matrix(A, n, n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      matrix, vectors != nullptr ? Eigen::ComputeEigenvectors : Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success || !solver.eigenvalues().allFinite()) return false;
  Eigen::Map<Eigen::VectorXd>(values, n) = solver.eigenvalues();
  if (vectors != nullptr) Eigen::Map<Eigen::MatrixXd>(vectors, n, n) = solver.eigenvectors();
  return true;
}

}  // namespace neurox
