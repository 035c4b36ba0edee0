#include "neurox/rank/held_out_precision.h"

#include <cmath>
#include <stdexcept>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/probe/split.h"
#include "neurox/rank/neuron_columns.h"
#include "neurox/rank/sorted_scores.h"

namespace neurox {
namespace {

const MatrixD& layer_named(const NeuronScores& scores, const char* name) {
  for (const auto& [key, values] : scores.layers)
    if (key == name) return values;
  throw std::logic_error("no such layer");
}

/// Means over the classes whose figure is known, as the last column.
void add_means(MatrixD& figures) {
  const Index K = figures.cols() - 1;
  for (Index j = 0; j < figures.rows(); ++j) {
    double sum = 0, n = 0;
    for (Index c = 0; c < K; ++c)
      if (std::isfinite(figures(j, c))) sum += figures(j, c), n += 1;
    figures(j, K) = n > 0 ? sum / n : no_value;
  }
}

}  // namespace

HeldOutPrecision held_out_precision(const RankData& data, const Labelling& labelling,
                                    const RankOptions& options, const HeldOutOptions& held_out) {
  if (labelling.numeric()) throw input_error("held-out precision is of classes, but labels are numbers");
  if (data.sentences.size() != labelling.size())
    throw input_error("held-out precision: {} sentence numbers but {} tokens", data.sentences.size(),
                      labelling.size());
  const Split split = split_by_sentence(data.sentences, held_out.share, held_out.seed);
  Labelling training = labelling;
  for (const Index i : split.held_out) training.y[static_cast<std::size_t>(i)] = -1;
  RankOptions raw = options;
  raw.standardise = false;  // thresholds are in the unit of X
  const NeuronScores fitted = std::move(score_threshold_f1(data, {&training, 1}, raw).front());
  const MatrixD &threshold = layer_named(fitted, "threshold"), &direction = layer_named(fitted, "direction");

  const Index K = data.num_classes, d = data.X.cols();
  HeldOutPrecision out{MatrixD::Constant(d, K + 1, no_value), MatrixD::Constant(d, K + 1, no_value), {}};
  std::vector<double> total(static_cast<std::size_t>(K), 0);
  double tokens = 0;
  for (const Index i : split.held_out)
    if (const int y = labelling.y[static_cast<std::size_t>(i)]; y >= 0)
      total[static_cast<std::size_t>(y)] += 1, tokens += 1;
  for (const double n : total) out.share.push_back(tokens > 0 ? n / tokens : no_value);
  for_each_neuron(data, options, 0, [&](Index neuron, const float* values) {
    for (Index c = 0; c < K; ++c) {
      if (!(std::isfinite(threshold(neuron, c)))) continue;
      const bool high = direction(neuron, c) > 0;
      const auto bound = static_cast<float>(threshold(neuron, c));
      double labelled = 0, right = 0;
      for (const Index i : split.held_out) {
        const int y = labelling.y[static_cast<std::size_t>(i)];
        if (y < 0 || (high ? values[i] < bound : values[i] > bound)) continue;
        labelled += 1;
        right += y == c ? 1 : 0;
      }
      if (labelled > 0) out.precision(neuron, c) = right / labelled;
      const double all = total[static_cast<std::size_t>(c)];
      if (all > 0) out.recall(neuron, c) = right / all;
    }
  });
  add_means(out.precision);
  add_means(out.recall);
  return out;
}

}  // namespace neurox
