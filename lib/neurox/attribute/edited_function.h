#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "neurox/ablate/edits.h"
#include "neurox/attribute/sentence_function.h"

namespace neurox::attribute {

/// Neurons of any sites that are set to values of their own, at every position.
using Edits = std::vector<ablate::SiteEdit>;

/// One sentence's target as a function of what is replaced in the model.
///
/// Many conditions go through the model together, as copies of the sentence. What an edit cannot change is
/// not computed again: a pass begins at the first edited block, or, where that block is edited at mlp_post
/// alone, behind its MLP (whose output moves by the change of those neurons times their output weights); and
/// where the target reads one position of the last block's output, the last block is computed there alone.
/// All of this is exact: the same numbers as whole passes one by one, up to rounding.
///
/// `f` must outlive it. Memory: about what a pass of `f` may hold, and the intact sentence's sites.
class EditedFunction {
 public:
  explicit EditedFunction(const SentenceFunction& f);

  /// f of the sentence as it is.
  double intact() const { return intact_; }
  /// f under each condition.
  /// @throws Error{Usage} for a neuron that its site lacks; Error{Numeric} for a value that is not finite
  std::vector<double> values(std::span<const Edits> conditions) const;

 private:
  /// Where the pass of a condition begins.
  struct Start {
    bool unchanged = false;  ///< nothing that the target sees changes
    int block = 0;           ///< -1: at the embeddings
    bool behind_mlp = false;
    friend bool operator<(const Start& a, const Start& b) {
      return std::tie(a.unchanged, a.block, a.behind_mlp) < std::tie(b.unchanged, b.block, b.behind_mlp);
    }
  };
  Start start_of(const Edits& edits) const;
  bool reads_one_position(std::span<const Edits* const> conditions) const;
  torch::Tensor run(const Start& start, std::span<const Edits* const> conditions) const;
  model::Batch copies(std::int64_t n, std::int64_t length) const;

  const SentenceFunction& f_;
  std::int64_t per_pass_;
  double intact_ = 0;
  std::vector<torch::Tensor> resid_pre_, resid_mid_, mlp_post_, mlp_out_;  ///< per block, #tokens x width
};

}  // namespace neurox::attribute
