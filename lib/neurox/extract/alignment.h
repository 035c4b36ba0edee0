#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace neurox::extract {

/// A half-open span of bytes in a text.
using ByteSpan = std::pair<std::uint32_t, std::uint32_t>;

/// Which pieces of a tokenizer belong to which words, by offsets alone, never by markers such as `##`.
///
/// A piece belongs to every word whose bytes it overlaps (more than one where the tokenizer joined them); a
/// word with no piece was dropped by the tokenizer.
///
/// @param words   spans of the words, ascending, not overlapping
/// @param pieces  spans of the pieces, ascending by begin; empty spans belong to no word
/// @return for each word the positions of its pieces in `pieces`, ascending
/// Cost: O(words + pieces + pairs).
std::vector<std::vector<std::int32_t>> align(std::span<const ByteSpan> words,
                                             std::span<const ByteSpan> pieces);

}  // namespace neurox::extract
