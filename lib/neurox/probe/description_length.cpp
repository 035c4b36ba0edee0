#include "neurox/probe/description_length.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/logistic_input.h"
#include "neurox/probe/split.h"
#include "neurox/probe/standard_rows.h"

namespace neurox {
namespace {

/// Rows of a source, standardised as they are read.
class StandardisedSource final : public RowSource {
 public:
  StandardisedSource(const RowSource& X, const Standardisation& stats) : X_(X) {
    VectorD inverse = stats.scale.cwiseInverse();
    for (Index j : stats.dead) inverse(j) = 0;
    mean_ = stats.mean.transpose().cast<float>();
    inverse_ = inverse.transpose().cast<float>();
  }
  Index rows() const override { return X_.rows(); }
  Index cols() const override { return X_.cols(); }
  void read(Index first, MatrixFOut out) const override {
    X_.read(first, out);
    for (Index i = 0; i < out.rows(); ++i) out.row(i) = (out.row(i) - mean_).cwiseProduct(inverse_);
  }

 private:
  const RowSource& X_;
  Eigen::RowVectorXf mean_, inverse_;
};

std::vector<Index> sending_order(std::span<const int> y, const DescriptionLengthOptions& options) {
  std::vector<Index> labelled;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (y[i] >= 0) labelled.push_back(static_cast<Index>(i));
  if (!options.order.empty()) {
    std::vector<Index> sorted = options.order;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != labelled)
      throw input_error("the order of {} tokens is no permutation of the {} that have a label", sorted.size(),
                        labelled.size());
    return options.order;
  }
  Random random(options.seed);
  for (std::size_t i = labelled.size(); i > 1; --i) std::swap(labelled[i - 1], labelled[random.below(i)]);
  return labelled;
}

/// Where blocks end: the shares of `tokens`, rounded, without empty blocks.
std::vector<Index> block_ends(const std::vector<double>& shares, Index tokens) {
  const bool ascend =
      std::adjacent_find(shares.begin(), shares.end(), std::greater_equal<>()) == shares.end();
  if (shares.empty() || !ascend || !(shares.front() > 0) || shares.back() != 1)
    throw usage_error("shares at which blocks end must ascend from above 0 to 1");
  std::vector<Index> ends;
  for (double share : shares) {
    const auto end = std::max<Index>(1, std::llround(share * static_cast<double>(tokens)));
    if (ends.empty() || end > ends.back()) ends.push_back(end);
  }
  return ends;
}

double bits_of_frequencies(std::span<const int> before, std::span<const int> block, int classes) {
  std::vector<double> counts(static_cast<std::size_t>(classes), 1);
  for (int v : before) counts[static_cast<std::size_t>(v)] += 1;
  double bits = 0;
  for (int v : block)
    bits -=
        std::log2(counts[static_cast<std::size_t>(v)] / static_cast<double>(before.size() + counts.size()));
  return bits;
}

}  // namespace

DescriptionLength description_length(const RowSource& X, std::span<const int> y,
                                     const DescriptionLengthOptions& options) {
  if (static_cast<Index>(y.size()) != X.rows())
    throw input_error("{} labels but activations of {} tokens", y.size(), X.rows());
  if (!(options.fit.bias_l2 > 0))
    throw usage_error(
        "bias_l2 is {}: it must be positive, or a class not yet seen costs infinitely many bits",
        options.fit.bias_l2);
  const std::vector<Index> order = sending_order(y, options);
  const auto n = static_cast<Index>(order.size());
  // Rows in the order of the file: what a probe is trained on is a set.
  const auto part = [&](Index begin, Index end) {
    std::vector<Index> rows(order.begin() + begin, order.begin() + end);
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  const std::vector<Index> all = part(0, n);
  LogisticOptions fit_options = options.fit;
  fit_options.num_classes = check_logistic_input(RowSubset(X, all), take(y, all), options.fit);
  fit_options.standardise = false;
  const std::vector<Index> ends = block_ends(options.shares, n);
  const StandardisedSource Z(X, measure_columns(X));

  DescriptionLength result;
  const double log_classes = std::log2(static_cast<double>(fit_options.num_classes));
  result.blocks.push_back({0, ends[0], static_cast<double>(ends[0]) * log_classes, no_value});
  std::optional<LogisticFit> last;
  const auto train = [&](const std::vector<Index>& rows, std::span<const int> labels) {
    fit_options.warm_start = last ? &*last : nullptr;
    LogisticFit fit = fit_logistic(RowSubset(Z, rows), labels, fit_options);
    last = std::move(fit);
  };
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const std::vector<Index> before = part(0, ends[i]), rows = part(ends[i], ends[i + 1]);
    const std::vector<int> known = take(y, before), labels = take(y, rows);
    CodedBlock block{ends[i], ends[i + 1]};
    if (std::all_of(known.begin(), known.end(), [&](int v) { return v == known[0]; })) {
      block.bits = bits_of_frequencies(known, labels, fit_options.num_classes);
      block.accuracy = static_cast<double>(std::count(labels.begin(), labels.end(), known[0])) /
                       static_cast<double>(labels.size());
    } else {
      train(before, known);
      const MatrixF logits = predict_logits(RowSubset(Z, rows), *last);
      block.bits =
          mean_cross_entropy(logits, labels) * static_cast<double>(labels.size()) / std::numbers::ln2;
      block.accuracy = evaluate(labels, argmax_rows(logits), fit_options.num_classes).accuracy;
      block.converged = last->converged;
    }
    result.blocks.push_back(block);
  }
  train(all, take(y, all));
  result.data_bits = last->cross_entropy * static_cast<double>(n) / std::numbers::ln2;
  for (const CodedBlock& block : result.blocks) result.bits += block.bits;
  result.uniform_bits = static_cast<double>(n) * log_classes;
  result.compression = result.uniform_bits / result.bits;
  result.model_bits = result.bits - result.data_bits;
  return result;
}

}  // namespace neurox
