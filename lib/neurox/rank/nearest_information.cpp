#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/rank/digammas.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

/// Values of a class, ascending, and where they stand among those of all tokens.
struct OwnValues {
  std::vector<double> value;
  std::vector<std::size_t> place;
  std::size_t size() const { return value.size(); }
};

/// The k + 1 values of `own` nearest to own[i], itself among them: they lie side by side.
struct Window {
  std::size_t begin = 0;
  double radius = std::numeric_limits<double>::infinity();  ///< distance of the farthest
};
Window nearest(const std::vector<double>& own, std::size_t i, std::size_t k) {
  Window best;
  for (std::size_t begin = i >= k ? i - k : 0; begin <= i && begin + k < own.size(); ++begin) {
    const double radius = std::max(own[i] - own[begin], own[begin + k] - own[i]);
    if (radius < best.radius) best = {begin, radius};
  }
  return best;
}

/// Tokens at a distance below the window's radius of own[i], itself among them. The class's next values
/// outside the window bound the search.
std::size_t within(const std::vector<double>& all, const OwnValues& own, std::size_t i, std::size_t k,
                   const Window& window) {
  const auto at = [&](std::size_t place) { return all.begin() + static_cast<std::ptrdiff_t>(place); };
  const double x = own.value[i], from = x - window.radius, to = x + window.radius;
  // Where several lie at the radius, others of the class may be nearer than some in the window.
  std::size_t before = window.begin, after = window.begin + k + 1;
  while (before > 0 && own.value[before - 1] > from) --before;
  while (after < own.size() && own.value[after] < to) ++after;
  const auto low =
      std::upper_bound(before > 0 ? at(own.place[before - 1]) : all.begin(), at(own.place[i]), from);
  const auto high =
      std::lower_bound(at(own.place[i]), after < own.size() ? at(own.place[after]) : all.end(), to);
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(high - low, 1));
}

/// Sum of psi(k) - psi(m) over the tokens of a class.
/// @param all  values of all tokens in use, ascending
/// @param own  those of the class, at least two
double information_sum(const std::vector<double>& all, const OwnValues& own, std::size_t neighbours,
                       const std::vector<double>& psi) {
  const std::size_t k = std::min(neighbours, own.size() - 1);
  double sum = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Window window = nearest(own.value, i, k);
    if (window.radius > 0) {
      sum += psi[k] - psi[within(all, own, i, k, window)];
      continue;
    }
    const auto same = std::equal_range(own.value.begin(), own.value.end(), own.value[i]);
    const auto same_all = std::equal_range(all.begin(), all.end(), own.value[i]);
    sum += psi[static_cast<std::size_t>(same.second - same.first) - 1] -
           psi[static_cast<std::size_t>(same_all.second - same_all.first) - 1];
  }
  return sum;
}

/// Whether a token counts in this labelling.
bool counts(const Labelling& labelling, std::size_t i) {
  return labelling.y[i] >= 0 && (labelling.weight.empty() || labelling.weight[i] > 0);
}

/// Which classes have two tokens or more.
std::vector<bool> classes_with_neighbours(const RankData& data, const Labelling& labelling) {
  check_labelling(data, labelling);
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(data.num_classes), 0);
  for (std::size_t i = 0; i < labelling.y.size(); ++i)
    if (counts(labelling, i)) ++tokens[static_cast<std::size_t>(labelling.y[i])];
  std::vector<bool> out;
  for (const std::int64_t n : tokens) out.push_back(n > 1);
  return out;
}

}  // namespace

std::vector<NeuronScores> score_nearest_information(const RankData& data,
                                                    std::span<const Labelling> labellings,
                                                    const RankOptions& options) {
  if (options.neighbours < 1) throw usage_error("{} neighbours: at least 1 is needed", options.neighbours);
  if (!labellings.empty() && labellings.front().numeric())
    return score_numeric_information(data, labellings, options);
  const std::vector<double> psi = digammas(static_cast<std::size_t>(data.X.rows()));
  const auto k = static_cast<std::size_t>(options.neighbours);
  std::vector<VectorD> overall(labellings.size(), VectorD::Zero(data.X.cols()));
  const auto index_of = [&](const Labelling& labelling) {
    return static_cast<std::size_t>(&labelling - labellings.data());
  };
  std::vector<std::vector<bool>> large;
  for (const Labelling& labelling : labellings) large.push_back(classes_with_neighbours(data, labelling));
  std::vector<NeuronScores> out = score_sorted(data, labellings, options, {}, [&](const SortedNeuron& n) {
    const Labelling& labelling = n.totals.labelling;
    const std::size_t K = n.totals.count.size();
    const std::size_t l = index_of(labelling);
    std::vector<double> all;
    std::vector<OwnValues> lists(K);
    for (std::size_t place = 0; place < n.order.size(); ++place) {
      const std::uint32_t i = n.order.place(place);
      if (!counts(labelling, i) || !large[l][static_cast<std::size_t>(labelling.y[i])]) continue;
      OwnValues& own = lists[static_cast<std::size_t>(labelling.y[i])];
      own.place.push_back(all.size());
      all.push_back(static_cast<double>(n.values[i]));
      own.value.push_back(all.back());
    }
    double sum = 0;
    for (std::size_t c = 0; c < K; ++c) {
      if (lists[c].size() == 0) continue;
      const auto members = static_cast<double>(lists[c].size());
      const double information =
          psi[all.size()] - psi[lists[c].size()] + information_sum(all, lists[c], k, psi) / members;
      n.out.scores(n.neuron, static_cast<Index>(c)) = std::max(0.0, information);
      sum += members / static_cast<double>(all.size()) * information;
    }
    overall[l](n.neuron) = std::max(0.0, sum);
  });
  for (std::size_t l = 0; l < out.size(); ++l) out[l].scores.rightCols(1) = overall[l];
  return out;
}

}  // namespace neurox
