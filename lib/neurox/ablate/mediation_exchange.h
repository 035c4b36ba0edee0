#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "neurox/ablate/candidates.h"
#include "neurox/core/site.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Neurons of one site; where a site holds attention weights they are heads, each with its weights.
struct MediatorPart {
  Site site;
  std::vector<std::int64_t> neurons;  ///< ascending
};

/// What is set to its value under the other prompt, together.
using Mediator = std::vector<MediatorPart>;

/// Whether a site's activations are weights of attention, a matrix for each head.
constexpr bool is_attention_weights(SiteKind kind) {
  return kind == SiteKind::AttnPattern || kind == SiteKind::CrossPattern;
}

/// A text in the untouched model.
struct UntouchedText {
  AskedText text;
  std::vector<torch::Tensor> block_inputs;  ///< tokens x width; none of a model that has no block to begin at
  std::map<Site, torch::Tensor> at;         ///< tokens x width; of attention weights heads x queries x keys
  torch::Tensor hidden;
};

/// One pass over a text that keeps what is at these sites.
/// @throws Error{Usage} for a site that the model lacks
UntouchedText untouched(model::Model& model, const AskedText& text, const std::set<Site>& sites);

/// The first block that a mediator changes; 0 for a model that cannot begin at a block.
int first_block(const model::Model& model, const Mediator& mediator);

/// Mediators of one direction on one text: the activations that `other` lends to copies of `own`.
class Exchange {
 public:
  /// Keeps references to all but the rows.
  /// @param rows  (row of own, row of other)
  Exchange(model::Model& model, const UntouchedText& own, const UntouchedText& other,
           const std::vector<std::pair<std::int64_t, std::int64_t>>& rows);

  /// What the model returns for copies of the text, each with its mediator: #copies*tokens x width.
  /// @param mediators  with neurons, all of one first_block
  /// @throws Error{Usage} for a neuron that its site lacks; Error{Input} when prompts of different lengths
  /// should exchange attention weights
  torch::Tensor run(std::span<const Mediator> mediators);

 private:
  /// At one site: what each copy takes from the other text, and which of its columns (heads).
  struct Taken {
    torch::Tensor
        values;  ///< tokens x width, the other text's rows where they belong; heads x queries x keys
    torch::Tensor columns;  ///< copies x width bool; copies x heads
  };
  Taken taken(Site site, std::int64_t copies) const;
  model::Hooks::Guard put(Site site, const Taken& what) const;
  model::Hooks::Guard put_weights(Site site, const Taken& what) const;

  model::Model& model_;
  const UntouchedText &own_, &other_;
  torch::Tensor to_, from_, is_row_;
};

}  // namespace neurox::ablate
