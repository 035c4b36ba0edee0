#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "neurox/model/generate.h"
#include "neurox/model/key_value_cache.h"

namespace neurox::model {

/// Texts that grow token by token, and what a causal model says comes next.
class NextLogits {
 public:
  /// @param texts    the first tokens of each
  /// @param prompts  the number of the prompt that each goes on from, for GenerationStep
  NextLogits(const Model& model, const GenerationOptions& options, std::vector<TokenIds> texts,
             std::vector<std::int64_t> prompts);

  /// #texts x vocabulary, at the last token of each. Runs the model when tokens have come since.
  /// @throws Error{Numeric} when one is not finite
  torch::Tensor logits();
  /// Scores of the same shape under the options' history and rules.
  torch::Tensor allowed(const torch::Tensor& scores) const;
  /// Goes on with these texts (rows of `logits`, each any number of times), each with one more token.
  void go_on(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens);

 private:
  const Model& model_;
  const GenerationOptions& options_;
  std::vector<TokenIds> texts_;
  std::vector<std::int64_t> prompts_;
  std::int64_t new_tokens_ = 0;  ///< of each
  std::optional<KeyValueCache> cache_;
};

}  // namespace neurox::model
