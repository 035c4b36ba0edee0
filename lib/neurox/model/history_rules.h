#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace neurox::model {

/// A text while it is written.
struct TextSoFar {
  std::span<const std::int64_t> source;  ///< an encoder's source; without an encoder the prompt
  std::span<const std::int64_t>
      written;                  ///< what the decoder has: its start, or the prompt, and the new tokens
  std::int64_t new_tokens = 0;  ///< the last of `written`
};

/// What the text so far makes less likely or forbids. Names are those of generation_config.json.
struct HistoryRules {
  double repetition_penalty = 1;          ///< of a token in `written`: its score p times worse; 1: none
  double encoder_repetition_penalty = 1;  ///< of a token in `source`: its score p times better; 1: none
  std::int64_t no_repeat_ngram_size = 0;  ///< no n tokens twice in `written`; 0: any
  std::int64_t encoder_no_repeat_ngram_size = 0;  ///< no n tokens that stand in `source`; 0: any
  std::int64_t min_length = 0;                    ///< tokens of `written` before which a text does not end
  std::optional<std::int64_t> min_new_tokens;     ///< new ones; goes before min_length
  std::vector<std::vector<std::int64_t>> bad_words_ids;  ///< words of two tokens or more that are not written

  bool empty() const;
};

/// The scores with these rules applied, in this order: penalties, then minus infinity for what is forbidden.
///
///     penalty p: score * p where score < 0, else score / p      (encoder: 1 / p in place of p)
///
/// @param scores    #texts x vocabulary: logits; of beams log-probabilities. Not changed.
/// @param texts     one per row
/// @param stop_ids  the tokens that end a text
/// @return #texts x vocabulary
/// @throws Error{Input} for a token in `source` that the vocabulary of the scores lacks, where sources count
///
/// A word of n tokens is forbidden from the n-th written token on, not before: so is transformers'.
/// Source: transformers 5, generation/logits_process.py, in its order. The n-grams are fairseq's.
torch::Tensor under_history(const HistoryRules& rules, const torch::Tensor& scores,
                            std::span<const TextSoFar> texts, std::span<const std::int64_t> stop_ids);

}  // namespace neurox::model
