#pragma once

#include <string>

#include "neurox/label/label_set.h"

namespace neurox::label {

/// Why supersenses cannot be had; empty when they can.
std::string missing_supersenses(const Words& words, const std::string& wordnet);

/// The lexicographer's file in WordNet of the most frequent sense of each noun, verb, adjective and adverb,
/// by its form and part of speech (`upos`, else Penn tags in `xpos` or `pos`); names (PROPN, NNP) have none.
/// @param wordnet  folder with WordNet's dictionary
/// @throws Error{Input} as WordNet
/// Source: Ciaramita & Altun, EMNLP 2006 (who disambiguate); Miller 1995.
LabelSet supersense(const Words& words, const std::string& wordnet);

}  // namespace neurox::label
