#pragma once

#include <cstdint>
#include <vector>

#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// Where one token that a language model writes comes from.
struct TokenShares {
  std::size_t row = 0;  ///< of the example: the token
  double value = 0;     ///< of the target: that this token follows
  /// Shares of the sum of |attributions|: of the source, of the output before the token, of special tokens.
  /// They sum to 1; NaN where every attribution is 0.
  double source = 0, prefix = 0, special = 0;
  double source_sum = 0, prefix_sum = 0;  ///< with their signs, in the target's unit
  double entropy = 0;                     ///< of |attributions| over source and prefix tokens, nats
};

/// For each token of the second text: how much of its prediction comes from the first text (the source), how
/// much from what was written before it (the prefix). Voita, Sennrich & Titov 2021, "Analyzing the source and
/// target contributions to predictions in neural machine translation", with any method of words in place of
/// their layer-wise relevance.
///
/// Cost: one run of the method for each token of the second text, on what stands before it.
/// @param example  of a causal model, its rows single tokens; its own target plays no part
/// @throws Error{Usage} for a model that predicts no next token, and rows of several tokens
std::vector<TokenShares> source_shares(model::Model& model, const Example& example, const InputMethod& method,
                                       const MethodOptions& options, Target::Scale scale,
                                       std::int64_t memory_bytes);

}  // namespace neurox::attribute
