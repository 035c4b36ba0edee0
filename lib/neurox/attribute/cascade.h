#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/attribute/trust.h"

namespace neurox::attribute {

/// Weights drawn anew from the top down: first the head (with the final norm), then block by block, at last
/// the embeddings. A method that explains what the model learnt says something else after each.
/// Source: Adebayo et al., NeurIPS 2018 (cascading randomisation).
class Cascade {
 public:
  /// @param drawn  of the same folder, with random weights; both must outlive this
  /// @param own    a second copy of `trained`, whose layers are exchanged
  Cascade(const model::Model& trained, const model::Model& drawn, model::Model own);

  /// `head`, `block 5`, ..., `block 0`, `embeddings`
  std::vector<std::string> steps() const;
  /// The same sentence and target after the first `steps` steps: of 0 in the trained model, of all of them in
  /// the drawn one. Good until the next call.
  /// @param of_drawn  baselines in the drawn model; until the embeddings are drawn, those of `example`
  Example after(std::size_t steps, const Example& example, const Baselines& of_drawn,
                std::int64_t memory_bytes);

 private:
  const model::Model& trained_;
  const model::Model& drawn_;
  model::Model own_;
};

}  // namespace neurox::attribute
