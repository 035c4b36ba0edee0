#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include "neurox/report/report_data.h"

namespace neurox {

/// Measures that tell nothing apart: over all rows without a class, at one target, their numbers are the same
/// to six digits; the untouched ones among them, but for the share of texts that change. One number alone is
/// not flat.
///
/// A chart of such a measure is a level line; what it says fits in a sentence.
/// @return pairs of target and place in `table.measures`
std::set<std::pair<std::string, std::size_t>> flat_measures(const AblationFindings& table);

/// `The same under every condition: BLEU (0), different words, share of all (100 %).`, as a paragraph; empty
/// where no measure is flat. Counts of texts and tokens, and drops, are not named.
std::string flat_measures_in_words(const AblationFindings& table);

}  // namespace neurox
