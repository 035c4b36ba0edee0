#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "neurox/model/history_rules.h"

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

/// When beam search ends, once there are as many finished texts as beams.
enum class EarlyStopping {
  No,    ///< when the best open text is no better, at its present length
  Yes,   ///< at once
  Never  ///< when the best open text could not become better, at most at its longest
};

/// What a model's folder says of writing: generation_config.json, else config.json.
struct GenerationSettings {
  TokenRules rules;
  HistoryRules history;
  std::optional<std::int64_t> decoder_start;  ///< the token that a decoder begins with
  std::optional<std::int64_t> beams;          ///< `num_beams`
  std::optional<double> length_penalty;
  std::optional<EarlyStopping> early_stopping;
};

/// What both files say of tokens is taken from both; all else from config.json only where there is no
/// generation_config.json, as transformers does.
/// @throws Error{Input} for a file that is no JSON, and a value of another kind or out of its range
GenerationSettings generation_settings(const std::filesystem::path& folder);

}  // namespace neurox::model
