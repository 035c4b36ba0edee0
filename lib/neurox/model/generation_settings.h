#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace neurox::model {

/// Tokens that may not, or must, be chosen while a text is written.
struct TokenRules {
  std::vector<std::int64_t> never;          ///< `bad_words_ids` of one token, `suppress_tokens`
  std::optional<std::int64_t> first, last;  ///< `forced_bos_token_id`, `forced_eos_token_id`

  bool empty() const { return never.empty() && !first && !last; }
  /// Scores of token number `step` (from 0) of at most `most_tokens`, #texts x vocabulary: minus infinity for
  /// what is not allowed; where one token must come it has 0 and all others minus infinity. As transformers'
  /// processors, which act on what beams add up.
  torch::Tensor operator()(const torch::Tensor& scores, std::int64_t step, std::int64_t most_tokens) const;
};

/// What a model's folder says of writing: generation_config.json, else config.json.
struct GenerationSettings {
  TokenRules rules;
  std::optional<std::int64_t> decoder_start;  ///< the token that a decoder begins with
};

/// @throws Error{Input} for a file that is no JSON
GenerationSettings generation_settings(const std::filesystem::path& folder);

}  // namespace neurox::model
