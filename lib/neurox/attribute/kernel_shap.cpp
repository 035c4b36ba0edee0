#include <Eigen/Cholesky>
#include <algorithm>
#include <bit>

#include "neurox/attribute/permutation.h"
#include "neurox/attribute/shapley.h"
#include "neurox/core/error.h"
#include "neurox/core/matrix.h"

namespace neurox::attribute {
namespace {

/// Coalitions with what they count.
struct Design {
  std::vector<Coalition> coalitions;
  std::vector<double> weights;
};

/// Share of the kernel's mass that coalitions of a size have together, up to a factor.
double mass_of_size(std::size_t size, std::size_t n) {
  return 1 / (static_cast<double>(size) * static_cast<double>(n - size));
}

Design every_coalition(std::size_t n) {
  std::vector<double> weight_of_size(n);  // mass / C(n, size)
  double choose = 1;
  for (std::size_t k = 1; k < n; ++k) {
    choose = choose * static_cast<double>(n - k + 1) / static_cast<double>(k);
    weight_of_size[k] = mass_of_size(k, n) / choose;
  }
  Design out;
  for (std::uint64_t mask = 1; mask + 1 < std::uint64_t{1} << n; ++mask) {
    out.coalitions.push_back(coalition_of(mask, n));
    out.weights.push_back(weight_of_size[static_cast<std::size_t>(std::popcount(mask))]);
  }
  return out;
}

Design drawn(std::size_t n, const KernelShapOptions& options) {
  std::vector<double> until(n);  // cumulative mass
  for (std::size_t k = 1; k < n; ++k) until[k] = until[k - 1] + mass_of_size(k, n);
  Random random(options.seed);
  Design out;
  for (int draw = 0; draw < options.samples / 2; ++draw) {
    const double u = static_cast<double>(random.next() >> 11) * 0x1p-53 * until.back();
    const auto above = std::upper_bound(until.begin() + 1, until.end() - 1, u);
    const auto size = static_cast<std::size_t>(above - until.begin());
    const std::vector<std::size_t> order = random_order(n, random);
    Coalition members(n, false), others(n, true);
    for (std::size_t k = 0; k < size; ++k) {
      members[order[k]] = true;
      others[order[k]] = false;
    }
    out.coalitions.push_back(std::move(members));
    out.coalitions.push_back(std::move(others));
  }
  out.weights.assign(out.coalitions.size(), 1);
  return out;
}

/// min sum w (y - z'phi)^2 with sum of phi = total, from A = sum w z z' and b = sum w y z.
VectorD constrained(const MatrixD& a, const VectorD& b, double total, std::size_t samples) {
  const Eigen::LDLT<MatrixD> factors(a);
  if (factors.info() != Eigen::Success ||
      !(factors.vectorD().minCoeff() > 1e-9 * factors.vectorD().maxCoeff()))
    throw usage_error("Kernel SHAP: {} coalitions do not tell {} players apart; take more samples", samples,
                      a.rows());
  const VectorD free = factors.solve(b), ones = factors.solve(VectorD::Ones(b.size()));
  return free - ones * ((free.sum() - total) / ones.sum());
}

}  // namespace

PlayerValues kernel_shap(Game& game, const KernelShapOptions& options) {
  if (options.samples < 2 || options.samples % 2 != 0)
    throw usage_error("Kernel SHAP: {} samples; give an even number, they come in pairs", options.samples);
  const std::size_t n = game.players();
  PlayerValues out{{}, {}, game.none(), game.all()};
  if (n == 1) {
    out.values = {out.all - out.none};
    return out;
  }
  const bool all_of_them =
      n < 31 && (std::uint64_t{1} << n) - 2 <= static_cast<std::uint64_t>(options.samples);
  const Design design = all_of_them ? every_coalition(n) : drawn(n, options);
  const std::vector<double> v = game.values(design.coalitions);
  MatrixD a = MatrixD::Zero(static_cast<Index>(n), static_cast<Index>(n));
  VectorD b = VectorD::Zero(static_cast<Index>(n));
  std::vector<Index> present;
  for (std::size_t s = 0; s < v.size(); ++s) {
    present.clear();
    for (std::size_t i = 0; i < n; ++i)
      if (design.coalitions[s][i]) present.push_back(static_cast<Index>(i));
    for (const Index i : present) {
      b(i) += design.weights[s] * (v[s] - out.none);
      for (const Index j : present) a(i, j) += design.weights[s];
    }
  }
  const VectorD phi = constrained(a, b, out.all - out.none, v.size());
  out.values.assign(phi.begin(), phi.end());
  return out;
}

}  // namespace neurox::attribute
