#include "neurox/rank/sorted_scores.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/no_value.h"
#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

/// Tokens passed so far, per class, while a neuron's values are walked from one end.
class Walk {
 public:
  Walk(const ClassTotals& totals, const SortedValues& order)
      : totals_(totals), order_(order), passed_(totals.count.size(), 0.0), here_(totals.count.size(), 0.0) {}

  /// Takes the run [begin, end) and calls `f(class, tokens of it in the run, before, passed)` for each class
  /// in it, where `before` and `passed` are all tokens before and including the run.
  template <class F>
  void take(std::size_t begin, std::size_t end, F&& f) {
    const double before = all_;
    const std::vector<int>& y = totals_.labelling.y;
    if (end - begin == 1) {
      const std::uint32_t i = order_.place(begin);
      if (y[i] < 0) return;
      const auto c = static_cast<std::size_t>(y[i]);
      const double w = totals_.weight(i);
      all_ += w;
      passed_[c] += w;
      f(c, w, before, all_);
      return;
    }
    touched_.clear();
    for (std::size_t k = begin; k < end; ++k) {
      const std::uint32_t i = order_.place(k);
      if (y[i] < 0) continue;
      const auto c = static_cast<std::size_t>(y[i]);
      const double w = totals_.weight(i);
      if (here_[c] == 0) touched_.push_back(c);
      here_[c] += w;
      all_ += w;
    }
    for (const std::size_t c : touched_) {
      passed_[c] += here_[c];
      f(c, here_[c], before, all_);
      here_[c] = 0;
    }
  }
  double passed(std::size_t c) const { return passed_[c]; }

 private:
  const ClassTotals& totals_;
  const SortedValues& order_;
  std::vector<double> passed_, here_;
  std::vector<std::size_t> touched_;
  double all_ = 0;
};

/// Adds a run's terms to the average precision of each class.
template <class Row>
void add_precisions(Walk& walk, const ClassTotals& totals, std::size_t begin, std::size_t end, Row&& ap) {
  walk.take(begin, end, [&](std::size_t c, double w, double, double passed) {
    if (w > 0) ap(static_cast<Index>(c)) += w / totals.count[c] * (walk.passed(c) / passed);
  });
}

/// Sum over tokens of the squared distance of a mid-rank from the mean rank.
double rank_deviation(double total, double tie_cubes) {
  return (total * total * total - total) / 12 - tie_cubes / 12;
}

/// Mid-ranks of numbers, weights counting as repeats; NaN where a number is NaN or has weight 0.
std::vector<double> mid_ranks(const Labelling& labelling, double* deviation, double* total) {
  const std::size_t n = labelling.numbers.size();
  const auto weight = [&](std::size_t i) {
    return labelling.weight.empty() ? 1.0 : static_cast<double>(labelling.weight[i]);
  };
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < n; ++i)
    if (!std::isnan(labelling.numbers[i]) && weight(i) > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return labelling.numbers[a] < labelling.numbers[b]; });
  std::vector<double> ranks(n, no_value);
  double before = 0, ties = 0;
  for (std::size_t k = 0; k < order.size();) {
    std::size_t end = k;
    double w = 0;
    for (; end < order.size() && labelling.numbers[order[end]] == labelling.numbers[order[k]]; ++end)
      w += weight(order[end]);
    for (; k < end; ++k) ranks[order[k]] = before + (w + 1) / 2;
    before += w;
    ties += w * w * w - w;
  }
  *deviation = rank_deviation(before, ties);
  *total = before;
  return ranks;
}

std::vector<NeuronScores> spearman_with_numbers(const RankData& data, std::span<const Labelling> labellings,
                                                const RankOptions& options) {
  struct Numbers {
    std::vector<double> ranks;
    double deviation = 0, total = 0;
  };
  std::vector<Numbers> labels(labellings.size());
  std::vector<NeuronScores> out(labellings.size());
  for (std::size_t l = 0; l < labellings.size(); ++l) {
    check_labelling(data, labellings[l]);
    labels[l].ranks = mid_ranks(labellings[l], &labels[l].deviation, &labels[l].total);
    out[l].scores = MatrixD::Zero(data.X.cols(), 1);
    out[l].layers.emplace_back("signed", MatrixD::Zero(data.X.cols(), 1));
  }
  for_each_sorted(data, options, [&](Index neuron, std::span<const float>, const SortedValues& order) {
    for (std::size_t l = 0; l < out.size(); ++l) {
      const Labelling& labelling = labellings[l];
      double before = 0, ties = 0, together = 0;
      order.for_each_run([&](std::size_t begin, std::size_t end) {
        double w_run = 0, label_run = 0;
        for (std::size_t k = begin; k < end; ++k) {
          const std::uint32_t i = order.place(k);
          if (std::isnan(labels[l].ranks[i])) continue;
          const double w = labelling.weight.empty() ? 1.0 : static_cast<double>(labelling.weight[i]);
          w_run += w;
          label_run += w * (labels[l].ranks[i] - (labels[l].total + 1) / 2);
        }
        together += (before + (w_run + 1) / 2) * label_run;
        before += w_run;
        ties += w_run * w_run * w_run - w_run;
      });
      const double scale = std::sqrt(rank_deviation(before, ties) * labels[l].deviation);
      const double r = scale > 0 ? together / scale : 0;
      out[l].scores(neuron, 0) = std::abs(r);
      out[l].layers.front().second(neuron, 0) = r;
    }
  });
  return out;
}

}  // namespace

std::vector<NeuronScores> score_average_precision(const RankData& data, std::span<const Labelling> labellings,
                                                  const RankOptions& options) {
  return score_sorted(
      data, labellings, options, {"of_negative"}, [K = data.num_classes](const SortedNeuron& n) {
        const auto& [neuron, values, order, totals, out] = n;
        auto ap = out.scores.row(neuron).head(K);
        auto negative = out.layers.front().second.row(neuron).head(K);
        negative.setZero();
        Walk down(totals, order), up(totals, order);
        order.for_each_run_down(
            [&](std::size_t begin, std::size_t end) { add_precisions(down, totals, begin, end, ap); });
        order.for_each_run(
            [&](std::size_t begin, std::size_t end) { add_precisions(up, totals, begin, end, negative); });
      });
}

std::vector<NeuronScores> score_auroc(const RankData& data, std::span<const Labelling> labellings,
                                      const RankOptions& options) {
  return score_sorted(data, labellings, options, {"signed"}, [K = data.num_classes](const SortedNeuron& n) {
    const auto& [neuron, values, order, totals, out] = n;
    VectorD places = VectorD::Zero(K);  // sum over a class of tokens below, ties half
    Walk walk(totals, order);
    order.for_each_run([&](std::size_t begin, std::size_t end) {
      walk.take(begin, end, [&](std::size_t c, double w, double before, double passed) {
        places(static_cast<Index>(c)) += w * (before + passed) / 2;
      });
    });
    auto& with_sign = out.layers.front().second;
    for (Index c = 0; c < K; ++c) {
      const double n1 = totals.count[static_cast<std::size_t>(c)], n2 = totals.total - n1;
      const double auc = n1 > 0 && n2 > 0 ? (places(c) - n1 * n1 / 2) / (n1 * n2) : 0.5;
      with_sign(neuron, c) = auc;
      out.scores(neuron, c) = std::max(auc, 1 - auc);
    }
  });
}

std::vector<NeuronScores> score_spearman(const RankData& data, std::span<const Labelling> labellings,
                                         const RankOptions& options) {
  if (!labellings.empty() && labellings.front().numeric())
    return spearman_with_numbers(data, labellings, options);
  return score_sorted(data, labellings, options, {"signed"}, [K = data.num_classes](const SortedNeuron& n) {
    const auto& [neuron, values, order, totals, out] = n;
    VectorD places = VectorD::Zero(K);
    Walk walk(totals, order);
    double ties = 0;
    order.for_each_run([&](std::size_t begin, std::size_t end) {
      double run = 0;
      walk.take(begin, end, [&](std::size_t c, double w, double before, double passed) {
        places(static_cast<Index>(c)) += w * (before + passed) / 2;
        run = passed - before;
      });
      ties += run * run * run - run;
    });
    // Mid-ranks less 1/2 are what `places` sums; their mean is total / 2.
    const double deviation = rank_deviation(totals.total, ties);
    for (Index c = 0; c < K; ++c) {
      const double n1 = totals.count[static_cast<std::size_t>(c)], n2 = totals.total - n1;
      const double scale = std::sqrt(deviation * n1 * n2 / totals.total);
      const double r = scale > 0 ? (places(c) - n1 * totals.total / 2) / scale : 0;
      out.scores(neuron, c) = std::abs(r);
      out.layers.front().second(neuron, c) = r;
    }
  });
}

std::vector<NeuronScores> score_threshold_f1(const RankData& data, std::span<const Labelling> labellings,
                                             const RankOptions& options) {
  return score_sorted(
      data, labellings, options, {"threshold", "direction"}, [K = data.num_classes](const SortedNeuron& n) {
        const auto& [neuron, values, order, totals, out] = n;
        auto best = out.scores.row(neuron).head(K);
        const auto improve = [&](Walk& walk, std::size_t begin, std::size_t end, double direction) {
          walk.take(begin, end, [&](std::size_t c, double, double, double passed) {
            const double f1 = 2 * walk.passed(c) / (passed + totals.count[c]);
            const auto column = static_cast<Index>(c);
            if (f1 <= best(column)) return;
            best(column) = f1;
            out.layers[0].second(neuron, column) = static_cast<double>(order.value(begin));
            out.layers[1].second(neuron, column) = direction;
          });
        };
        Walk down(totals, order), up(totals, order);
        order.for_each_run_down([&](std::size_t begin, std::size_t end) { improve(down, begin, end, 1); });
        order.for_each_run([&](std::size_t begin, std::size_t end) { improve(up, begin, end, -1); });
      });
}

}  // namespace neurox
