#include "neurox/tcav/concept_vectors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"
#include "neurox/tcav/binary_logistic.h"

namespace neurox::tcav {
namespace {

MatrixD rows_of(const MatrixF& X, std::span<const Index> rows) {
  MatrixD out(static_cast<Index>(rows.size()), X.cols());
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.row(static_cast<Index>(i)) = X.row(rows[i]).cast<double>();
  if (!out.allFinite()) throw input_error("concept vector: an activation is not finite");
  return out;
}

/// Weights for z, and where the boundary is.
struct Weights {
  VectorD w;
  double b = 0;
  bool converged = true;
};

/// The boundary lies in the middle between the means.
Weights difference_of_means(const MatrixD& Z, std::span<const int> y) {
  VectorD sums[2] = {VectorD::Zero(Z.cols()), VectorD::Zero(Z.cols())};
  double counts[2] = {0, 0};
  for (Index i = 0; i < Z.rows(); ++i) {
    const auto side = static_cast<std::size_t>(y[static_cast<std::size_t>(i)]);
    sums[side] += Z.row(i).transpose();
    ++counts[side];
  }
  const VectorD one = sums[1] / counts[1], zero = sums[0] / counts[0];
  return {one - zero, -(one - zero).dot(one + zero) / 2};
}

Weights logistic(const MatrixD& Z, std::span<const int> y, double C) {
  BinaryLogisticFit fit = fit_binary_logistic(Z, y, {C});
  return {std::move(fit.w), fit.b, fit.converged};
}

}  // namespace

ConceptVector concept_vector(const MatrixF& X, std::span<const int> y, const Split& split,
                             const VectorOptions& options) {
  const std::vector<int> y_train = take(y, split.train);
  const auto ones = std::count(y_train.begin(), y_train.end(), 1);
  if (ones == 0 || ones == static_cast<std::ptrdiff_t>(y_train.size()))
    throw input_error("concept vector: {} examples of the concept and {} of its counterpart to train on",
                      ones, static_cast<std::ptrdiff_t>(y_train.size()) - ones);
  const MatrixD train = rows_of(X, split.train);
  ConceptVector out;
  const VectorD mean = train.colwise().mean();
  out.spread =
      ((train.rowwise() - mean.transpose()).colwise().squaredNorm() / static_cast<double>(train.rows()))
          .cwiseSqrt();
  // Centring changes the intercept alone; it is done either way, for the sake of the numbers.
  VectorD unit = VectorD::Ones(train.cols());  // of z, in raw activations
  VectorD alive = unit;
  const VectorD largest = train.cwiseAbs().colwise().maxCoeff();
  for (Index j = 0; j < train.cols(); ++j) {
    if (out.spread[j] <= 1e-7 * largest[j]) alive[j] = 0;
    if (options.standardise && alive[j] > 0) unit[j] = out.spread[j];
  }
  const VectorD inverse = alive.cwiseQuotient(unit);
  const MatrixD Z = (train.rowwise() - mean.transpose()) * inverse.asDiagonal();
  Weights weights = options.direction == Direction::Difference ? difference_of_means(Z, y_train)
                                                               : logistic(Z, y_train, options.C);
  const double length = weights.w.norm();
  if (!(length > 0))
    throw numeric_error("concept vector: nothing in {} neurons tells the concept from its counterpart",
                        X.cols());
  if (options.unit) {
    weights.w /= length;
    weights.b /= length;
  }
  out.direction = weights.w.cwiseProduct(unit);
  out.normal = weights.w.cwiseProduct(inverse);
  out.intercept = weights.b - out.normal.dot(mean);
  out.converged = weights.converged;
  out.held_out = static_cast<Index>(split.held_out.size());
  if (out.held_out == 0) {
    out.accuracy = out.chance = no_value;
    return out;
  }
  Index right = 0, of_concept = 0;
  for (const Index i : split.held_out) {
    const bool is_concept = y[static_cast<std::size_t>(i)] == 1;
    of_concept += is_concept ? 1 : 0;
    right += (X.row(i).cast<double>().dot(out.normal) + out.intercept > 0) == is_concept ? 1 : 0;
  }
  const auto n = static_cast<double>(out.held_out);
  out.accuracy = static_cast<double>(right) / n;
  out.chance = static_cast<double>(std::max(of_concept, out.held_out - of_concept)) / n;
  return out;
}

Split stratified_split(std::span<const int> y, std::span<const std::int64_t> groups, double share,
                       std::uint64_t seed) {
  if (!(share > 0 && share < 1))
    throw usage_error("the held-out share is {}: it must lie between 0 and 1", share);
  std::vector<bool> held(y.size(), false);
  for (const int side : {0, 1}) {
    std::map<std::int64_t, std::vector<std::size_t>> members;
    std::size_t count = 0;
    for (std::size_t i = 0; i < y.size(); ++i)
      if (y[i] == side) {
        members[groups.empty() ? static_cast<std::int64_t>(i) : groups[i]].push_back(i);
        ++count;
      }
    if (members.size() < 2)
      throw input_error("{}: {} different example(s); holding some out needs at least two",
                        side == 1 ? "concept" : "counterpart", members.size());
    // Both sides take groups in one order, so that a group of both is mostly held out of both.
    std::vector<std::pair<std::uint64_t, const std::vector<std::size_t>*>> order;
    for (const auto& [group, rows] : members)
      order.emplace_back(
          Random::mix(Random::mix(seed + 1) ^ Random::mix(static_cast<std::uint64_t>(group) + 1)), &rows);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const double wanted = share * static_cast<double>(count);
    double taken = 0;
    for (std::size_t g = 0; g + 1 < order.size() && (g == 0 || taken < wanted - 0.5); ++g) {
      for (const std::size_t i : *order[g].second) held[i] = true;
      taken += static_cast<double>(order[g].second->size());
    }
  }
  Split split;
  for (std::size_t i = 0; i < y.size(); ++i)
    (held[i] ? split.held_out : split.train).push_back(static_cast<Index>(i));
  return split;
}

bool at_chance(double accuracy, double chance, Index held_out) {
  if (held_out == 0) return true;
  const double error = std::sqrt(chance * (1 - chance) / static_cast<double>(held_out));
  return !(accuracy > chance + 1.645 * error);
}

}  // namespace neurox::tcav
