#pragma once

#include <span>
#include <string>
#include <vector>

#include "neurox/extract/pooled_forward.h"
#include "neurox/text/tokenizer.h"

namespace neurox::extract {

/// A sequence of words as many times over as brings it nearest to a length, at least once (half way: the
/// longer).
std::vector<std::string> repeated_to(std::span<const std::string> words, double length);

/// Mean activation over all words of made-up sentences, words joined by spaces.
///
/// @param sentences  words of each
/// @param plan       as the activations were made that means are compared with; its unit is not looked at:
/// rows are words
/// @return #sentences x #neurons; zero for a sentence of which the tokenizer leaves nothing
/// @throws Error{Input} as plan_sentence; Error{Numeric} as the model
/// Source: the degree of alignment of Na, Choe, Lee & Kim, ICLR 2019 (section 3.4), whose pooling is over a
/// convolution's positions; here over words, pooled as the corpus was.
MatrixF mean_activations(PooledForward& forward, const text::Tokenizer& tokenizer,
                         std::span<const std::vector<std::string>> sentences, PlanOptions plan);

}  // namespace neurox::extract
