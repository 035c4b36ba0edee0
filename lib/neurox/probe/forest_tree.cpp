#include "neurox/probe/forest_tree.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace neurox {
namespace {

/// Tokens samples[begin, end) of a node that waits.
struct WaitingNode {
  std::int32_t begin, end;
  std::int32_t node;
  int depth;
};

struct BestSplit {
  Index neuron = -1;
  std::uint32_t code = 0, next = 0;  ///< of the last value that goes left and the first that goes right
  std::int64_t left = 0;             ///< drawn tokens on the left
  double quality = -1;
};

class TreeGrower {
 public:
  TreeGrower(const ForestColumns& columns, std::span<const int> y, const ForestOptions& options,
             std::uint64_t seed)
      : columns_(columns),
        y_(y),
        options_(options),
        random_(seed),
        order_(static_cast<std::size_t>(columns.cols())),
        counts_(y.size()),
        total_(static_cast<std::size_t>(options.num_classes)),
        left_(total_.size()),
        right_(total_.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    for (std::size_t i = 0; i < y.size(); ++i) ++counts_[random_.below(y.size())];
    for (std::size_t i = 0; i < y.size(); ++i)
      if (counts_[i] > 0) samples_.push_back(static_cast<std::int32_t>(i));
    items_.resize(samples_.size());
    spare_.resize(samples_.size());
    result_.decrease.setZero(options.num_classes, columns.cols());
    for (std::uint32_t count : counts_) result_.drawn.push_back(count > 0);
  }

  GrownTree grow() {
    std::vector<WaitingNode> waiting{{0, static_cast<std::int32_t>(samples_.size()), 0, 0}};
    result_.tree.nodes.emplace_back();
    while (!waiting.empty()) {
      const WaitingNode at = waiting.back();
      waiting.pop_back();
      count(at);
      BestSplit split;
      if (may_split(at)) split = best_split(at);
      if (split.neuron < 0) {
        make_leaf(at);
        continue;
      }
      const std::int32_t middle = part(at, split);
      credit(at, middle, split);
      const auto left = static_cast<std::int32_t>(result_.tree.nodes.size());
      result_.tree.nodes.resize(result_.tree.nodes.size() + 2);
      TreeNode& node = result_.tree.nodes[static_cast<std::size_t>(at.node)];
      node.neuron = static_cast<std::int32_t>(split.neuron);
      node.threshold = threshold(at, middle, split);
      node.left = left;
      node.right = left + 1;
      waiting.push_back({middle, at.end, left + 1, at.depth + 1});
      waiting.push_back({at.begin, middle, left, at.depth + 1});
    }
    const auto classes = static_cast<Index>(total_.size());
    result_.tree.shares =
        Eigen::Map<const MatrixF>(shares_.data(), static_cast<Index>(shares_.size()) / classes, classes);
    return std::move(result_);
  }

 private:
  std::size_t label(std::int32_t token) const {
    return static_cast<std::size_t>(y_[static_cast<std::size_t>(token)]);
  }
  std::int64_t weight(std::int32_t token) const { return counts_[static_cast<std::size_t>(token)]; }

  /// Drawn tokens of each class in the node.
  void count(const WaitingNode& at) {
    std::fill(total_.begin(), total_.end(), 0);
    for (std::int32_t i = at.begin; i < at.end; ++i) {
      const std::int32_t token = samples_[static_cast<std::size_t>(i)];
      total_[label(token)] += weight(token);
    }
    size_ = std::accumulate(total_.begin(), total_.end(), std::int64_t{0});
  }

  bool may_split(const WaitingNode& at) const {
    const bool pure = std::find(total_.begin(), total_.end(), size_) != total_.end();
    return !pure && size_ >= options_.min_split && (options_.max_depth == 0 || at.depth < options_.max_depth);
  }

  BestSplit best_split(const WaitingNode& at) {
    BestSplit best;
    const auto d = order_.size();
    std::size_t varying = 0;
    for (std::size_t f = 0; f < d && (f < static_cast<std::size_t>(options_.features) || varying == 0); ++f) {
      std::swap(order_[f], order_[f + random_.below(d - f)]);
      varying += try_neuron(at, order_[f], best) ? 1 : 0;
    }
    return best;
  }

  /// Improves `best` where a split by the neuron is better; false when the neuron is constant in the node.
  bool try_neuron(const WaitingNode& at, Index neuron, BestSplit& best) {
    const std::uint32_t* codes = columns_.codes(neuron);
    const auto n = static_cast<std::size_t>(at.end - at.begin);
    std::uint32_t least = ~0U, most = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::int32_t token = samples_[static_cast<std::size_t>(at.begin) + i];
      const std::uint32_t code = codes[token];
      least = std::min(least, code);
      most = std::max(most, code);
      items_[i] = (static_cast<std::uint64_t>(code) << 32) |
                  (counts_[static_cast<std::size_t>(token)] << 16U) |
                  static_cast<std::uint64_t>(label(token));
    }
    if (least == most) return false;
    const std::uint64_t* sorted = sort_items(std::span(items_).first(n), spare_, std::bit_width(most));
    std::fill(left_.begin(), left_.end(), 0);
    right_ = total_;
    std::int64_t left_squares = 0, right_squares = 0, n_left = 0;
    for (std::int64_t c : total_) right_squares += c * c;
    for (std::size_t i = 0; i + 1 < n; ++i) {
      const auto w = static_cast<std::int64_t>((sorted[i] >> 16) & 0xffffU);
      const std::size_t c = sorted[i] & 0xffffU;
      left_squares += w * (2 * left_[c] + w);
      right_squares += w * (w - 2 * right_[c]);
      left_[c] += w;
      right_[c] -= w;
      n_left += w;
      if ((sorted[i] >> 32) == (sorted[i + 1] >> 32)) continue;
      const double quality = static_cast<double>(left_squares) / static_cast<double>(n_left) +
                             static_cast<double>(right_squares) / static_cast<double>(size_ - n_left);
      if (quality <= best.quality) continue;
      best = {neuron, static_cast<std::uint32_t>(sorted[i] >> 32),
              static_cast<std::uint32_t>(sorted[i + 1] >> 32), n_left, quality};
    }
    return true;
  }

  /// Puts the tokens that go left first; returns where the others begin.
  std::int32_t part(const WaitingNode& at, const BestSplit& split) {
    const std::uint32_t* codes = columns_.codes(split.neuron);
    const auto middle = std::partition(samples_.begin() + at.begin, samples_.begin() + at.end,
                                       [&](std::int32_t token) { return codes[token] <= split.code; });
    return static_cast<std::int32_t>(middle - samples_.begin());
  }

  float threshold(const WaitingNode& at, std::int32_t middle, const BestSplit& split) const {
    const std::uint32_t* codes = columns_.codes(split.neuron);
    const auto value_of = [&](std::int32_t begin, std::int32_t end, std::uint32_t code) {
      const auto found = std::find_if(samples_.begin() + begin, samples_.begin() + end,
                                      [&](std::int32_t token) { return codes[token] == code; });
      return columns_.values()(*found, split.neuron);
    };
    const float low = value_of(at.begin, middle, split.code), high = value_of(middle, at.end, split.next);
    const float half = low / 2 + high / 2;
    return half < high ? std::max(half, low) : low;  // neighbouring floats have nothing between them
  }

  void credit(const WaitingNode& at, std::int32_t middle, const BestSplit& split) {
    std::fill(left_.begin(), left_.end(), 0);
    for (std::int32_t i = at.begin; i < middle; ++i) {
      const std::int32_t token = samples_[static_cast<std::size_t>(i)];
      left_[label(token)] += weight(token);
    }
    const auto n = static_cast<double>(size_), n_left = static_cast<double>(split.left), n_right = n - n_left;
    for (std::size_t c = 0; c < total_.size(); ++c) {
      const auto all = static_cast<double>(total_[c]), l = static_cast<double>(left_[c]), r = all - l;
      // n p (1-p) before, less the same of both sides.
      result_.decrease(static_cast<Index>(c), split.neuron) +=
          l * l / n_left + r * r / n_right - all * all / n;
    }
  }

  void make_leaf(const WaitingNode& at) {
    TreeNode& node = result_.tree.nodes[static_cast<std::size_t>(at.node)];
    node.left = static_cast<std::int32_t>(shares_.size() / total_.size());
    for (std::int64_t count : total_)
      shares_.push_back(static_cast<float>(count) / static_cast<float>(size_));
  }

  const ForestColumns& columns_;
  std::span<const int> y_;
  const ForestOptions& options_;
  Random random_;
  std::vector<Index> order_;           ///< neurons, drawn from the front
  std::vector<std::uint32_t> counts_;  ///< how often each token was drawn
  std::vector<std::int32_t> samples_;
  std::vector<std::uint64_t> items_, spare_;  ///< rank, times drawn, label
  std::vector<std::int64_t> total_, left_, right_;
  std::int64_t size_ = 0;
  std::vector<float> shares_;
  GrownTree result_;
};

}  // namespace

GrownTree grow_tree(const ForestColumns& columns, std::span<const int> y, const ForestOptions& options,
                    std::uint64_t seed) {
  return TreeGrower(columns, y, options, seed).grow();
}

std::vector<std::int32_t> leaves_of(const Tree& tree, const MatrixFRef& X) {
  std::vector<std::int32_t> leaves;
  leaves.reserve(static_cast<std::size_t>(X.rows()));
  for (Index i = 0; i < X.rows(); ++i) {
    const TreeNode* node = tree.nodes.data();
    while (node->neuron >= 0)
      node = tree.nodes.data() + (X(i, node->neuron) <= node->threshold ? node->left : node->right);
    leaves.push_back(node->left);
  }
  return leaves;
}

}  // namespace neurox
