#include "neurox/rank/selectivity.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/rank/neuron_columns.h"

namespace neurox {
namespace {

double selectivity_of(const std::vector<double>& means, double total, double range,
                      const std::vector<std::int32_t>& with) {
  if (with.empty() || with.size() == means.size() || !(range > 0)) return 0;
  double sum = 0;
  for (const std::int32_t s : with) sum += means[static_cast<std::size_t>(s)];
  const auto n = static_cast<double>(with.size()), all = static_cast<double>(means.size());
  return (sum / n - (total - sum) / (all - n)) / range;
}

}  // namespace

std::vector<std::vector<double>> selectivity(const RankData& data, const CorpusUnits& sentences,
                                             std::span<const std::vector<std::int32_t>> concepts,
                                             std::span<const std::vector<std::size_t>> wanted,
                                             const RankOptions& options) {
  if (wanted.size() != static_cast<std::size_t>(data.X.cols()))
    throw input_error("selectivity: concepts of {} neurons but there are {}", wanted.size(), data.X.cols());
  std::vector<std::vector<double>> out(wanted.size());
  const auto tokens = static_cast<std::size_t>(data.X.rows());
  for_each_neuron(data, options, sizeof(double), [&](Index neuron, const float* values) {
    const auto j = static_cast<std::size_t>(neuron);
    if (wanted[j].empty()) return;
    std::vector<double> means(sentences.count.size());
    for (std::size_t i = 0; i < tokens; ++i)
      if (sentences.type[i] >= 0) means[static_cast<std::size_t>(sentences.type[i])] += values[i];
    double total = 0;
    for (std::size_t s = 0; s < means.size(); ++s) {
      means[s] /= static_cast<double>(sentences.count[s]);
      total += means[s];
    }
    const auto [least, most] = std::minmax_element(means.begin(), means.end());
    for (const std::size_t c : wanted[j])
      out[j].push_back(selectivity_of(means, total, *most - *least, concepts[c]));
  });
  return out;
}

}  // namespace neurox
