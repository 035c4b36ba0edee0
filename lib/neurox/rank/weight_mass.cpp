#include "neurox/rank/weight_mass.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"

namespace neurox {
namespace {

void check(const MatrixF& W) {
  if (W.size() == 0) throw input_error("no probe weights: {} classes x {} neurons", W.rows(), W.cols());
  for (Index k = 0; k < W.rows(); ++k)
    for (Index j = 0; j < W.cols(); ++j)
      if (!std::isfinite(W(k, j))) throw input_error("weight of class {}, neuron {} is not finite", k, j);
}

NeuronList descending(const MatrixF& W, Index k) {
  NeuronList order(static_cast<std::size_t>(W.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return std::abs(W(k, a)) > std::abs(W(k, b)); });
  return order;
}

NeuronList ascending(const MatrixF& W, Index k) {
  NeuronList order(static_cast<std::size_t>(W.cols()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return std::abs(W(k, a)) < std::abs(W(k, b)); });
  return order;
}

/// Running sums of |W| of class k along an order, in double.
std::vector<double> running_mass(const MatrixF& W, Index k, const NeuronList& order) {
  std::vector<double> sums;
  sums.reserve(order.size());
  double sum = 0;
  for (Index j : order) sums.push_back(sum += std::abs(static_cast<double>(W(k, j))));
  return sums;
}

/// The least number of neurons, at least one, whose running mass reaches the share.
std::size_t reach(const std::vector<double>& sums, double share) {
  const auto at = std::lower_bound(sums.begin(), sums.end(), sums.back() * share);
  return std::min(static_cast<std::size_t>(at - sums.begin()) + 1, sums.size());
}

void unite(NeuronSets& sets, Index neurons) {
  std::vector<bool> in(static_cast<std::size_t>(neurons), false);
  for (const NeuronList& list : sets.per_class)
    for (Index j : list) in[static_cast<std::size_t>(j)] = true;
  for (Index j = 0; j < neurons; ++j)
    if (in[static_cast<std::size_t>(j)]) sets.together.push_back(j);
}

template <class Order>
NeuronSets by_mass(const MatrixF& W, double share, Order order_of) {
  check(W);
  if (!(share >= 0 && share <= 1)) throw usage_error("the share of mass is {}: it must lie in [0, 1]", share);
  NeuronSets sets;
  for (Index k = 0; k < W.rows(); ++k) {
    NeuronList order = order_of(W, k);
    order.resize(reach(running_mass(W, k, order), share));
    sets.per_class.push_back(std::move(order));
  }
  unite(sets, W.cols());
  return sets;
}

/// For each neuron the step s in 0..stride at which some class takes it; stride + 1 where none does.
std::vector<int> entry_steps(const MatrixF& W, int stride) {
  std::vector<int> steps(static_cast<std::size_t>(W.cols()), stride + 1);
  for (Index k = 0; k < W.rows(); ++k) {
    const NeuronList order = descending(W, k);
    const std::vector<double> sums = running_mass(W, k, order);
    std::size_t taken = 0;
    for (int s = 0; s <= stride; ++s)
      for (const std::size_t end = reach(sums, static_cast<double>(s) / stride); taken < end; ++taken) {
        int& step = steps[static_cast<std::size_t>(order[taken])];
        step = std::min(step, s);
      }
  }
  return steps;
}

/// Largest share of a class's mass that each neuron has.
VectorD largest_share(const MatrixF& W) {
  VectorD best = VectorD::Zero(W.cols());
  for (Index k = 0; k < W.rows(); ++k) {
    const double mass = W.row(k).cast<double>().lpNorm<1>();
    if (mass > 0) best = best.cwiseMax(W.row(k).transpose().cast<double>().cwiseAbs() / mass);
  }
  return best;
}

void append_sorted(NeuronList& ordering, NeuronList block, const VectorD& key) {
  std::sort(block.begin(), block.end(),
            [&](Index a, Index b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  ordering.insert(ordering.end(), block.begin(), block.end());
}

std::vector<NeuronList> blocks_of(const std::vector<int>& steps, int stride) {
  std::vector<NeuronList> blocks(static_cast<std::size_t>(stride) + 2);
  for (std::size_t j = 0; j < steps.size(); ++j)
    blocks[static_cast<std::size_t>(steps[j])].push_back(static_cast<Index>(j));
  return blocks;
}

void check_stride(int stride) {
  if (stride < 1) throw usage_error("the search stride is {}: it must be at least 1", stride);
}

}  // namespace

NeuronList order_by_weight(const MatrixF& W, Index class_index) {
  check(W);
  if (class_index < 0 || class_index >= W.rows())
    throw input_error("class {} is asked for but there are {}", class_index, W.rows());
  return descending(W, class_index);
}

NeuronSets top_by_mass(const MatrixF& W, double share) {
  return by_mass(W, share, descending);
}

NeuronSets bottom_by_mass(const MatrixF& W, double share) {
  return by_mass(W, share, ascending);
}

NeuronSets top_by_threshold(const MatrixF& W, double divisor) {
  check(W);
  if (!(divisor > 0)) throw usage_error("the threshold's divisor is {}: it must be positive", divisor);
  NeuronSets sets;
  for (Index k = 0; k < W.rows(); ++k) {
    // In float32, as the peer compares.
    const float least = W.row(k).cwiseAbs().maxCoeff() / static_cast<float>(divisor);
    NeuronList above;
    for (Index j = 0; j < W.cols(); ++j)
      if (std::abs(W(k, j)) > least) above.push_back(j);
    sets.per_class.push_back(std::move(above));
  }
  unite(sets, W.cols());
  return sets;
}

std::vector<int> steps_by_mass(const MatrixF& W, int stride) {
  check(W);
  check_stride(stride);
  return entry_steps(W, stride);
}

Ordering order_by_mass(const MatrixF& W, int stride) {
  const std::vector<NeuronList> blocks = blocks_of(steps_by_mass(W, stride), stride);
  const VectorD key = largest_share(W);
  Ordering ordering;
  for (std::size_t s = 0; s < blocks.size(); ++s) {
    append_sorted(ordering.neurons, blocks[s], key);
    if (s + 1 < blocks.size()) ordering.cutoffs.push_back(static_cast<std::int64_t>(ordering.neurons.size()));
  }
  return ordering;
}

Ordering order_by_mass_granular(const MatrixF& W, const GranularOptions& options) {
  if (options.granularity < 1)
    throw usage_error("the granularity is {}: it must be at least 1", options.granularity);
  const std::vector<NeuronList> blocks = blocks_of(steps_by_mass(W, options.stride), options.stride);
  const VectorD key = largest_share(W);
  Ordering ordering;
  std::size_t s = 0;
  const auto close = [&](NeuronList block) {
    if (block.empty()) return;
    append_sorted(ordering.neurons, std::move(block), key);
    ordering.cutoffs.push_back(static_cast<std::int64_t>(ordering.neurons.size()));
  };
  for (Index wanted = 0; wanted <= W.cols(); wanted += options.granularity) {
    NeuronList block;
    // The peer's step 0 is looked at even when nothing is wanted yet.
    while (s < blocks.size() &&
           (s == 0 || static_cast<Index>(ordering.neurons.size() + block.size()) < wanted)) {
      block.insert(block.end(), blocks[s].begin(), blocks[s].end());
      ++s;
    }
    close(std::move(block));
  }
  NeuronList tail;
  for (; s < blocks.size(); ++s) tail.insert(tail.end(), blocks[s].begin(), blocks[s].end());
  close(std::move(tail));
  return ordering;
}

VectorD mean_absolute_weight(const MatrixF& W) {
  check(W);
  return W.cast<double>().cwiseAbs().colwise().mean().transpose();
}

}  // namespace neurox
