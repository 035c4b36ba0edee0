#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "neurox/report/report_data.h"

namespace neurox {

/// A token's place in its sentence.
struct TokenPlace {
  std::int32_t begin = -1, end = -1;  ///< code points; begin < 0: not known
  std::string_view token;             ///< shown where the place does not fit the sentence
};

/// A sentence cut into tokens with their activations and the text between them, at most `most_tokens` of them
/// around the focus.
///
/// Places must lie in the sentence, in order, without overlap. If any does not (or `sentence` is empty), the
/// tokens themselves are shown with spaces between. Context::row, sentence are left to the caller.
/// @param values  #tokens
/// @param focus   position in `tokens`
Context sentence_context(std::string_view sentence, std::span<const TokenPlace> tokens,
                         std::span<const float> values, std::size_t focus, std::size_t most_tokens);

}  // namespace neurox
