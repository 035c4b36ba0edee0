#include "neurox/io/block_source.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::io {
namespace {

/// Wanted columns that lie in one block of the source: (column within the block, column of the result).
struct BlockColumns {
  Index first, width;
  std::vector<std::pair<Index, Index>> from_to;
};

std::vector<BlockColumns> group_by_block(const BlockSource& source,
                                         const std::vector<std::int64_t>& columns) {
  const Index step = std::max<Index>(1, source.block_columns());
  std::map<Index, BlockColumns> blocks;
  for (std::size_t to = 0; to < columns.size(); ++to) {
    const Index column = columns[to];
    if (column < 0 || column >= source.cols())
      throw usage_error("neuron {} asked for, but there are {}", column, source.cols());
    blocks[column / step].from_to.emplace_back(column, static_cast<Index>(to));
  }
  std::vector<BlockColumns> out;
  for (auto& [number, block] : blocks) {
    // Only from the first to the last column that is wanted.
    const auto [low, high] = std::minmax_element(block.from_to.begin(), block.from_to.end());
    block.first = low->first;
    block.width = high->first - low->first + 1;
    for (auto& [from, to] : block.from_to) from -= block.first;
    out.push_back(std::move(block));
  }
  return out;
}

class Selected final : public RowSource {
 public:
  Selected(std::shared_ptr<const BlockSource> source, std::optional<std::vector<std::int64_t>> rows,
           const std::vector<std::int64_t>& columns)
      : source_(std::move(source)),
        rows_(std::move(rows)),
        cols_(static_cast<Index>(columns.size())),
        blocks_(group_by_block(*source_, columns)) {
    if (!rows_) return;
    for (const std::int64_t row : *rows_)
      if (row < 0 || row >= source_->rows())
        throw usage_error("row {} asked for, but there are {}", row, source_->rows());
  }

  Index rows() const override { return rows_ ? static_cast<Index>(rows_->size()) : source_->rows(); }
  Index cols() const override { return cols_; }

  void read(Index first, MatrixFOut out) const override {
    if (!rows_) {
      std::vector<Index> all(static_cast<std::size_t>(out.rows()));
      std::iota(all.begin(), all.end(), Index{0});
      copy(first, out.rows(), all, all, out);
      return;
    }
    // (row of the file, row of the result), by bands of the file.
    std::vector<std::pair<Index, Index>> wanted;
    for (Index i = 0; i < out.rows(); ++i)
      wanted.emplace_back((*rows_)[static_cast<std::size_t>(first + i)], i);
    if (!std::is_sorted(wanted.begin(), wanted.end())) std::sort(wanted.begin(), wanted.end());
    const Index step = std::max<Index>(1, source_->block_rows());
    std::vector<Index> from, to;
    for (std::size_t i = 0; i < wanted.size();) {
      const Index band = wanted[i].first / step, begin = wanted[i].first;
      from.clear();
      to.clear();
      for (; i < wanted.size() && wanted[i].first / step == band; ++i) {
        from.push_back(wanted[i].first - begin);
        to.push_back(wanted[i].second);
      }
      copy(begin, from.back() + 1, from, to, out);
    }
  }

 private:
  /// Row from[k] of the rows begin.. of the source goes to row to[k] of `out`.
  void copy(Index begin, Index rows, const std::vector<Index>& from, const std::vector<Index>& to,
            MatrixFOut out) const {
    MatrixF scratch;
    for (const BlockColumns& block : blocks_) {
      scratch.resize(rows, block.width);
      source_->read_block(begin, block.first, scratch);
      for (std::size_t k = 0; k < from.size(); ++k) {
        const float* row = scratch.row(from[k]).data();
        float* target = out.row(to[k]).data();
        for (const auto& [source_column, target_column] : block.from_to)
          target[target_column] = row[source_column];
      }
    }
  }

  std::shared_ptr<const BlockSource> source_;
  std::optional<std::vector<std::int64_t>> rows_;
  Index cols_;
  std::vector<BlockColumns> blocks_;
};

}  // namespace

std::unique_ptr<RowSource> select_columns(std::shared_ptr<const BlockSource> source,
                                          const std::vector<std::int64_t>& columns) {
  return std::make_unique<Selected>(std::move(source), std::nullopt, columns);
}

std::unique_ptr<RowSource> select_rows(std::shared_ptr<const BlockSource> source,
                                       std::vector<std::int64_t> rows, std::vector<std::int64_t> columns) {
  if (columns.empty()) {
    columns.resize(static_cast<std::size_t>(source->cols()));
    std::iota(columns.begin(), columns.end(), std::int64_t{0});
  }
  return std::make_unique<Selected>(std::move(source), std::move(rows), columns);
}

}  // namespace neurox::io
