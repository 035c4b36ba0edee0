#include "neurox/rank/score_neurons.h"

#include <tbb/enumerable_thread_specific.h>

#include "neurox/core/no_value.h"
#include "neurox/rank/neuron_columns.h"

namespace neurox {
namespace {

constexpr Index kBytesPerSortedValue = 4 * sizeof(std::uint32_t);

std::vector<NeuronScores> empty_scores(const RankData& data, std::size_t labellings,
                                       const std::vector<std::string>& layers) {
  std::vector<NeuronScores> out(labellings);
  const Index d = data.X.cols(), columns = data.num_classes + 1;
  for (NeuronScores& scores : out) {
    scores.scores = MatrixD::Zero(d, columns);
    for (const std::string& layer : layers)
      scores.layers.emplace_back(layer, MatrixD::Constant(d, columns, no_value));
  }
  return out;
}

void fill_each_overall(std::vector<NeuronScores>& out, const std::vector<ClassTotals>& totals) {
  for (std::size_t l = 0; l < out.size(); ++l) fill_overall(out[l], totals[l]);
}

}  // namespace

std::vector<NeuronScores> score_values(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options, const std::vector<std::string>& layers,
                                       const std::function<void(const NeuronValues&)>& score) {
  const std::vector<ClassTotals> totals = class_totals(data, labellings);
  std::vector<NeuronScores> out = empty_scores(data, labellings.size(), layers);
  const auto n = static_cast<std::size_t>(data.X.rows());
  for_each_neuron(data, options, 0, [&](Index neuron, const float* values) {
    for (std::size_t l = 0; l < out.size(); ++l) score({neuron, {values, n}, totals[l], out[l]});
  });
  fill_each_overall(out, totals);
  return out;
}

void for_each_sorted(
    const RankData& data, const RankOptions& options,
    const std::function<void(Index neuron, std::span<const float> values, const SortedValues& order)>& f) {
  tbb::enumerable_thread_specific<SortedValues> orders;
  const auto n = static_cast<std::size_t>(data.X.rows());
  for_each_neuron(data, options, kBytesPerSortedValue, [&](Index neuron, const float* values) {
    SortedValues& order = orders.local();
    order.sort({values, n});
    f(neuron, {values, n}, order);
  });
}

std::vector<NeuronScores> score_sorted(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options, const std::vector<std::string>& layers,
                                       const std::function<void(const SortedNeuron&)>& score) {
  const std::vector<ClassTotals> totals = class_totals(data, labellings);
  std::vector<NeuronScores> out = empty_scores(data, labellings.size(), layers);
  for_each_sorted(data, options, [&](Index neuron, std::span<const float> values, const SortedValues& order) {
    for (std::size_t l = 0; l < out.size(); ++l) score({neuron, values, order, totals[l], out[l]});
  });
  fill_each_overall(out, totals);
  return out;
}

}  // namespace neurox
