#include "neurox/report/contexts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kBandRows = 1024;

/// Sebastiano Vigna's splitmix64: the same numbers everywhere, unlike the distributions of <random>.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

bool skipped(const ContextRows& rows, std::size_t i) {
  return !rows.skip.empty() && rows.skip[i] != 0;
}

/// Up to `n` rows by a seeded draw: first from sentences not drawn yet, then from any.
std::vector<std::int64_t> draw_rows(const ContextRows& rows, std::size_t n, std::uint64_t seed) {
  std::vector<std::int64_t> pool;
  for (std::size_t i = 0; i < rows.sentence.size(); ++i)
    if (!skipped(rows, i)) pool.push_back(static_cast<std::int64_t>(i));
  std::vector<std::int64_t> out, second_choice;
  std::vector<std::int32_t> seen;
  for (std::size_t i = 0; i < pool.size() && out.size() < n; ++i) {
    std::swap(pool[i], pool[i + next_random(seed) % (pool.size() - i)]);
    const std::int32_t s = rows.sentence[static_cast<std::size_t>(pool[i])];
    if (std::find(seen.begin(), seen.end(), s) == seen.end())
      out.push_back(pool[i]), seen.push_back(s);
    else if (second_choice.size() < n)
      second_choice.push_back(pool[i]);
  }
  for (const std::int64_t row : second_choice)
    if (out.size() < n) out.push_back(row);
  std::sort(out.begin(), out.end());
  return out;
}

/// The k rows with the largest sign * value, one per sentence, from rows that come in order.
class Extremes {
 public:
  Extremes(std::size_t k, float sign) : k_(k), sign_(sign) {}

  void add(std::int64_t row, std::int32_t sentence, float value) {
    const float v = sign_ * value;
    if (open_ && sentence == sentence_) {
      if (v > best_.value) best_ = {row, v};
      return;
    }
    close();
    open_ = true, sentence_ = sentence, best_ = {row, v};
  }

  std::vector<RowValue> finish() {
    close();
    for (RowValue& r : kept_) r.value *= sign_;
    return kept_;
  }

 private:
  void close() {
    if (!open_ || k_ == 0) return;
    open_ = false;
    if (kept_.size() == k_ && best_.value <= kept_.back().value) return;
    const auto at = std::upper_bound(kept_.begin(), kept_.end(), best_,
                                     [](const RowValue& a, const RowValue& b) { return a.value > b.value; });
    kept_.insert(at, best_);
    if (kept_.size() > k_) kept_.pop_back();
  }

  std::size_t k_;
  float sign_;
  bool open_ = false;
  std::int32_t sentence_ = 0;
  RowValue best_{};
  std::vector<RowValue> kept_;
};

/// The types that occur often enough, by z: `sign` +1 those above the mean, -1 those below it.
std::vector<TypeScore> driving_words(const std::vector<TypeScore>& types, std::size_t n, double sign) {
  std::vector<TypeScore> out;
  for (const TypeScore& t : types)
    if (sign * t.z > 0) out.push_back(t);
  std::stable_sort(out.begin(), out.end(),
                   [&](const TypeScore& a, const TypeScore& b) { return sign * a.z > sign * b.z; });
  out.resize(std::min(n, out.size()));
  return out;
}

void check(const RowSource& X, const ContextRows& rows) {
  const auto n = static_cast<std::size_t>(X.rows());
  if (rows.sentence.size() != n)
    throw input_error("contexts: {} sentence numbers but {} rows", rows.sentence.size(), n);
  if (rows.word.size() != n) throw input_error("contexts: {} words but {} rows", rows.word.size(), n);
  if (!rows.skip.empty() && rows.skip.size() != n)
    throw input_error("contexts: {} marks but {} rows", rows.skip.size(), n);
}

struct Range {
  VectorD mean, low, high;  ///< of each neuron
};

/// Fills the histograms of the neurons that are not constant. @returns sums of squared differences from the
/// mean
VectorD count_distributions(const RowSource& X, const ContextRows& rows, const Range& range,
                            std::size_t bin_count, std::vector<NeuronContexts>& out) {
  const auto& [mean, low, high] = range;
  VectorD squares = VectorD::Zero(X.cols());
  for (std::size_t j = 0; j < out.size(); ++j)
    if (high[static_cast<Index>(j)] > low[static_cast<Index>(j)]) out[j].histogram.assign(bin_count, 0);
  for_each_band(X, kBandRows, [&](Index first, const MatrixFRef& band) {
    for (Index r = 0; r < band.rows(); ++r) {
      if (skipped(rows, static_cast<std::size_t>(first + r))) continue;
      for (Index j = 0; j < X.cols(); ++j) {
        const double v = band(r, j);
        squares[j] += (v - mean[j]) * (v - mean[j]);
        auto& bins = out[static_cast<std::size_t>(j)].histogram;
        if (bins.empty()) continue;
        const double at = (v - low[j]) / (high[j] - low[j]) * static_cast<double>(bins.size());
        ++bins[std::min(static_cast<std::size_t>(at), bins.size() - 1)];
      }
    }
  });
  return squares;
}

}  // namespace

std::vector<NeuronContexts> collect_contexts(const RowSource& X, const ContextRows& rows,
                                             const ContextOptions& options) {
  check(X, rows);
  const auto neurons = static_cast<std::size_t>(X.cols());
  std::int32_t types = 0;
  for (const std::int32_t w : rows.word) types = std::max(types, w + 1);
  const std::vector<std::int64_t> random = draw_rows(rows, options.contexts, options.seed);

  std::vector<NeuronContexts> out(neurons);
  std::vector<Extremes> top(neurons, Extremes(options.contexts, 1)),
      bottom(neurons, Extremes(options.contexts, -1));
  VectorD sum = VectorD::Zero(X.cols()), low, high;
  low = VectorD::Constant(X.cols(), std::numeric_limits<double>::infinity());
  high = -low;
  MatrixD word_sum = MatrixD::Zero(types, X.cols());
  std::vector<std::int64_t> word_count(static_cast<std::size_t>(types));
  std::int64_t used = 0;
  std::size_t next_drawn = 0;
  for_each_band(X, kBandRows, [&](Index first, const MatrixFRef& band) {
    for (Index r = 0; r < band.rows(); ++r) {
      const auto i = static_cast<std::size_t>(first + r);
      if (skipped(rows, i)) continue;
      ++used;
      const auto values = band.row(r).cast<double>().transpose();
      sum += values;
      low = low.cwiseMin(values);
      high = high.cwiseMax(values);
      if (rows.word[i] >= 0) {
        word_sum.row(rows.word[i]) += values.transpose();
        ++word_count[static_cast<std::size_t>(rows.word[i])];
      }
      for (std::size_t j = 0; j < neurons; ++j) {
        const float v = band(r, static_cast<Index>(j));
        top[j].add(first + r, rows.sentence[i], v);
        bottom[j].add(first + r, rows.sentence[i], v);
      }
      if (next_drawn < random.size() && random[next_drawn] == first + r) {
        for (std::size_t j = 0; j < neurons; ++j)
          out[j].random.push_back({first + r, band(r, static_cast<Index>(j))});
        ++next_drawn;
      }
    }
  });
  if (used == 0) return out;

  const Range range{sum / static_cast<double>(used), low, high};
  const VectorD squares = count_distributions(X, rows, range, options.bins, out);
  for (std::size_t j = 0; j < neurons; ++j) {
    const auto c = static_cast<Index>(j);
    NeuronContexts& n = out[j];
    n.rows = used;
    n.mean = range.mean[c], n.variance = squares[c] / static_cast<double>(used), n.min = low[c],
    n.max = high[c];
    n.top = top[j].finish();
    n.bottom = bottom[j].finish();
    if (n.variance <= 0) continue;
    std::vector<TypeScore> scores;
    for (std::int32_t w = 0; w < types; ++w) {
      const std::int64_t occurrences = word_count[static_cast<std::size_t>(w)];
      if (occurrences < std::max<std::int64_t>(options.min_count, 1)) continue;
      const double m = word_sum(w, c) / static_cast<double>(occurrences);
      scores.push_back({w, occurrences, m, (m - n.mean) / std::sqrt(n.variance)});
    }
    n.high_words = driving_words(scores, options.words, 1);
    n.low_words = driving_words(scores, options.words, -1);
  }
  return out;
}

}  // namespace neurox
