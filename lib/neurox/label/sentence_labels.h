#pragma once

#include <string>
#include <vector>

#include "neurox/io/concept_sentences.h"
#include "neurox/label/label_set.h"
#include "neurox/label/regex.h"

namespace neurox::label {

// Labels of whole sentences, carried to each of their rows.

/// A file with one label a line, line i for sentence i; an empty line is no label.
/// @throws Error{Input} when it has more or fewer lines than there are sentences
LabelSet sentence_label_file(const Words& words, const std::string& name, const std::string& path);

/// CoNLL-U's `# KEY = VALUE`: the value, or what a regular expression finds in it (its first group, where it
/// has one). A sentence without the comment has that of the one before (those of documents stand once).
/// @param pattern  null: the whole value
/// @throws Error{Input} when no sentence has the comment, or the expression is found in none
LabelSet comment_labels(const Words& words, const std::string& name, const std::string& key,
                        const Regex* pattern);

enum class WhichText { First, Second };

/// Whether the text (of a pair: the first or the second) has a match of the expression.
/// @throws Error{Input} when the texts are not known, or come not in pairs; as binary_set
LabelSet text_has(const Words& words, const std::string& name, const Regex& regex, WhichText which,
                  const std::vector<bool>& among, const std::string& source);

/// Sentences by their text: `positive`, `negative`, or none. White space around a text counts for nothing.
/// @throws Error{Input} for a text on both sides; when no sentence is positive, or none negative
LabelSet sentence_sets(const Words& words, const std::string& name, const io::ConceptSentences& sets,
                       const std::string& source);

/// Of pairs, how many words the texts share (case folded, each word once): `overlap`, shared words in all
/// words (Jaccard, a number), and `overlap25`, `overlap50`, `overlap75`: shared words against words of one
/// text alone are more than .25, .5, .75.
///
///     overlap = |A and B| / |A or B|,   overlapK: |A and B| > K/100 (|A only| + |B only|)
///
/// Classes that hold in no row or in every one are left out.
/// @throws Error{Input} when the texts come not in pairs
/// Source: Mu & Andreas, NeurIPS 2020, without the padding that its code counts as a word.
std::vector<LabelSet> pair_overlap(const Words& words);

}  // namespace neurox::label
