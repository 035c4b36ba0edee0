#include "neurox/probe/split.h"

#include <algorithm>
#include <map>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {

Split split_by_sentence(std::span<const std::int32_t> sentences, double share, std::uint64_t seed) {
  if (!(share > 0 && share < 1))
    throw usage_error("the held-out share is {}: it must lie between 0 and 1", share);
  std::map<std::int32_t, std::int64_t> sizes;
  for (std::int32_t s : sentences) ++sizes[s];
  if (sizes.size() < 2)
    throw input_error("{} sentence(s): holding some out needs at least two", sizes.size());
  std::vector<std::pair<std::uint64_t, std::int32_t>> order;
  for (const auto& [s, size] : sizes)
    order.emplace_back(Random::mix(Random(seed).next() ^ Random::mix(static_cast<std::uint64_t>(s))), s);
  std::sort(order.begin(), order.end());
  const double wanted = share * static_cast<double>(sentences.size());
  std::map<std::int32_t, bool> held;
  double taken = 0;
  for (std::size_t i = 0; i + 1 < order.size() && taken < wanted; ++i) {
    held[order[i].second] = true;
    taken += static_cast<double>(sizes[order[i].second]);
  }
  Split split;
  for (std::size_t i = 0; i < sentences.size(); ++i)
    (held.contains(sentences[i]) ? split.held_out : split.train).push_back(static_cast<Index>(i));
  return split;
}

RowSubset::RowSubset(const RowSource& source, std::span<const Index> rows) : source_(source), rows_(rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] < 0 || rows[i] >= source.rows())
      throw input_error("row {} is asked for but there are {}", rows[i], source.rows());
    if (i > 0 && rows[i] <= rows[i - 1])
      throw input_error("rows must ascend: {} comes after {}", rows[i], rows[i - 1]);
  }
}

void RowSubset::read(Index first, MatrixFOut out) const {
  // One read per stretch of rows whose gaps are short: cheaper than a read per run.
  constexpr Index kGap = 64, kStretch = 4096;
  MatrixF stretch;
  for (Index done = 0; done < out.rows();) {
    const auto row = [&](Index i) { return rows_[static_cast<std::size_t>(first + i)]; };
    Index end = done + 1;
    while (end < out.rows() && row(end) - row(end - 1) <= kGap && row(end) - row(done) < kStretch) ++end;
    const Index span = row(end - 1) - row(done) + 1;
    if (span == end - done) {
      source_.read(row(done), out.middleRows(done, span));
    } else {
      stretch.resize(span, source_.cols());
      source_.read(row(done), stretch);
      for (Index i = done; i < end; ++i) out.row(i) = stretch.row(row(i) - row(done));
    }
    done = end;
  }
}

std::vector<int> take(std::span<const int> values, std::span<const Index> rows) {
  std::vector<int> out;
  out.reserve(rows.size());
  for (Index i : rows) out.push_back(values[static_cast<std::size_t>(i)]);
  return out;
}

}  // namespace neurox
