#include "neurox/rank/numeric_information.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/rank/digammas.h"
#include "neurox/rank/mutual_information.h"
#include "neurox/rank/score_neurons.h"

namespace neurox {
namespace {

/// The k smallest of the distances that it is shown.
class NearestDistances {
 public:
  explicit NearestDistances(std::size_t k) : kept_(k, std::numeric_limits<double>::infinity()) {}
  void clear() { std::fill(kept_.begin(), kept_.end(), std::numeric_limits<double>::infinity()); }
  double largest() const { return kept_.back(); }
  void add(double distance) {
    std::size_t at = kept_.size() - 1;
    for (; at > 0 && kept_[at - 1] > distance; --at) kept_[at] = kept_[at - 1];
    kept_[at] = distance;
  }

 private:
  std::vector<double> kept_;
};

/// Shows `nearest` what of a line can be among them, from the nearest s outwards.
void look_along(const PlanePoints& points, std::size_t line, std::size_t i, double apart,
                NearestDistances& nearest) {
  const std::size_t first = points.begin[line], last = points.begin[line + 1];
  const double s = points.s[i];
  const auto at = [&](std::size_t point) { return points.s.begin() + static_cast<std::ptrdiff_t>(point); };
  auto above = static_cast<std::size_t>(std::lower_bound(at(first), at(last), s) - points.s.begin());
  std::size_t below = above;  // points from here to `above` have been seen
  while (below > first || above < last) {
    const bool down = above == last || (below > first && s - points.s[below - 1] < points.s[above] - s);
    const std::size_t point = down ? --below : above++;
    if (point == i) continue;
    const double distance = std::max(apart, std::abs(points.s[point] - s) / points.unit_s);
    if (distance >= nearest.largest()) return;
    nearest.add(distance);
  }
}

/// Distance of point i to its k-th nearest.
double radius_of(const PlanePoints& points, std::size_t i, NearestDistances& nearest) {
  nearest.clear();
  const std::size_t own = points.line[i], lines = points.begin.size() - 1;
  const auto apart = [&](std::size_t line) {
    return std::abs(points.p[points.begin[line]] - points.p[i]) / points.unit_p;
  };
  look_along(points, own, i, 0, nearest);
  std::size_t below = own, above = own + 1;  // lines from below to above have been seen
  while (below > 0 || above < lines) {
    const bool down = above == lines || (below > 0 && apart(below - 1) < apart(above));
    const std::size_t line = down ? below - 1 : above;
    if (apart(line) >= nearest.largest()) break;
    look_along(points, line, i, apart(line), nearest);
    down ? --below : ++above;
  }
  return nearest.largest();
}

/// How many of ascending values are nearer to x than r, by the differences that r itself is one of.
std::size_t nearer(std::span<const double> ascending, double x, double unit, double r) {
  const auto low =
      std::partition_point(ascending.begin(), ascending.end(), [&](double v) { return (x - v) / unit >= r; });
  const auto high = std::partition_point(low, ascending.end(), [&](double v) { return (v - x) / unit < r; });
  return static_cast<std::size_t>(high - low);
}

template <class Iterator>
std::size_t equal_to(Iterator begin, Iterator end, double x) {
  const auto [low, high] = std::equal_range(begin, end, x);
  return static_cast<std::size_t>(high - low);
}

/// Standard deviation of ascending values: the unit of distances, so that neither number decides them by its
/// own alone. Values stay as they are, so that equal differences stay equal. 0 where all are the same.
double unit_of(const std::vector<double>& values) {
  if (values.empty() || values.front() == values.back()) return 0;
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const auto n = static_cast<double>(values.size());
  for (const double v : values) squares += (v - sum / n) * (v - sum / n);
  return std::sqrt(squares / n);
}

constexpr std::uint32_t left_out = std::numeric_limits<std::uint32_t>::max();

/// Numeric labels, ascending, as every neuron meets them.
struct AscendingNumbers {
  std::vector<std::uint32_t> place_of;  ///< #tokens: where its number stands; left_out
  std::vector<double> y;
  double unit = 0;
  std::vector<std::size_t> line, begin;
};

/// Runs of equal values, numbered.
void find_lines(const std::vector<double>& ascending, std::vector<std::size_t>& line,
                std::vector<std::size_t>& begin) {
  line.clear(), begin.clear();
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    if (i == 0 || ascending[i] != ascending[i - 1]) begin.push_back(i);
    line.push_back(begin.size() - 1);
  }
  begin.push_back(ascending.size());
}

AscendingNumbers ascending_numbers(const RankData& data, const Labelling& labelling) {
  check_labelling(data, labelling);
  std::vector<std::uint32_t> tokens;
  for (std::size_t i = 0; i < labelling.numbers.size(); ++i)
    if (!std::isnan(labelling.numbers[i]) && (labelling.weight.empty() || labelling.weight[i] > 0))
      tokens.push_back(static_cast<std::uint32_t>(i));
  std::stable_sort(tokens.begin(), tokens.end(), [&](std::uint32_t a, std::uint32_t b) {
    return labelling.numbers[a] < labelling.numbers[b];
  });
  AscendingNumbers out;
  out.place_of.assign(labelling.numbers.size(), left_out);
  for (const std::uint32_t token : tokens) {
    out.place_of[token] = static_cast<std::uint32_t>(out.y.size());
    out.y.push_back(labelling.numbers[token]);
  }
  out.unit = unit_of(out.y);
  find_lines(out.y, out.line, out.begin);
  return out;
}

/// Points whose lines run along the number that repeats less, as fewer have to be looked at then.
double information_of(const SortedValues& order, std::span<const float> values,
                      const AscendingNumbers& numbers, std::size_t k, const std::vector<double>& psi) {
  std::vector<double> x;
  std::vector<std::uint32_t> place;  // of its number, by x
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::uint32_t token = order.place(i);
    if (numbers.place_of[token] == left_out) continue;
    place.push_back(numbers.place_of[token]);
    x.push_back(static_cast<double>(values[token]));
  }
  const double unit = unit_of(x);
  if (!(unit > 0) || !(numbers.unit > 0)) return 0;
  PlanePoints points;
  find_lines(x, points.line, points.begin);
  if (points.begin.size() >= numbers.begin.size()) {
    points.s.reserve(x.size());
    for (std::size_t l = 0; l + 1 < points.begin.size(); ++l)
      std::sort(place.begin() + static_cast<std::ptrdiff_t>(points.begin[l]),
                place.begin() + static_cast<std::ptrdiff_t>(points.begin[l + 1]));
    for (const std::uint32_t p : place) points.s.push_back(numbers.y[p]);
    points.p = std::move(x), points.unit_p = unit, points.unit_s = numbers.unit;
    return plane_information(points, numbers.y, k, psi);
  }
  points.p = numbers.y, points.line = numbers.line, points.begin = numbers.begin;
  points.unit_p = numbers.unit, points.unit_s = unit;
  points.s.resize(x.size());
  std::vector<std::size_t> next(numbers.begin.begin(), numbers.begin.end() - 1);
  for (std::size_t i = 0; i < x.size(); ++i) points.s[next[numbers.line[place[i]]]++] = x[i];
  return plane_information(points, x, k, psi);
}

}  // namespace

double plane_information(const PlanePoints& points, std::span<const double> sorted_s, std::size_t neighbours,
                         const std::vector<double>& psi) {
  const std::size_t n = points.p.size();
  if (n < 2) return 0;
  const std::size_t k = std::min(neighbours, n - 1);
  NearestDistances nearest(k);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double r = radius_of(points, i, nearest);
    if (r > 0) {
      sum += psi[k] - psi[nearer(points.p, points.p[i], points.unit_p, r)] -
             psi[nearer(sorted_s, points.s[i], points.unit_s, r)];
      continue;
    }
    const std::size_t l = points.line[i], first = points.begin[l], last = points.begin[l + 1];
    const auto at = [&](std::size_t point) { return points.s.begin() + static_cast<std::ptrdiff_t>(point); };
    sum += psi[equal_to(at(first), at(last), points.s[i]) - 1] - psi[last - first - 1] -
           psi[equal_to(sorted_s.begin(), sorted_s.end(), points.s[i]) - 1];
  }
  return psi[n] + sum / static_cast<double>(n);
}

std::vector<NeuronScores> score_numeric_information(const RankData& data,
                                                    std::span<const Labelling> labellings,
                                                    const RankOptions& options) {
  std::vector<AscendingNumbers> numbers;
  for (const Labelling& labelling : labellings) {
    if (!labelling.numeric()) throw input_error("numbers are needed but the labels are classes");
    numbers.push_back(ascending_numbers(data, labelling));
  }
  const std::vector<double> psi = digammas(static_cast<std::size_t>(data.X.rows()));
  const auto k = static_cast<std::size_t>(options.neighbours);
  std::vector<NeuronScores> out(labellings.size());
  for (NeuronScores& scores : out) scores.scores = MatrixD::Zero(data.X.cols(), 1);
  for_each_sorted(data, options, [&](Index neuron, std::span<const float> values, const SortedValues& order) {
    for (std::size_t l = 0; l < out.size(); ++l)
      out[l].scores(neuron, 0) = std::max(0.0, information_of(order, values, numbers[l], k, psi));
  });
  return out;
}

}  // namespace neurox
