#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "neurox/io/activation_reader.h"

namespace neurox::apps {

/// Rows of several activation files that are the same words.
struct AlignedWords {
  std::vector<std::vector<std::int64_t>> rows;  ///< per file, ascending, as many in each
  std::int64_t left_out = 0;  ///< words that at least one file has no activation of (dropped, cut away)
};

/// Special tokens are passed over; what is left must be the same words at the same places (sentence,
/// position, text of a pair, token), whatever tokenizer made their pieces.
/// @throws Error{Input} with the first difference: `b.h5ad: row 17 is 'cat' (sentence 2, word 5), but in
///         a.h5ad that place has 'dog' (sentence 2, word 5); extract the same text`
AlignedWords align_words(const std::vector<std::shared_ptr<const io::ActivationReader>>& files);

}  // namespace neurox::apps
