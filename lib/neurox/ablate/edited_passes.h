#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "neurox/ablate/ablation.h"
#include "neurox/ablate/behind_mlp.h"
#include "neurox/extract/packing.h"

namespace neurox::ablate {

/// Sentences that go through the model together in every condition.
struct Window {
  std::vector<io::Sentence> sentences;
  std::vector<extract::SentencePlan> plans;
  std::int64_t first_sentence = 0;
  PlacedWindow placed;
  std::vector<Places> places;  ///< per batch
};

/// One window in the intact model: what later conditions begin from.
struct Kept {
  std::vector<std::vector<torch::Tensor>> block_inputs;  ///< [batch][block]
  std::vector<torch::Tensor> hidden;                     ///< [batch]
  MatrixF cells;
  int mlp_block = -1;           ///< the block that `mlp` is of
  std::vector<MlpOutcome> mlp;  ///< [batch]
};

/// The passes of `run_ablation`, window by window: what an edit cannot change is not computed again.
///
/// A pass begins at the first edited block, or, where several conditions edit that block's mlp_post alone,
/// behind its MLP; and where all measures look at one position of each sentence, the last block is computed
/// there alone. All of it equals whole passes up to rounding. Arguments must outlive it.
class EditedPasses {
 public:
  EditedPasses(model::Model& model, const AblationOptions& options,
               const std::vector<std::unique_ptr<Measure>>& measures,
               const std::vector<std::vector<SiteEdit>>& edits);

  /// Whether hidden states are one row a sentence: what its classifier reads.
  bool one_position() const { return one_position_; }
  Kept intact(const extract::Packing& packing);
  /// How many conditions from this one on go through the model together: those that begin at one block, as
  /// long as copies of a small window fit in a pass and no rows of a probe are asked for.
  std::size_t joined(std::size_t condition, const extract::Packing& packing) const;
  /// Rows and hidden states under a condition; what it leaves unchanged is taken from the intact pass.
  /// @throws Error{Numeric} when hidden states are not finite
  std::pair<MatrixF, std::vector<torch::Tensor>> edited(const extract::Packing& packing, const Window& window,
                                                        Kept& kept, std::size_t condition);
  /// Hidden states of `n` conditions from `condition` on, from one pass over copies of each batch:
  /// [condition][batch].
  std::vector<std::vector<torch::Tensor>> together(const extract::Packing& packing, const Window& window,
                                                   Kept& kept, std::size_t condition, std::size_t n);

 private:
  using Conditions = std::span<const std::vector<SiteEdit>>;
  int blocks_to_begin_at() const;
  bool behind_mlp(std::span<const SiteEdit> edits, int first) const;
  void keep_mlp(const extract::Packing& packing, Kept& kept, int block);
  torch::Tensor from(int block, const torch::Tensor& resid, const model::Batch& batch,
                     Conditions conditions) const;
  torch::Tensor read(const torch::Tensor& hidden, const model::Batch& batch) const;
  template <class Pass>
  void refuse_non_finite_pass(const torch::Tensor& hidden, const extract::PackedBatch& batch,
                              const extract::Packing& packing, const Window& window,
                              const std::vector<SiteEdit>& edits, const Pass& pass);

  model::Model& model_;
  const AblationOptions& options_;
  const std::vector<std::vector<SiteEdit>>& edits_;
  std::vector<Site> sites_;
  std::int64_t neurons_ = 0;
  std::optional<Site> last_;
  bool one_position_ = false;
  std::vector<int> beginning_at_;  ///< per block, the conditions that begin there
};

}  // namespace neurox::ablate
