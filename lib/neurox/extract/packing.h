#pragma once

#include <torch/types.h>

#include <span>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/model/batch.h"
#include "neurox/model/model.h"

namespace neurox::extract {

/// One piece of a batch that flows into one cell. A row's activation is joined from its cells.
struct Flow {
  std::int64_t piece;  ///< row of the batch
  std::int64_t cell;
  float weight;
};

/// Segments that go through the model together.
struct PackedBatch {
  model::Batch batch;
  std::vector<Flow> flows;
  std::vector<std::int64_t> segments;  ///< their positions among all segments of the plans
};

/// Which segments may share a batch.
enum class Lengths { Mixed, Equal };

/// Planned sentences as batches: segments sorted by length, so that neighbours of equal length share one
/// attention product and nothing is padded. What flows where does not depend on the order.
class Packing {
 public:
  /// @param batch_tokens  pieces of a batch (one longer segment still makes a batch)
  /// @param lengths  Equal for models that take one length at a time (model::Model::mixes_lengths)
  Packing(std::span<const SentencePlan> plans, std::int64_t batch_tokens, Lengths lengths = Lengths::Mixed);

  const std::vector<PackedBatch>& batches() const { return batches_; }
  std::int64_t cells() const { return cells_; }
  std::int64_t rows() const { return static_cast<std::int64_t>(cells_of_row_.size()); }
  /// The plan that each segment belongs to.
  const std::vector<std::int64_t>& plan_of_segment() const { return plan_of_segment_; }
  /// Position of a plan's first segment among all segments.
  std::int64_t first_segment(std::size_t plan) const { return first_segment_[plan]; }

  /// Cells joined to rows (mean or maximum); rows without places are zero.
  MatrixF join(MatrixF cells) const;

 private:
  std::vector<PackedBatch> batches_;
  std::vector<std::int64_t> plan_of_segment_, first_segment_;
  std::vector<std::pair<std::int64_t, std::int64_t>> cells_of_row_;  ///< first cell and number of cells
  std::vector<bool> maximum_;
  std::int64_t cells_ = 0;
};

/// How many times more pieces go together than through a Transformer: a recurrent network takes a step per
/// word, however many sentences there are.
std::int64_t batch_factor(const model::Model& model);

/// How segments share batches of this model.
Lengths lengths_for(const model::Model& model);

/// Adds the flows' pieces of `values` (#pieces x width) to their cells' columns from `column` on.
void pour(const torch::Tensor& values, std::span<const Flow> flows, MatrixF& cells, std::int64_t column);

}  // namespace neurox::extract
