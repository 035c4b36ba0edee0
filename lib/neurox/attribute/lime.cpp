#include "neurox/attribute/lime.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/matrix.h"
#include "neurox/core/random.h"

namespace neurox::attribute {
namespace {

std::vector<Coalition> neighbours(std::size_t n, const LimeOptions& options) {
  std::vector<Coalition> out;
  if (n < 31 && std::uint64_t{1} << n <= static_cast<std::uint64_t>(options.samples)) {
    for (std::uint64_t mask = 0; mask < std::uint64_t{1} << n; ++mask) out.push_back(coalition_of(mask, n));
    return out;
  }
  Random random(options.seed);
  for (int s = 0; s < options.samples; ++s) {
    Coalition flags(n);
    for (std::size_t i = 0; i < n; ++i) flags[i] = random.below(2) == 1;
    out.push_back(std::move(flags));
  }
  return out;
}

/// The cosine of nobody and everybody counts as 0.
double cosine_kernel(const Coalition& flags, double width) {
  const auto present = static_cast<double>(std::count(flags.begin(), flags.end(), true));
  const double d = 1 - std::sqrt(present / static_cast<double>(flags.size()));
  return std::exp(-d * d / (2 * width * width));
}

/// min 1/2 b'Gb - b'c + alpha |b|_1, one coefficient after the other.
VectorD lasso(const MatrixD& g, const VectorD& c, double alpha) {
  VectorD b = VectorD::Zero(c.size()), gb = b;
  for (int round = 0; round < 100000; ++round) {
    double moved = 0;
    for (Index i = 0; i < b.size(); ++i) {
      if (g(i, i) < 1e-12) continue;  // always or never present: nothing is known of it
      const double pull = c(i) - gb(i) + g(i, i) * b(i);
      const double next = std::copysign(std::max(std::abs(pull) - alpha, 0.0), pull) / g(i, i);
      const double step = next - b(i);
      if (step == 0) continue;
      gb += step * g.col(i);
      b(i) = next;
      moved = std::max(moved, std::abs(step));
    }
    if (moved <= 1e-10 * b.cwiseAbs().maxCoeff()) return b;
  }
  throw numeric_error("LIME: the Lasso did not settle in 100000 rounds; raise alpha or take the Ridge");
}

void check(const LimeOptions& options) {
  if (options.samples < 2) throw usage_error("LIME: {} samples; give at least 2", options.samples);
  if (!(options.alpha >= 0)) throw usage_error("LIME: alpha {}; give 0 or more", options.alpha);
  if (!(options.kernel_width > 0))
    throw usage_error("LIME: kernel width {}; give more than 0", options.kernel_width);
}

}  // namespace

LimeFit lime(Game& game, const LimeOptions& options) {
  check(options);
  const std::vector<Coalition> coalitions = neighbours(game.players(), options);
  const std::vector<double> v = game.values(coalitions);
  const auto rows = static_cast<Index>(v.size()), n = static_cast<Index>(game.players());
  MatrixD z(rows, n);
  VectorD w(rows), y(rows);
  for (Index s = 0; s < rows; ++s) {
    const Coalition& flags = coalitions[static_cast<std::size_t>(s)];
    for (Index i = 0; i < n; ++i) z(s, i) = flags[static_cast<std::size_t>(i)] ? 1 : 0;
    w(s) = options.similarity ? options.similarity(flags) : cosine_kernel(flags, options.kernel_width);
    y(s) = v[static_cast<std::size_t>(s)];
    if (!(w(s) >= 0)) throw usage_error("LIME: a weight of {}; weights are 0 or more", w(s));
  }
  if (!(w.sum() > 0)) throw usage_error("LIME: all weights are 0; take a wider kernel");
  w /= w.sum();
  // Weighted means away, the intercept is gone.
  const VectorD mean_z = z.transpose() * w;
  const double mean_y = w.dot(y);
  z.rowwise() -= mean_z.transpose();
  y.array() -= mean_y;
  const MatrixD weighted = w.asDiagonal() * z;
  MatrixD g = z.transpose() * weighted;
  const VectorD c = weighted.transpose() * y;
  VectorD b;
  if (options.penalty == LimeOptions::Penalty::Lasso) {
    b = lasso(g, c, options.alpha);
  } else {
    g.diagonal().array() += options.alpha;
    b = Eigen::LDLT<MatrixD>(g).solve(c);
    if (!b.allFinite())
      throw numeric_error("LIME: {} samples do not determine {} players; raise alpha", rows, n);
  }
  const double spread = y.cwiseProduct(y).dot(w);
  const double missed = (y - z * b).cwiseAbs2().dot(w);
  LimeFit out;
  out.coefficients.assign(b.begin(), b.end());
  out.intercept = mean_y - mean_z.dot(b);
  out.r2 = spread > 0 ? 1 - missed / spread : 1;
  return out;
}

}  // namespace neurox::attribute
