#pragma once

#include <string_view>
#include <vector>

#include "neurox/text/aligned_text.h"

namespace neurox::text {

/// Splits where the script changes, as sentencepiece does: Hiragana and Katakana count as Han, spaces and
/// characters of no script (none in Unicode 9.0) join what stands before them. What stands before the first
/// character of a script is `matched`, which means left out.
void split_scripts(std::string_view text, std::vector<Match>& parts);

}  // namespace neurox::text
