#include "neurox/tcav/binary_logistic.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox::tcav {
namespace {

/// log(1 + exp(x)) without overflow.
double softplus(double x) {
  return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
}

void check(const MatrixD& X, std::span<const int> y, const BinaryLogisticOptions& options) {
  if (static_cast<std::size_t>(X.rows()) != y.size())
    throw input_error("logistic regression: {} rows but {} labels", X.rows(), y.size());
  if (!(options.C > 0)) throw usage_error("logistic regression: C is {}; it must be above 0", options.C);
  std::size_t ones = 0;
  for (const int label : y) {
    if (label != 0 && label != 1)
      throw input_error("logistic regression: label {} is neither 0 nor 1", label);
    ones += static_cast<std::size_t>(label);
  }
  if (ones == 0 || ones == y.size())
    throw input_error("logistic regression: all {} labels are alike", y.size());
}

/// A place in the span of the rows: w = C X' a.
struct Point {
  VectorD a;
  double b;
  VectorD Ka;  ///< K a
};

class Problem {
 public:
  Problem(const MatrixD& X, std::span<const int> y, double C) : K_(X * X.transpose()), y_(X.rows()), C_(C) {
    for (Index i = 0; i < y_.size(); ++i) y_[i] = y[static_cast<std::size_t>(i)];
  }

  VectorD scores(const Point& p) const { return (C_ * p.Ka).array() + p.b; }
  VectorD probabilities(const Point& p) const {
    return scores(p).unaryExpr(
        [](double f) { return f >= 0 ? 1 / (1 + std::exp(-f)) : std::exp(f) / (1 + std::exp(f)); });
  }
  double objective(const Point& p) const {
    const VectorD f = scores(p);
    double loss = 0;
    for (Index i = 0; i < f.size(); ++i) loss += softplus(y_[i] > 0 ? -f[i] : f[i]);
    return 0.5 * C_ * C_ * p.a.dot(p.Ka) + C_ * loss;
  }
  double residual(const Point& p) const { return (p.a - (y_ - probabilities(p))).cwiseAbs().maxCoeff(); }

  Point start() const {
    const double share = y_.mean();
    return {VectorD::Zero(y_.size()), std::log(share / (1 - share)), VectorD::Zero(y_.size())};
  }

  /// Minimum of the quadratic model at p: a = S (u - b 1) with sum a = 0, S = (C K + W^-1)^-1 and
  /// u = f - b_p + (y - p) / W.
  Point newton(const Point& at) const {
    const VectorD p = probabilities(at);
    const VectorD root = (p.array() * (1 - p.array())).max(1e-14).sqrt();
    MatrixD B = C_ * (root.asDiagonal() * K_ * root.asDiagonal());
    B.diagonal().array() += 1;
    // Not LLT, whose blocks call BLAS routines beyond the products that the project links.
    const Eigen::LDLT<MatrixD> factor(B);
    const auto S = [&](const VectorD& scaled) { return VectorD(root.asDiagonal() * factor.solve(scaled)); };
    // u is not formed: where W is tiny it would be huge.
    const VectorD Su = S(root.cwiseProduct(C_ * at.Ka) + (y_ - p).cwiseQuotient(root));
    const VectorD S1 = S(root);
    // u here is measured from the old intercept, so this is the step of b.
    const double shift = Su.sum() / S1.sum();
    Point next{Su - shift * S1, at.b + shift, {}};
    next.Ka = K_ * next.a;
    return next;
  }

 private:
  MatrixD K_;
  VectorD y_;
  double C_;
};

Point between(const Point& from, const Point& to, double step) {
  return {from.a + step * (to.a - from.a), from.b + step * (to.b - from.b),
          from.Ka + step * (to.Ka - from.Ka)};
}

}  // namespace

BinaryLogisticFit fit_binary_logistic(const MatrixD& X, std::span<const int> y,
                                      const BinaryLogisticOptions& options) {
  check(X, y, options);
  const Problem problem(X, y, options.C);
  Point now = problem.start();
  BinaryLogisticFit fit;
  fit.objective = problem.objective(now);
  for (; fit.iterations < options.max_iterations; ++fit.iterations) {
    fit.residual = problem.residual(now);
    if (fit.residual <= options.tolerance) break;
    const Point full = problem.newton(now);
    Point next = full;
    double objective = problem.objective(next);
    for (double step = 0.5; objective > fit.objective * (1 + 1e-13) && step > 1e-6; step /= 2) {
      next = between(now, full, step);
      objective = problem.objective(next);
    }
    now = std::move(next);
    fit.objective = objective;
  }
  fit.residual = problem.residual(now);
  fit.converged = fit.residual <= options.tolerance;
  fit.w = options.C * (X.transpose() * now.a);
  fit.b = now.b;
  return fit;
}

}  // namespace neurox::tcav
