#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neurox/attribute/target.h"
#include "neurox/model/model.h"

namespace neurox::attribute {

/// One sentence's target as a function of its word embeddings.
///
/// A point is #tokens x width; points come as #points x #tokens x width and go through the model as copies of
/// the sentence, as many at a time as the memory allows, so that nothing grows with their number but the
/// result.
/// @throws (every call) Error{Numeric} when a value or gradient is not finite, with the sentence and the site
/// where that begins
class SentenceFunction {
 public:
  /// @param sentence  a batch of one sentence
  /// @param memory_bytes  about what one pass forth and back may hold
  SentenceFunction(model::Model& model, model::Batch sentence, Target target, std::int64_t memory_bytes);

  /// What the sentence is called in messages: `FILE:LINE`.
  void name_in_messages(std::string where) { where_ = std::move(where); }
  const model::Model& model() const { return model_; }
  const model::Batch& sentence() const { return sentence_; }
  const Target& target() const { return target_; }
  std::int64_t tokens() const { return sentence_.tokens(); }
  /// How many points go through at a time, forth and back.
  std::int64_t points_per_pass() const { return points_per_pass_; }
  /// The sentence's own word embeddings, #tokens x width (or what took their place).
  torch::Tensor embeddings() const;
  /// Puts others in their place, for all that begins at them; an undefined tensor brings their own back.
  void replace_embeddings(torch::Tensor embeddings) { replaced_ = std::move(embeddings); }

  /// #points, without gradients.
  torch::Tensor values(const torch::Tensor& points) const;
  double value(const torch::Tensor& point) const { return values(point.unsqueeze(0)).item<double>(); }
  /// The same of token ids, #points x #tokens int64.
  torch::Tensor values_of_ids(const torch::Tensor& ids) const;

  struct Gradients {
    torch::Tensor values;  ///< #points
    torch::Tensor inputs;  ///< #points x #tokens x width
  };
  Gradients gradients(const torch::Tensor& points) const;

  /// The value as a graph on `points` (which the caller may have made require gradients): for derivatives of
  /// derivatives. All points in one pass.
  torch::Tensor graph(const torch::Tensor& points) const;

  /// Listens at a site while the guard lives: for what the methods here do not give.
  model::Hooks::Guard observe(Site site, model::Hooks::Observer observer) const {
    return model_.hooks().observe(site, std::move(observer));
  }
  /// Changes what a site holds while the guard lives, of all points of a pass.
  model::Hooks::Guard edit(Site site, model::Hooks::Edit edit) const {
    return model_.hooks().edit(site, std::move(edit));
  }

  struct Sweep {
    torch::Tensor values;                    ///< #points
    torch::Tensor inputs;                    ///< gradients of the word embeddings, #points x #tokens x width
    std::vector<torch::Tensor> activations;  ///< per site: #points x #tokens x width of the site
    std::vector<torch::Tensor> gradients;    ///< likewise
  };
  /// Everything at once for at most `points_per_pass()` points: one pass forth and one back for all sites.
  /// @throws Error{Usage} for attn_pattern, and for a site that the target does not depend on
  Sweep sweep(const torch::Tensor& points, std::span<const Site> sites) const;

  /// As `gradients`, but of the activations at a site that are set to `points` (#points x #tokens x width of
  /// the site) while the sentence itself is the input.
  Gradients gradients_at(Site site, const torch::Tensor& points) const;
  torch::Tensor values_at(Site site, const torch::Tensor& points) const;
  /// The value as a graph on what the site is set to; all points in one pass.
  torch::Tensor graph_at(Site site, const torch::Tensor& points) const { return edited(site, points); }
  /// What the sites hold for one point, each #tokens x width of the site; one pass, without gradients.
  std::vector<torch::Tensor> activations(const torch::Tensor& point, std::span<const Site> sites) const;

 private:
  model::Batch copies(std::int64_t n) const;
  torch::Tensor run(const torch::Tensor& rows, const model::Batch& batch) const;
  torch::Tensor edited(Site site, const torch::Tensor& values) const;
  void check(const torch::Tensor& x, const char* what, const torch::Tensor& points) const;
  std::string where_not_finite(const torch::Tensor& points) const;

  model::Model& model_;
  model::Batch sentence_;
  Target target_;
  std::int64_t points_per_pass_;
  torch::Tensor replaced_;
  std::string where_ = "attribution";
};

}  // namespace neurox::attribute
