#include "neurox/rank/overlap.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "neurox/core/error.h"

namespace neurox {
namespace {

/// The place of each thing, from 0.
std::vector<Index> place_of_each(const NeuronList& order) {
  const auto n = static_cast<Index>(order.size());
  std::vector<Index> places(order.size(), -1);
  for (Index i = 0; i < n; ++i) {
    const Index thing = order[static_cast<std::size_t>(i)];
    if (thing < 0 || thing >= n || places[static_cast<std::size_t>(thing)] >= 0)
      throw usage_error("agreement: {} at place {} of an ordering of {} things stands there twice or is none",
                        thing, i, n);
    places[static_cast<std::size_t>(thing)] = i;
  }
  return places;
}

void check_persistence(double p) {
  if (!(p > 0 && p < 1)) throw usage_error("rank-biased overlap: p {} is not between 0 and 1", p);
}

double log_choose(Index n, Index k) {
  const auto gamma = [](Index x) { return std::lgamma(static_cast<double>(x) + 1); };
  return gamma(n) - gamma(k) - gamma(n - k);
}

}  // namespace

std::vector<Index> common_by_depth(const NeuronList& a, const NeuronList& b, Index depth) {
  const auto n = static_cast<Index>(a.size());
  if (a.size() != b.size()) throw usage_error("agreement: orderings of {} and {} things", a.size(), b.size());
  if (depth < 1 || depth > n) throw usage_error("agreement: the first {} of {} things", depth, n);
  const std::vector<Index> in_a = place_of_each(a), in_b = place_of_each(b);
  // A thing is common from the depth on at which both have shown it.
  std::vector<Index> common(static_cast<std::size_t>(depth), 0);
  for (std::size_t thing = 0; thing < a.size(); ++thing)
    if (const Index later = std::max(in_a[thing], in_b[thing]); later < depth)
      ++common[static_cast<std::size_t>(later)];
  for (std::size_t d = 1; d < common.size(); ++d) common[d] += common[d - 1];
  return common;
}

double overlap_at(const NeuronList& a, const NeuronList& b, Index k) {
  return static_cast<double>(common_by_depth(a, b, k).back()) / static_cast<double>(k);
}

double jaccard_at(const NeuronList& a, const NeuronList& b, Index k) {
  const Index common = common_by_depth(a, b, k).back();
  return static_cast<double>(common) / static_cast<double>(2 * k - common);
}

double average_overlap(const NeuronList& a, const NeuronList& b, Index depth) {
  double sum = 0, d = 0;
  for (const Index common : common_by_depth(a, b, depth)) sum += static_cast<double>(common) / ++d;
  return sum / d;
}

double rank_biased_overlap(const NeuronList& a, const NeuronList& b, double p) {
  check_persistence(p);
  const std::vector<Index> common = common_by_depth(a, b, static_cast<Index>(a.size()));
  double sum = 0, d = 0, power = 1;
  for (const Index x : common) {
    sum += power * static_cast<double>(x) / ++d;  // p^(d-1)
    power *= p;
  }
  return (1 - p) * sum + power * static_cast<double>(common.back()) / d;
}

double rank_biased_weight(double p, Index depth) {
  check_persistence(p);
  if (depth < 1) throw usage_error("rank-biased overlap: a depth of {}", depth);
  double sum = 0, power = 1;
  for (Index i = 1; i < depth; ++i) {
    power *= p;
    sum += power / static_cast<double>(i);
  }
  return 1 - power + (1 - p) / p * static_cast<double>(depth) * (-std::log1p(-p) - sum);
}

double overlap_by_chance(Index n, Index k, Index common) {
  if (k < 1 || k > n || common < 0 || common > k)
    throw usage_error("agreement: {} common among the first {} of {} things", common, k, n);
  double sum = 0;
  for (Index x = std::max(common, 2 * k - n); x <= k; ++x)
    sum += std::exp(log_choose(k, x) + log_choose(n - k, k - x) - log_choose(n, k));
  return std::min(1.0, sum);
}

}  // namespace neurox
