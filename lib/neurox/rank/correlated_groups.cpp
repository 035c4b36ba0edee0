#include "neurox/rank/correlated_groups.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kGroupBand = 1024;  // rows

/// Sets that are joined; each is named by its first member.
class Sets {
 public:
  explicit Sets(std::size_t n) : first_(n) { std::iota(first_.begin(), first_.end(), std::size_t{0}); }
  std::size_t of(std::size_t i) {
    while (first_[i] != i) i = first_[i] = first_[first_[i]];
    return i;
  }
  void join(std::size_t i, std::size_t j) {
    const std::size_t a = of(i), b = of(j);
    first_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> first_;
};

}  // namespace

std::vector<Index> correlated_groups(const RowSource& X, double threshold, Progress& progress) {
  if (!(threshold > 0 && threshold <= 1))
    throw usage_error("a correlation of {} is not between 0 and 1", threshold);
  ColumnStats stats(X.cols());
  progress.stage("means", X.rows(), "rows");
  for_each_band(X, kGroupBand, [&](Index first, const MatrixFRef& band) {
    stats.add(band);
    progress.advance_to(first + band.rows());
  });
  const VectorD mean = stats.mean(), variance = stats.variance();
  MatrixD products = MatrixD::Zero(X.cols(), X.cols());
  progress.stage("correlations", X.rows(), "rows");
  for_each_band(X, kGroupBand, [&](Index first, const MatrixFRef& band) {
    const MatrixD centred = band.cast<double>().rowwise() - mean.transpose();
    products.noalias() += centred.transpose() * centred;
    progress.advance_to(first + band.rows());
  });
  Sets sets(static_cast<std::size_t>(X.cols()));
  const auto rows = static_cast<double>(X.rows());
  // Rounding may leave two equal columns just below 1.
  const double limit = threshold - 1e-12;
  for (Index i = 0; i < X.cols(); ++i)
    for (Index j = 0; j < i; ++j) {
      const double scale = rows * std::sqrt(variance(i) * variance(j));
      if (scale > 0 && std::abs(products(i, j)) >= limit * scale)
        sets.join(static_cast<std::size_t>(i), static_cast<std::size_t>(j));
    }
  std::vector<Index> out(static_cast<std::size_t>(X.cols()), -1);
  Index groups = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t first = sets.of(i);
    out[i] = first == i ? groups++ : out[first];
  }
  return out;
}

NeuronList order_of_groups(const NeuronList& order, std::span<const Index> group_of) {
  NeuronList out;
  std::vector<bool> seen(group_of.size(), false);
  for (const Index thing : order) {
    const Index group = group_of[static_cast<std::size_t>(thing)];
    if (seen[static_cast<std::size_t>(group)]) continue;
    seen[static_cast<std::size_t>(group)] = true;
    out.push_back(group);
  }
  return out;
}

void stand_for_members(NeuronScores& scores, std::span<const Index> group_of) {
  const Index d = scores.scores.rows();
  if (static_cast<Index>(group_of.size()) != d)
    throw input_error("groups of {} neurons but scores of {}", group_of.size(), d);
  const Index groups = d == 0 ? 0 : 1 + *std::max_element(group_of.begin(), group_of.end());
  MatrixD own = scores.scores;
  for (Index c = 0; c < own.cols(); ++c) {
    std::vector<Index> best(static_cast<std::size_t>(groups), -1);
    for (Index j = 0; j < d; ++j) {
      Index& at = best[static_cast<std::size_t>(group_of[static_cast<std::size_t>(j)])];
      if (at < 0 || own(j, c) > own(at, c)) at = j;
    }
    scores.scores.col(c).setZero();
    for (const Index j : best)
      if (j >= 0) scores.scores(j, c) = own(j, c);
  }
  scores.layers.emplace_back("own_score", std::move(own));
  if (scores.order.empty()) return;
  std::vector<bool> seen(static_cast<std::size_t>(groups), false);
  NeuronList first, rest;
  for (const Index j : scores.order) {
    const auto group = static_cast<std::size_t>(group_of[static_cast<std::size_t>(j)]);
    (seen[group] ? rest : first).push_back(j);
    seen[group] = true;
  }
  first.insert(first.end(), rest.begin(), rest.end());
  scores.order = std::move(first);
}

std::vector<double> best_of_groups(std::span<const double> values, std::span<const Index> group_of) {
  const Index groups = group_of.empty() ? 0 : 1 + *std::max_element(group_of.begin(), group_of.end());
  std::vector<double> out(static_cast<std::size_t>(groups), -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < values.size(); ++i) {
    double& best = out[static_cast<std::size_t>(group_of[i])];
    best = std::max(best, values[i]);
  }
  return out;
}

}  // namespace neurox
