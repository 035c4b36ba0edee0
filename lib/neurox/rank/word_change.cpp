#include "neurox/rank/word_change.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/rank/corpus_scores.h"

namespace neurox {
namespace {

/// z by type; empty for a constant neuron.
std::vector<double> z_of_types(const std::vector<UnitScore>& scores) {
  std::vector<double> out(scores.size());
  for (const UnitScore& s : scores) out[static_cast<std::size_t>(s.type)] = s.z;
  return out;
}

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n,
               mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : no_value;
}

/// The first `n` types by a key, ties by type.
template <class Key>
std::vector<std::size_t> first_types(std::size_t types, std::size_t n, const Key& key) {
  std::vector<std::size_t> order(types);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
  order.resize(std::min(n, types));
  return order;
}

WordChange change_of(const std::vector<double>& a, const std::vector<double>& b,
                     const WordChangeOptions& what) {
  WordChange out{no_value, no_value, {}};
  if (a.empty() || b.empty()) return out;
  out.correlation = pearson(a, b);
  const auto first = first_types(a.size(), what.firsts, [&](std::size_t t) { return std::abs(a[t]); }),
             then = first_types(b.size(), what.firsts, [&](std::size_t t) { return std::abs(b[t]); });
  const auto common = std::count_if(first.begin(), first.end(), [&](std::size_t t) {
    return std::find(then.begin(), then.end(), t) != then.end();
  });
  out.kept = static_cast<double>(common) / static_cast<double>(first.size());
  for (const std::size_t t :
       first_types(a.size(), what.listed, [&](std::size_t i) { return std::abs(b[i] - a[i]); }))
    out.moved.push_back({static_cast<std::int32_t>(t), a[t], b[t]});
  return out;
}

}  // namespace

std::vector<WordChange> word_changes(const RankData& before, const RankData& after, const CorpusUnits& words,
                                     const WordChangeOptions& what, const RankOptions& options) {
  if (before.X.rows() != after.X.rows() || before.X.cols() != after.X.cols())
    throw input_error("words of two models: {} tokens x {} neurons but {} x {}", before.X.rows(),
                      before.X.cols(), after.X.rows(), after.X.cols());
  const std::span<const CorpusUnits> units(&words, 1);
  const std::size_t all = words.count.size();
  const auto a = score_units(before, units, UnitOrder::Height, all, options),
             b = score_units(after, units, UnitOrder::Height, all, options);
  std::vector<WordChange> out;
  for (std::size_t j = 0; j < a.size(); ++j)
    out.push_back(change_of(z_of_types(a[j]), z_of_types(b[j]), what));
  return out;
}

}  // namespace neurox
