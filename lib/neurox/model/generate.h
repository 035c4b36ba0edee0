#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "neurox/model/choose_token.h"
#include "neurox/model/generation_settings.h"
#include "neurox/model/model.h"

namespace neurox::model {

/// A text as token ids.
using TokenIds = std::vector<std::int64_t>;

/// What goes through the model in one step of generation: of each sentence the tokens behind those before.
struct GenerationStep {
  std::span<const std::int64_t> prompts;  ///< number of the prompt that each sentence goes on from
  std::span<const std::int64_t> firsts;   ///< position of its first new token, from the prompt's first
  const Batch& batch;
};

struct GenerationOptions {
  std::int64_t most_tokens = 20;                     ///< new ones
  std::vector<std::int64_t> stop_ids;                ///< a text ends behind any of these
  TokenRules rules = {};                             ///< what may not, or must, be chosen
  HistoryRules history = {};                         ///< what the text so far forbids; comes before `rules`
  std::optional<SamplingOptions> sampling;           ///< nothing: the most likely token (the first of equals)
  std::uint64_t seed = 0;                            ///< of sampling
  std::int64_t beams = 1;                            ///< more than 1: beam search, without sampling
  double length_penalty = 1;                         ///< beams: scores are divided by length^length_penalty
  EarlyStopping early_stopping = EarlyStopping::No;  ///< of beams
  bool cache = true;  ///< false: every step runs the whole text again (slow; for checks)
  /// Of an encoder with a decoder: of each prompt, its first tokens that are the source; the rest, at least
  /// the token that starts a decoder, is the beginning of the target.
  std::vector<std::int64_t> sources = {};
  std::int64_t first_number = 0;  ///< number of the first prompt, where they are some of many
  std::function<void(const GenerationStep&)> before_step;  ///< may be empty
};

struct Continuation {
  TokenIds ids;  ///< new tokens; the one that ended the text included
  /// Their sum under the (edited) model, before temperature, cuts and rules; of beams behind the rules, as it
  /// is what they are chosen by.
  double log_probability = 0;
};

/// Lets a causal language model (or a decoder, behind its sources) go on from prompts, all together, each
/// alone: the result of one does not depend on the others but for rounding. Edits on the model's hooks act in
/// every step.
///
/// A sampled text depends on the seed and the prompt's number. Beams: as transformers' beam search, one
/// prompt after the other.
/// @return one per prompt
/// @throws Error{Usage} unless the model is a causal language model, for an empty prompt and options out of
/// range; Error{Input} for a text longer than the model's positions; Error{Numeric} for logits that are not
/// finite, and where the rules leave no token
std::vector<Continuation> generate(const Model& model, std::span<const TokenIds> prompts,
                                   const GenerationOptions& options);

}  // namespace neurox::model
