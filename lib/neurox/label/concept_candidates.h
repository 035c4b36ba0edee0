#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace neurox::label {

/// A sentence with what is known of its parse, #words each or empty.
struct ParsedWords {
  std::vector<std::string> words;
  std::vector<std::string> heads;  ///< CoNLL-U: number of the head from 1, 0 the root
  std::vector<std::string> opens,
      closes;  ///< trees in brackets: `S NP` that begin at a word, how many end there
};

/// Part of a sentence that a neuron may stand for.
struct Candidate {
  std::string kind;                ///< `word`, `phrase NP`, `subtree`, `2 words`, `affix`, `sentence`
  std::vector<std::string> words;  ///< of an affix: itself, `-ing` or `un-`
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

struct CandidateOptions {
  int longest_ngram = 3;
  int longest_part = 8;  ///< words of a phrase or subtree; longer ones are left out
};

/// Words, phrases (of opens and closes), subtrees (a word with all that hangs on it, where they stand side by
/// side), n-grams from two words on, and the sentence; each text once, of the first of these kinds that it
/// is.
/// A column of another length, a head that is no number or beyond the sentence, and brackets that do not
/// match give no parts: the words and n-grams remain.
/// Source: Na, Choe, Lee & Kim, ICLR 2019, who take words and phrases of a constituency parse.
std::vector<Candidate> concept_candidates(const ParsedWords& sentence, const CandidateOptions& options);

/// Beginnings (`un-`) and ends (`-ing`) of two to four characters that at least `min_types` word types have,
/// at least two characters longer than they are; under each, these types, the most frequent first (ties: byte
/// order).
std::map<std::string, std::vector<std::string>> common_affixes(std::span<const std::string> words,
                                                               std::size_t min_types);

/// The common affixes of a word.
std::vector<std::string> affixes_of(const std::string& word,
                                    const std::map<std::string, std::vector<std::string>>& common);

/// For each candidate the sentences that hold its words side by side (of an affix: a word of its types),
/// ascending.
/// @param affixes  as common_affixes
std::vector<std::vector<std::int32_t>> sentences_with(
    std::span<const Candidate> candidates, std::span<const std::vector<std::string>> sentences,
    const std::map<std::string, std::vector<std::string>>& affixes);

}  // namespace neurox::label
