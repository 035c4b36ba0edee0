#include "neurox/rank/mask_scores.h"

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/rank/class_totals.h"
#include "neurox/rank/quantile.h"
#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

/// IoU of each class with the mask x > bound.
void score_mask(const ClassTotals& totals, std::span<const float> values, double bound, Index neuron,
                NeuronScores& out) {
  const Index K = out.scores.cols() - 1;
  VectorD on = VectorD::Zero(K);
  const std::vector<int>& y = totals.labelling.y;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (static_cast<double>(values[i]) > bound && y[i] >= 0) on(y[i]) += totals.weight(i);
  const double all_on = on.sum();
  for (Index c = 0; c < K; ++c) {
    const double either = all_on + totals.count[static_cast<std::size_t>(c)] - on(c);
    out.scores(neuron, c) = either > 0 ? on(c) / either : 0;
  }
  out.layers.front().second.row(neuron).setConstant(bound);
}

}  // namespace

std::vector<NeuronScores> score_iou_quantile(const RankData& data, std::span<const Labelling> labellings,
                                             const RankOptions& options) {
  if (!(options.quantile > 0 && options.quantile < 1))
    throw usage_error("the quantile is {}: it must lie in (0, 1)", options.quantile);
  return score_sorted(data, labellings, options, {"bound"}, [&](const SortedNeuron& n) {
    const double bound = quantiles(n.order, n.totals.labelling, {&options.quantile, 1}).front();
    score_mask(n.totals, n.values, bound, n.neuron, n.out);
  });
}

std::vector<NeuronScores> score_iou_threshold(const RankData& data, std::span<const Labelling> labellings,
                                              const RankOptions& options) {
  return score_values(data, labellings, options, {"bound"}, [&](const NeuronValues& n) {
    score_mask(n.totals, n.values, options.threshold, n.neuron, n.out);
  });
}

}  // namespace neurox
