#pragma once

#include "neurox/label/label_set.h"

namespace neurox::label {

// Features of a word by its place and its letters. Numbers are NaN, classes empty, where rows take no label.

LabelSet from_end(const Words& words);  ///< words behind it in its text
LabelSet line_position(
    const Words& words);  ///< words behind the last line break of its text (at first: its beginning)
LabelSet sentence_length(const Words& words);  ///< words of its text
LabelSet edge(const Words& words);             ///< first, last, middle, only
LabelSet length(const Words& words);           ///< characters (code points)
LabelSet capitals(const Words& words);         ///< lower, initial, upper (two letters or more), mixed, none
LabelSet frequency(const Words& words);        ///< occurrences of the word in the whole file, case folded
LabelSet log_frequency(const Words& words);    ///< natural logarithm of it
LabelSet frequency_bin(const Words& words);    ///< 1, 2-9, 10-99, 100-999, 1000+

// A word is inside when a pair opens before it and closes behind it in its text; a mark that stands alone is
// not inside, one without its partner encloses nothing.

LabelSet quoted(const Words& words);     ///< quoted, other: "…", “…”, „…“, «…», ``…''
LabelSet bracketed(const Words& words);  ///< bracketed, other: (…), […], {…}, also as -LRB- …

}  // namespace neurox::label
