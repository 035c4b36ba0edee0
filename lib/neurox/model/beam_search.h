#pragma once

#include <cstdint>

#include "neurox/model/generate.h"

namespace neurox::model {

/// The likeliest continuation that beam search finds. GenerationOptions::beams texts are kept open; in each
/// step the best beams * max(2, 1 + #stop_ids) ways to go on are looked at, of which those that end and are
/// among the first `beams` are finished texts, with the score
///
///     log-probability / length^length_penalty
///
/// It ends when `beams` finished texts are no worse than the best open one at its present length; with
/// EarlyStopping::Yes as soon as there are `beams` finished texts, with Never the open one counts at the
/// longest length where length_penalty > 0. Source: transformers 5 `_beam_search`.
Continuation search_beams(const Model& model, const TokenIds& prompt, std::int64_t number,
                          const GenerationOptions& options);

}  // namespace neurox::model
