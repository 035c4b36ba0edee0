#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace neurox::label {

/// The words of a changed sentence on the axis of the words of the sentence that it was made from.
struct PlacedWords {
  /// Per word of the changed sentence: the number of the word of the base that it is; -1 of one that was
  /// added.
  std::vector<std::int64_t> same;
  /// Per word: where it stands, ascending; `same` of a word that both have.
  std::vector<double> position;
  /// The first word of the base behind the first added one that both have, #base words where there is none;
  /// -1 where nothing was added.
  std::int64_t behind_added = -1;
};

/// Finds the words that two sentences share, in their order: what both begin with, then what both end in,
/// then a longest common subsequence of what is left, each word as early as that allows. (So of `very very
/// good` beside `very good` the second `very` was added.)
///
/// The m words between two shared ones i and i + u + 1 of the base, which lie around u words that the changed
/// sentence has not, stand at
///
///     i + k (u + 1) / (m + 1),   k = 1 .. m
///
/// with i = -1 before the first word: a word added between words 2 and 3 at 2.5, one put in the place of
/// another at that one's place.
///
/// Words are compared byte by byte.
/// @throws Error{Input} when what is left of both is more than 2^27 pairs of words
/// Cost: O(words left of the base * words left of the changed sentence) time and memory, else linear.
PlacedWords place_words(const std::vector<std::string>& base, const std::vector<std::string>& changed);

}  // namespace neurox::label
