#pragma once

#include <span>
#include <string>
#include <string_view>

namespace neurox {

/// The candidate with the smallest edit distance (insert, delete, substitute, swap of neighbours) to `word`;
/// empty when none is within a third of the longer word's length, at least 1. Ties: the first candidate.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

/// " (did you mean 'X'?)", or nothing when no candidate is near: for the end of an error message.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace neurox
