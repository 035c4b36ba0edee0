#include "neurox/probe/sites.h"

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox {

ColumnSlice::ColumnSlice(const RowSource& source, ColumnRange range) : source_(source), range_(range) {
  if (range.first < 0 || range.width < 1 || range.first + range.width > source.cols())
    throw input_error("columns {} to {} are asked for but there are {}", range.first,
                      range.first + range.width - 1, source.cols());
}

void ColumnSlice::read(Index first, MatrixFOut out) const {
  if (const MatrixF* X = source_.in_memory()) {
    out = X->block(first, range_.first, out.rows(), range_.width);
    return;
  }
  MatrixF band(out.rows(), source_.cols());
  source_.read(first, band);
  out = band.middleCols(range_.first, range_.width);
}

void for_each_slice(const RowSource& source, std::span<const ColumnRange> ranges, std::int64_t memory_bytes,
                    const std::function<void(std::size_t, const RowSource&)>& f) {
  constexpr Index kBand = 2048;
  const auto bytes = [&](std::size_t i) {
    return 4 * static_cast<std::int64_t>(source.rows()) * ranges[i].width;
  };
  for (const ColumnRange& range : ranges) ColumnSlice(source, range);
  for (std::size_t begin = 0; begin < ranges.size();) {
    std::size_t end = begin;
    std::int64_t used = 0;
    while (source.in_memory() == nullptr && end < ranges.size() && used + bytes(end) <= memory_bytes)
      used += bytes(end++);
    if (end == begin) {
      f(begin, ColumnSlice(source, ranges[begin]));
      ++begin;
      continue;
    }
    std::vector<MatrixF> slices;
    for (std::size_t i = begin; i < end; ++i) slices.emplace_back(source.rows(), ranges[i].width);
    for_each_band(source, kBand, [&](Index first, MatrixFRef band) {
      for (std::size_t i = begin; i < end; ++i)
        slices[i - begin].middleRows(first, band.rows()) = band.middleCols(ranges[i].first, ranges[i].width);
    });
    for (std::size_t i = begin; i < end; ++i) f(i, MatrixRows(std::move(slices[i - begin])));
    begin = end;
  }
}

}  // namespace neurox
