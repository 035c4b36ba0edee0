#include "neurox/rank/corpus_scores.h"

#include <tbb/enumerable_thread_specific.h>

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"
#include "neurox/rank/neuron_columns.h"

namespace neurox {
namespace {

/// Sums over the tokens of each type, kept from neuron to neuron.
struct TypeSums {
  std::vector<double> value, distance;
};

struct Moments {
  double mean, deviation;
};

Moments moments_of(std::span<const float> values) {
  double sum = 0, squares = 0;
  for (const float x : values) sum += x;
  const double mean = sum / static_cast<double>(values.size());
  for (const float x : values) squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / static_cast<double>(values.size()))};
}

double key_of(const UnitScore& score, UnitOrder order) {
  return order == UnitOrder::Height ? score.z : score.distance;
}

void add_best(const CorpusUnits& units, std::size_t kind, std::span<const float> values, const Moments& of,
              TypeSums& sums, UnitOrder order, std::size_t kept, std::vector<UnitScore>& out) {
  sums.value.assign(units.count.size(), 0);
  sums.distance.assign(units.count.size(), 0);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (units.type[i] < 0) continue;
    const auto t = static_cast<std::size_t>(units.type[i]);
    const double x = values[i];
    sums.value[t] += x;
    sums.distance[t] += std::abs(x - of.mean);
  }
  std::vector<UnitScore> scores;
  scores.reserve(units.count.size());
  for (std::size_t t = 0; t < units.count.size(); ++t) {
    const auto n = static_cast<double>(units.count[t]);
    const double mean = sums.value[t] / n;
    scores.push_back({kind, static_cast<std::int32_t>(t), mean, (mean - of.mean) / of.deviation,
                      sums.distance[t] / n / of.deviation});
  }
  const std::size_t n = std::min(kept, scores.size());
  std::partial_sort(scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(n), scores.end(),
                    [&](const UnitScore& a, const UnitScore& b) {
                      const double x = key_of(a, order), y = key_of(b, order);
                      return x != y ? x > y : a.type < b.type;
                    });
  out.insert(out.end(), scores.begin(), scores.begin() + static_cast<std::ptrdiff_t>(n));
}

}  // namespace

std::vector<std::vector<UnitScore>> score_units(const RankData& data, std::span<const CorpusUnits> units,
                                                UnitOrder order, std::size_t kept,
                                                const RankOptions& options) {
  const auto n = static_cast<std::size_t>(data.X.rows());
  for (const CorpusUnits& kind : units)
    if (kind.type.size() != n)
      throw input_error("corpus: types of {} tokens but {} rows of activations", kind.type.size(), n);
  std::vector<std::vector<UnitScore>> out(static_cast<std::size_t>(data.X.cols()));
  if (n == 0) return out;
  tbb::enumerable_thread_specific<TypeSums> sums;
  // Per type two sums and a score; there are never more types than tokens.
  constexpr Index bytes_per_value = 2 * sizeof(double) + sizeof(UnitScore);
  for_each_neuron(data, options, bytes_per_value, [&](Index neuron, const float* values) {
    const Moments of = moments_of({values, n});
    if (!(of.deviation > 0)) return;
    for (std::size_t kind = 0; kind < units.size(); ++kind)
      add_best(units[kind], kind, {values, n}, of, sums.local(), order, kept,
               out[static_cast<std::size_t>(neuron)]);
  });
  return out;
}

}  // namespace neurox
