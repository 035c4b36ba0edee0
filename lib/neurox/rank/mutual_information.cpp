#include "neurox/rank/mutual_information.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/rank/quantile.h"
#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

void check_bins(const RankOptions& options) {
  if (options.bins < 2) throw usage_error("{} bins: at least 2 are needed", options.bins);
}

/// First edge to last, bins + 1 of them.
std::vector<double> quantile_edges(const SortedNeuron& n, int bins) {
  std::vector<double> shares;
  for (int k = 0; k <= bins; ++k) shares.push_back(static_cast<double>(k) / bins);
  return quantiles(n.order, n.totals.labelling, shares);
}

std::vector<double> width_edges(const SortedNeuron& n, int bins) {
  const std::vector<double> ends = quantiles(n.order, n.totals.labelling, std::vector<double>{0, 1});
  std::vector<double> edges;
  const double step = (ends[1] - ends[0]) / bins;
  for (int k = 0; k < bins; ++k) edges.push_back(ends[0] + k * step);
  edges.push_back(ends[1]);
  return edges;
}

/// Tokens per bin and class.
MatrixD joint_counts(const SortedNeuron& n, const std::vector<double>& edges) {
  const Index bins = static_cast<Index>(edges.size()) - 1;
  MatrixD joint = MatrixD::Zero(bins, static_cast<Index>(n.totals.count.size()));
  Index bin = 0;
  for (std::size_t k = 0; k < n.order.size(); ++k) {
    const std::uint32_t i = n.order.place(k);
    const int y = n.totals.labelling.y[i];
    if (y < 0) continue;
    const auto x = static_cast<double>(n.values[i]);
    while (bin + 1 < bins && edges[static_cast<std::size_t>(bin) + 1] <= x) ++bin;
    joint(bin, y) += n.totals.weight(i);
  }
  return joint;
}

double term(double joint, double a, double b, double total) {
  return joint > 0 ? joint / total * std::log(joint * total / (a * b)) : 0;
}

/// The last column is not the mean of the others: called after the neuron's classes are scored.
void score_bins(const SortedNeuron& n, const std::vector<double>& edges, VectorD& overall) {
  const MatrixD joint = joint_counts(n, edges);
  const VectorD of_bin = joint.rowwise().sum();
  const double total = n.totals.total;
  double all = 0;
  for (Index c = 0; c < joint.cols(); ++c) {
    const double members = n.totals.count[static_cast<std::size_t>(c)];
    double information = 0;
    for (Index b = 0; b < joint.rows(); ++b) {
      all += term(joint(b, c), of_bin(b), members, total);
      information += term(joint(b, c), of_bin(b), members, total) +
                     term(of_bin(b) - joint(b, c), of_bin(b), total - members, total);
    }
    n.out.scores(n.neuron, c) = std::max(0.0, information);
  }
  overall(n.neuron) = std::max(0.0, all);
}

/// Numeric labels as classes: their quantile bins.
std::vector<Labelling> binned_labels(std::span<const Labelling> labellings, int bins) {
  std::vector<Labelling> out;
  for (const Labelling& labelling : labellings) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < labelling.numbers.size(); ++i)
      if (!std::isnan(labelling.numbers[i])) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return labelling.numbers[a] < labelling.numbers[b];
    });
    Labelling classes{std::vector<int>(labelling.numbers.size(), -1), labelling.weight};
    const std::size_t n = order.size();
    for (std::size_t k = 0; k < n; ++k) {
      const bool tied = k > 0 && labelling.numbers[order[k]] == labelling.numbers[order[k - 1]];
      classes.y[order[k]] =
          tied ? classes.y[order[k - 1]] : static_cast<int>(k * static_cast<std::size_t>(bins) / n);
    }
    out.push_back(std::move(classes));
  }
  return out;
}

template <class Edges>
std::vector<NeuronScores> binned_information(const RankData& data, std::span<const Labelling> labellings,
                                             const RankOptions& options, Edges edges) {
  check_bins(options);
  if (!labellings.empty() && labellings.front().numeric()) {
    const std::vector<Labelling> classes = binned_labels(labellings, options.bins);
    RankData binned = data;
    binned.num_classes = options.bins;
    std::vector<NeuronScores> out = binned_information(binned, classes, options, edges);
    for (NeuronScores& scores : out) scores.scores = scores.scores.rightCols(1).eval();
    return out;
  }
  const Index d = data.X.cols();
  std::vector<VectorD> overall(labellings.size(), VectorD::Zero(d));
  std::vector<NeuronScores> out = score_sorted(data, labellings, options, {}, [&](const SortedNeuron& n) {
    const auto l = static_cast<std::size_t>(&n.totals.labelling - labellings.data());
    score_bins(n, edges(n, options.bins), overall[l]);
  });
  for (std::size_t l = 0; l < out.size(); ++l) out[l].scores.rightCols(1) = overall[l];
  return out;
}

}  // namespace

std::vector<NeuronScores> score_mutual_information(const RankData& data,
                                                   std::span<const Labelling> labellings,
                                                   const RankOptions& options) {
  return binned_information(data, labellings, options, quantile_edges);
}

std::vector<NeuronScores> score_mutual_information_width(const RankData& data,
                                                         std::span<const Labelling> labellings,
                                                         const RankOptions& options) {
  return binned_information(data, labellings, options, width_edges);
}

}  // namespace neurox
