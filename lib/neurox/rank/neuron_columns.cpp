#include "neurox/rank/neuron_columns.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/core/memory_size.h"
#include "neurox/probe/sites.h"

namespace neurox {
namespace {

/// Blocks that divide those of 256 columns which files are stored in.
constexpr Index kMostNeurons = 256;
constexpr Index kReadBand = 1024;
/// A block is no larger than this, however much memory is allowed: more does not make it faster.
constexpr Index kBlockBytes = Index{256} << 20;

Index block_width(const RankData& data, const RankOptions& options, Index bytes_per_value) {
  const Index n = std::max<Index>(data.X.rows(), 1);
  const Index working = n * bytes_per_value * tbb::this_task_arena::max_concurrency();
  const Index room = options.memory_bytes - working;
  if (room < 4 * n)
    throw usage_error("{} tokens need {} of memory for one neuron but {} are allowed (--memory)", n,
                      format_memory_size(working + 4 * n), format_memory_size(options.memory_bytes));
  Index width = kMostNeurons;
  while (width > 1 && width * 4 * n > std::min(room, kBlockBytes)) width /= 2;
  return width;
}

}  // namespace

void for_each_neuron(const RankData& data, const RankOptions& options, Index bytes_per_value,
                     const std::function<void(Index neuron, const float* values)>& f) {
  const Index n = data.X.rows(), d = data.X.cols(), width = block_width(data, options, bytes_per_value);
  MatrixF columns(std::min(width, d), n);
  MatrixF band(std::min(kReadBand, n), std::min(width, d));
  for (Index first = 0; first < d; first += width) {
    const Index w = std::min(width, d - first);
    const std::unique_ptr<RowSource> block =
        data.columns ? data.columns(first, w) : std::make_unique<ColumnSlice>(data.X, ColumnRange{first, w});
    for (Index i = 0; i < n; i += kReadBand) {
      const Index rows = std::min(kReadBand, n - i);
      auto part = band.topLeftCorner(rows, w);
      block->read(i, part);
      columns.block(0, i, w, rows) = part.transpose();
    }
    tbb::parallel_for(Index{0}, w, [&](Index j) { f(first + j, columns.row(j).data()); });
    if (options.progress != nullptr) options.progress->advance_to(first + w);
  }
}

}  // namespace neurox
