#include "neurox/cluster/similarity.h"

#include <algorithm>
#include <cmath>

#include "neurox/cluster/decomposition.h"

namespace neurox {
namespace {

constexpr double kRoundingError = 1e-10;  // of the largest eigenvalue

/// #directions of x x #directions of y: inner products of the orthonormal token vectors.
MatrixD inner_products(const Basis& x, const Basis& y, const MatrixD& R_xy) {
  const MatrixD left = x.vectors.transpose() * R_xy;
  MatrixD out = left * y.vectors;
  out.array().colwise() /= x.scale.array();
  out.array().rowwise() /= y.scale.transpose().array();
  return out;
}

VectorD roots(const VectorD& squares) {
  return squares.cwiseMax(0.0).cwiseSqrt().cwiseMin(1.0);
}

}  // namespace

BestMatches best_correlations(const MatrixD& R) {
  BestMatches out;
  for (Index i = 0; i < R.rows(); ++i) {
    Index best = -1;
    double value = 0;
    if (R.cols() > 0) value = R.row(i).cwiseAbs().maxCoeff(&best);
    out.value.push_back(std::min(value, 1.0));
    out.other.push_back(best);
  }
  return out;
}

Basis full_basis(const MatrixD& R_xx) {
  if (R_xx.rows() == 0) return {};
  const SymmetricEigen eigen = symmetric_eigen(R_xx);
  Index n = 0;
  while (n < eigen.values.size() && eigen.values(n) > kRoundingError * eigen.values(0)) ++n;
  return {eigen.vectors.leftCols(n), eigen.values.head(n).cwiseSqrt()};
}

Basis leading(const Basis& basis, double share) {
  if (share >= 1) return basis;
  const double total = basis.scale.squaredNorm();
  Index n = 0;
  for (double sum = 0; n < basis.scale.size(); ++n) {
    sum += basis.scale(n) * basis.scale(n);
    if (!(sum < share * total)) break;
  }
  n = std::min(std::max<Index>(n, 1), basis.scale.size());
  return {basis.vectors.leftCols(n), basis.scale.head(n)};
}

VectorD regression_power(const Basis& x, const MatrixD& R_xy) {
  MatrixD projected = x.vectors.transpose() * R_xy;
  projected.array().colwise() /= x.scale.array();
  return roots(projected.colwise().squaredNorm());
}

VectorD canonical_correlations(const Basis& x, const Basis& y, const MatrixD& R_xy) {
  const MatrixD M = inner_products(x, y, R_xy);
  if (M.size() == 0) return {};
  const MatrixD square = M.rows() < M.cols() ? MatrixD(M * M.transpose()) : MatrixD(M.transpose() * M);
  return roots(symmetric_eigenvalues(square));
}

double svcca(const Basis& x, const Basis& y, const MatrixD& R_xy) {
  return canonical_correlations(x, y, R_xy).mean();
}

double pwcca(const Basis& x, const Basis& y, const MatrixD& R_xy, const VectorD& sd_x) {
  const MatrixD M = inner_products(x, y, R_xy);
  const SymmetricEigen eigen = symmetric_eigen(M * M.transpose());
  const Index n = std::min(M.rows(), M.cols());
  // <h_i, x_j> = sd_j (u_i' scale V')_j, up to a factor common to all.
  MatrixD products = eigen.vectors.leftCols(n).transpose() * x.scale.asDiagonal();
  products = products * x.vectors.transpose();
  const VectorD weights = products.cwiseAbs() * sd_x;
  return weights.dot(roots(eigen.values.head(n))) / weights.sum();
}

double linear_cka(double norm_xx, double norm_yy, const MatrixD& R_xy, const VectorD& sd_x,
                  const VectorD& sd_y) {
  return (sd_x.asDiagonal() * R_xy * sd_y.asDiagonal()).squaredNorm() / (norm_xx * norm_yy);
}

double covariance_norm(const MatrixD& R_xx, const VectorD& sd_x) {
  return (sd_x.asDiagonal() * R_xx * sd_x.asDiagonal()).norm();
}

}  // namespace neurox
