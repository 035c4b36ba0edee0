#include "ranked_rows.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "neurox/rank/neuron_columns.h"

namespace neurox::apps {
namespace {

/// A matrix that lies neuron by neuron, read token by token.
class TransposedRows final : public RowSource {
 public:
  TransposedRows(std::shared_ptr<float> data, Index rows, Index columns)
      : data_(std::move(data)), rows_(rows), columns_(columns) {}
  Index rows() const override { return rows_; }
  Index cols() const override { return columns_; }
  void read(Index first, MatrixFOut out) const override {
    const Eigen::Map<const MatrixF> by_neuron(data_.get(), columns_, rows_);
    constexpr Index tile = 64;
    for (Index j = 0; j < columns_; j += tile) {
      const Index width = std::min(tile, columns_ - j);
      out.middleCols(j, width) = by_neuron.block(j, first, width, out.rows()).transpose();
    }
  }

 private:
  std::shared_ptr<float> data_;
  Index rows_, columns_;
};

}  // namespace

std::unique_ptr<RowSource> ranked_rows(const JoinedActivations& activations,
                                       const std::vector<std::int64_t>& rows, const ScratchMaker& scratch,
                                       std::int64_t memory_bytes, Progress& progress) {
  const std::unique_ptr<RowSource> X = activations.source(rows);
  const Index tokens = X->rows(), neurons = X->cols();
  std::shared_ptr<float> ranks = scratch(tokens * neurons);
  RankData data{*X};
  data.columns = [&](Index first, Index width) {
    std::vector<std::int64_t> some(static_cast<std::size_t>(width));
    std::iota(some.begin(), some.end(), first);
    return activations.source(rows, some);
  };
  RankOptions reading;
  reading.memory_bytes = memory_bytes;
  reading.progress = &progress;
  progress.stage("ranks", neurons, "neurons");
  constexpr Index bytes_per_value = sizeof(std::pair<float, std::size_t>);
  for_each_neuron(data, reading, bytes_per_value, [&](Index neuron, const float* values) {
    const auto n = static_cast<std::size_t>(tokens);
    rank_values({values, n}, {ranks.get() + neuron * tokens, n});
  });
  return std::make_unique<TransposedRows>(std::move(ranks), tokens, neurons);
}

}  // namespace neurox::apps
