#include "neurox/probe/newton_model.h"

#include <algorithm>
#include <cmath>

#include "neurox/probe/band_sum.h"
#include "neurox/probe/thin_products.h"

namespace neurox {
namespace {

constexpr int kCycles = 12;     ///< of proximal and subspace steps
constexpr int kProximal = 12;   ///< proximal steps in a row
constexpr int kConjugate = 15;  ///< conjugate gradients in a row

double dot(const MatrixF& a, const MatrixF& b) {
  return a.cast<double>().cwiseProduct(b.cast<double>()).sum();
}

}  // namespace

NewtonModel::NewtonModel(const ObjectivePoint& point, const HessianRows& rows, const ElasticNet& penalty,
                         double damping)
    : point_(point),
      rows_(rows),
      classes_(point.parameters.rows()),
      neurons_(rows.Z.cols()),
      l1_(static_cast<float>(penalty.l1)),
      gradient_(point.gradient.cast<float>()) {
  P_.resize(rows.Z.rows(), classes_);
  scores_of(rows.Z, point.parameters.leftCols(neurons_), P_);
  P_.rowwise() += point.parameters.col(neurons_).transpose();
  softmax_rows(P_);
  // On standardised columns a class's mean curvature is its mean p(1-p).
  const VectorF curvature = (P_.array() * (1 - P_.array())).matrix().transpose() * rows.weights;
  ridge_ = static_cast<float>(damping) * curvature.replicate(1, neurons_ + 1);
  ridge_.leftCols(neurons_).array() += static_cast<float>(penalty.l2);
  ridge_.col(neurons_).array() += static_cast<float>(penalty.bias_l2);
  bound_curvature();
}

MatrixF NewtonModel::product(const MatrixF& D) {
  ++products_;
  MatrixD sum = MatrixD::Zero(classes_, neurons_ + 1);
  add_bands(rows_.Z, sum, [&](Index first, const MatrixFRef& Z, MatrixF& part) {
    const auto P = P_.middleRows(first, Z.rows());
    MatrixF T(Z.rows(), classes_);
    scores_of(Z, D.leftCols(neurons_), T);
    T.rowwise() += D.col(neurons_).transpose();
    const VectorF mean = T.cwiseProduct(P).rowwise().sum();
    T.colwise() -= mean;
    T = T.cwiseProduct(P);
    T.array().colwise() *= rows_.weights.segment(first, Z.rows()).array();
    add_outer_sums(T, Z, part.leftCols(neurons_));
    part.col(neurons_) += T.colwise().sum().transpose();
  });
  return sum.cast<float>() + ridge_.cwiseProduct(D);
}

/// Bounds each class's block by power iteration: diag p - pp' is at most diag min(p, 2p(1-p)).
void NewtonModel::bound_curvature() {
  MatrixF V(classes_, neurons_ + 1);
  // A fixed start that is orthogonal to nothing in particular.
  for (Index j = 0; j <= neurons_; ++j)
    V.col(j).setConstant(1 + 0.5F * std::sin(static_cast<float>(j) * 1.7F) * (j % 2 == 0 ? 1.0F : -1.0F));
  VectorF norms = VectorF::Zero(classes_);
  for (int round = 0; round < 8; ++round) {
    MatrixD sum = MatrixD::Zero(classes_, neurons_ + 1);
    add_bands(rows_.Z, sum, [&](Index first, const MatrixFRef& Z, MatrixF& part) {
      const auto P = P_.middleRows(first, Z.rows()).array();
      MatrixF T(Z.rows(), classes_);
      scores_of(Z, V.leftCols(neurons_), T);
      T.rowwise() += V.col(neurons_).transpose();
      T.array() *= P.min(2 * P * (1 - P));
      T.array().colwise() *= rows_.weights.segment(first, Z.rows()).array();
      add_outer_sums(T, Z, part.leftCols(neurons_));
      part.col(neurons_) += T.colwise().sum().transpose();
    });
    ++products_;
    V = sum.cast<float>();
    norms = V.rowwise().norm();
    V.array().colwise() /= norms.array().max(1e-30F);
  }
  // Power iteration comes from below.
  bound_ = (1.2F * norms.array() + ridge_.rowwise().maxCoeff().array()).max(1e-8F);
}

double NewtonModel::residual(const MatrixF& x, const MatrixF& gradient) const {
  double worst = 0;
  for (Index k = 0; k < classes_; ++k) {
    for (Index j = 0; j < neurons_; ++j)
      worst = std::max(worst, std::abs(smallest_subgradient(x(k, j), gradient(k, j), l1_)));
    worst = std::max(worst, std::abs(static_cast<double>(gradient(k, neurons_))));
  }
  return worst;
}

NewtonModel::Value NewtonModel::value_at(const MatrixF& x) {
  const MatrixF D = x - point_.parameters;
  const MatrixF HD = product(D);
  Value value{dot(gradient_, D) + dot(HD, D) / 2 + absolute(x), gradient_ + HD, 0};
  value.residual = residual(x, value.gradient);
  return value;
}

MatrixF NewtonModel::proximal(const MatrixF& x, const MatrixF& gradient) const {
  MatrixF out = x - (gradient.array().colwise() / bound_.array()).matrix();
  for (Index k = 0; k < classes_; ++k) {
    const float t = l1_ / bound_(k);
    auto row = out.row(k).head(neurons_).array();
    row = (row - t).max(0.0F) + (row + t).min(0.0F);
  }
  return out;
}

/// Accelerated proximal gradient with restarts: finds which weights are zero.
void NewtonModel::proximal_steps(MatrixF& x, Value& value, double tolerance) {
  MatrixF z = x, gradient = value.gradient;
  double t = 1;
  for (int step = 0; step < kProximal; ++step) {
    if (step > 0) gradient = gradient_ + product(z - point_.parameters);
    const MatrixF next = proximal(z, gradient);
    const MatrixF moved = next - x, fallen = ((z - next).array().colwise() * bound_.array()).matrix();
    const double against = dot(fallen, moved);
    if (against > 0) t = 1;
    const double t_next = (1 + std::sqrt(1 + 4 * t * t)) / 2;
    z = next + static_cast<float>((t - 1) / t_next) * moved;
    x = next;
    t = t_next;
    if (static_cast<double>(fallen.cwiseAbs().maxCoeff()) < tolerance) break;
  }
  value = value_at(x);
}

/// Conjugate gradients on the weights that are not zero, their signs kept: the step is cut at zero.
void NewtonModel::subspace_step(MatrixF& x, Value& value, double tolerance) {
  const auto W = x.leftCols(neurons_);
  MatrixF sign = MatrixF::Zero(classes_, neurons_ + 1);
  sign.leftCols(neurons_) = W.array().sign().matrix();
  MatrixF free = sign.cwiseAbs();
  if (l1_ == 0) free.setOnes();
  free.col(neurons_).setOnes();
  MatrixF r = -(value.gradient + l1_ * sign).cwiseProduct(free);
  MatrixF step = MatrixF::Zero(classes_, neurons_ + 1);
  const auto precondition = [&](const MatrixF& v) { return MatrixF(v.array().colwise() / bound_.array()); };
  MatrixF z = precondition(r), p = z;
  double rz = dot(r, z);
  const double start = rz;
  for (int k = 0; k < kConjugate && rz > 0; ++k) {
    const MatrixF Hp = product(p).cwiseProduct(free);
    const double curvature = dot(p, Hp);
    if (curvature <= 0) break;
    const auto alpha = static_cast<float>(rz / curvature);
    step += alpha * p;
    r -= alpha * Hp;
    z = precondition(r);
    const double next = dot(r, z);
    if (static_cast<double>(r.cwiseAbs().maxCoeff()) < 0.3 * tolerance || next < 1e-4 * start) break;
    p = z + static_cast<float>(next / rz) * p;
    rz = next;
  }
  for (float length = 1; length > 0.05F; length /= 2) {
    MatrixF next = x + length * step;
    if (l1_ > 0)
      next.leftCols(neurons_) = (next.leftCols(neurons_).array() * sign.leftCols(neurons_).array() < 0)
                                    .select(0.0F, next.leftCols(neurons_));
    Value at = value_at(next);
    if (at.q > value.q) continue;
    x = std::move(next);
    value = std::move(at);
    return;
  }
}

NewtonModel::Solution NewtonModel::minimise(double tolerance, int max_products) {
  MatrixF x = point_.parameters;
  const double start = absolute(x);
  Value value{start, gradient_, residual(x, gradient_)};
  for (int cycle = 0; cycle < kCycles && value.residual > tolerance && products_ < max_products; ++cycle) {
    proximal_steps(x, value, tolerance);
    if (value.residual <= tolerance) break;
    subspace_step(x, value, tolerance);
  }
  return {std::move(x), value.q - start, products_};
}

}  // namespace neurox
