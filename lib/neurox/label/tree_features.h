#pragma once

#include <string_view>

#include "neurox/label/label_set.h"

namespace neurox::label {

// Features of a word by the heads of a dependency tree (columns `head`, `deprel`, `feats.Number` as CoNLL-U
// has them).

/// Why the columns are not there, or do not fit the words; empty when they do.
std::string_view missing_heads(const Words& words);
std::string_view missing_subjects(const Words& words);

/// Arcs from the word up to the root, which has 0.
/// @throws Error{Input} for a head outside of the sentence, or heads in a circle
LabelSet depth(const Words& words);

/// On a finite verb (or copula, or auxiliary) that has a subject and a Number: the number of that subject,
/// Sing or Plur. Two subjects joined (a `conj` of the subject) are Plur, and so is Number=Ptan; pronouns have
/// their own Number.
///
/// The subject is a word whose deprel begins with `nsubj`; the verb that agrees is the first of its head's
/// `aux` and `cop` that has a Number, else its head.
LabelSet subject_number(const Words& words);

/// On the same words: `agrees` where its feats.Number is its subject's, else `differs`.
LabelSet agreement(const Words& words);

/// On the same words: nouns and proper nouns of the other number between it and its subject (Linzen et al.
/// 2016); a number.
LabelSet attractors(const Words& words);

}  // namespace neurox::label
