#include "neurox/rank/belief.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/random.h"
#include "neurox/rank/choose.h"
#include "neurox/rank/relabel.h"
#include "neurox/rank/scores.h"

namespace neurox {
namespace {

constexpr double kTopShare = 0.1;

/// One seed per purpose and repetition.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t purpose, int repetition) {
  return Random::mix(seed + 0x9e3779b97f4a7c15U * (purpose + 1)) + static_cast<std::uint64_t>(repetition);
}

/// Labellings scored together: their results fill at most a quarter of the memory.
int batch_size(const MatrixD& scores, const RankOptions& options) {
  const std::int64_t bytes = 3 * 8 * scores.size();
  return static_cast<int>(
      std::clamp<std::int64_t>(options.memory_bytes / 4 / std::max<std::int64_t>(bytes, 1), 1, 64));
}

/// Calls `use(repetition, scores)` in order for `make(repetition)`, scored in batches.
void score_many(const RankMethod& method, const RankData& data, const RankOptions& options, int count,
                int batch, std::string_view what, const std::function<Labelling(int)>& make,
                const std::function<void(int, const MatrixD&)>& use) {
  RankOptions quiet = options;
  quiet.progress = nullptr;
  if (options.progress != nullptr) options.progress->stage(what, count, "labellings");
  for (int first = 0; first < count; first += batch) {
    std::vector<Labelling> labellings;
    for (int r = first; r < std::min(count, first + batch); ++r) labellings.push_back(make(r));
    const std::vector<NeuronScores> scores = method.score(data, labellings, quiet);
    for (std::size_t l = 0; l < scores.size(); ++l) use(first + static_cast<int>(l), scores[l].scores);
    if (options.progress != nullptr)
      options.progress->advance_to(first + static_cast<int>(labellings.size()));
  }
}

double spearman_of(const VectorD& a, const VectorD& b) {
  const auto mid_ranks = [](const VectorD& x) {
    const NeuronList order = order_by_score(x);
    VectorD ranks(x.size());
    for (std::size_t k = 0; k < order.size();) {
      std::size_t end = k;
      while (end < order.size() && x(order[end]) == x(order[k])) ++end;
      const double rank = static_cast<double>(k + end - 1) / 2;
      for (; k < end; ++k) ranks(order[k]) = rank;
    }
    return VectorD(ranks.array() - ranks.mean());
  };
  const VectorD x = mid_ranks(a), y = mid_ranks(b);
  const double scale = std::sqrt(x.squaredNorm() * y.squaredNorm());
  return scale > 0 ? x.dot(y) / scale : 0;
}

double top_overlap(const VectorD& a, const VectorD& b) {
  const Index k = count_of_share(kTopShare, a.size());
  NeuronList x = choose_top(order_by_score(a), k), y = choose_top(order_by_score(b), k), both;
  std::sort(x.begin(), x.end());
  std::sort(y.begin(), y.end());
  std::set_intersection(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(both));
  return static_cast<double>(both.size()) / static_cast<double>(std::max<Index>(k, 1));
}

/// Tokens of weight 0 without a label instead, for methods that know no weights.
Labelling without_weights(Labelling labelling) {
  for (std::size_t i = 0; i < labelling.weight.size(); ++i) {
    if (labelling.weight[i] != 0) continue;
    if (labelling.numeric())
      labelling.numbers[i] = no_value;
    else
      labelling.y[i] = -1;
  }
  labelling.weight.clear();
  return labelling;
}

/// The draws' quantile, linear between neighbours.
double quantile_of(std::vector<double>& draws, double share) {
  std::sort(draws.begin(), draws.end());
  const double position = share * static_cast<double>(draws.size() - 1);
  const auto low = static_cast<std::size_t>(position);
  const std::size_t high = std::min(low + 1, draws.size() - 1);
  return draws[low] + (position - static_cast<double>(low)) * (draws[high] - draws[low]);
}

}  // namespace

std::vector<double> false_discovery_rates(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  std::vector<double> q(p.size(), no_value);
  double least = 1;
  const auto m = static_cast<double>(order.size());
  for (std::size_t k = order.size(); k-- > 0;) {
    least = std::min(least, p[order[k]] * m / static_cast<double>(k + 1));
    q[order[k]] = least;
  }
  return q;
}

Belief judge(const RankMethod& method, const RankData& data, const Labelling& labelling,
             const NeuronScores& observed, const TokenGroups& groups, const RankOptions& options,
             const BeliefOptions& belief) {
  for (const int number : {belief.permutations, belief.bootstraps, belief.halves})
    if (number < 0) throw usage_error("{} repetitions: at least 0 are needed", number);
  if (!(belief.confidence > 0 && belief.confidence < 1))
    throw usage_error("the confidence is {}: it must lie in (0, 1)", belief.confidence);
  if (!method.is(kScoresEach) && belief.bootstraps > 0)
    throw usage_error(
        "{} fits all neurons at once and counts every token once: bootstrap intervals are of methods that "
        "score each neuron",
        method.name);
  if (method.is(kSearchesSets) && belief.permutations > 0)
    throw usage_error(
        "{} searches a set, and a neuron's place in it says nothing beside that by other labels: p-values "
        "are "
        "of methods that score neurons",
        method.name);
  Belief out;
  const MatrixD& scores = observed.scores;
  const Index d = scores.rows(), columns = scores.cols();
  const int batch = batch_size(scores, options);

  if (belief.permutations > 0) {
    MatrixD at_least = MatrixD::Ones(d, columns);
    score_many(
        method, data, options, belief.permutations, batch, "permute",
        [&](int r) { return permuted(labelling, groups.permuted, seed_of(belief.seed, 0, r)); },
        [&](int, const MatrixD& s) {
          // Sums in another order may differ in the last digits of what is equal.
          at_least.array() +=
              (s.array() >= scores.array() - 1e-12 * scores.array().abs()).template cast<double>();
        });
    out.p = at_least / (1.0 + belief.permutations);
    out.q = MatrixD(d, columns);
    for (Index c = 0; c < columns; ++c) {
      const VectorD column = out.p->col(c);
      const std::vector<double> q =
          false_discovery_rates({column.data(), static_cast<std::size_t>(column.size())});
      for (Index j = 0; j < d; ++j) (*out.q)(j, c) = q[static_cast<std::size_t>(j)];
    }
  }
  if (belief.bootstraps > 0) {
    std::vector<MatrixF> draws(static_cast<std::size_t>(belief.bootstraps));
    score_many(
        method, data, options, belief.bootstraps, batch, "bootstrap",
        [&](int r) { return resampled(labelling, groups.sentences, seed_of(belief.seed, 1, r)); },
        [&](int r, const MatrixD& s) { draws[static_cast<std::size_t>(r)] = s.cast<float>(); });
    out.low = out.high = MatrixD(d, columns);
    std::vector<double> values(draws.size());
    for (Index j = 0; j < d; ++j)
      for (Index c = 0; c < columns; ++c) {
        for (std::size_t r = 0; r < draws.size(); ++r) values[r] = static_cast<double>(draws[r](j, c));
        (*out.low)(j, c) = quantile_of(values, (1 - belief.confidence) / 2);
        (*out.high)(j, c) = quantile_of(values, (1 + belief.confidence) / 2);
      }
  }
  if (belief.halves > 0) {
    out.half_correlation.assign(static_cast<std::size_t>(columns), 0);
    out.half_overlap.assign(static_cast<std::size_t>(columns), 0);
    MatrixD first;
    score_many(
        method, data, options, 2 * belief.halves, std::max(2, batch / 2 * 2), "halve",
        [&](int r) {
          auto two = halves(labelling, groups.sentences, seed_of(belief.seed, 2, r / 2));
          Labelling half = r % 2 == 0 ? std::move(two.first) : std::move(two.second);
          return method.is(kScoresEach) ? half : without_weights(std::move(half));
        },
        [&](int r, const MatrixD& s) {
          if (r % 2 == 0) {
            first = s;
            return;
          }
          for (Index c = 0; c < columns; ++c) {
            out.half_correlation[static_cast<std::size_t>(c)] +=
                spearman_of(first.col(c), s.col(c)) / belief.halves;
            out.half_overlap[static_cast<std::size_t>(c)] +=
                top_overlap(first.col(c), s.col(c)) / belief.halves;
          }
        });
  }
  return out;
}

}  // namespace neurox
