#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace neurox::io {

/// A prompt, its counterfactual, and what may go on from both of them.
struct PromptPair {
  std::string base, counterfactual;                      ///< `The nurse said that`, `The man said that`
  std::string base_candidate, counterfactual_candidate;  ///< `she`, `he`
  std::string class_name;                                ///< empty: none
  /// Another counterfactual with its candidate is as possible: the model tells which candidate it expects of
  /// the base, and the pair is the one with the other.
  std::string other_counterfactual;
  std::int64_t line = 0;  ///< of its file, from 1
  /// What a decoder has written before the candidates; the prompts are then its sources.
  std::string target = {};
  bool joined = false;  ///< candidates go on without a space

  bool is_open() const { return !other_counterfactual.empty(); }
  /// The pair with the other counterfactual.
  PromptPair turned() const;
};

/// Pairs from JSON lines: an object a line with `base`, `counterfactual`, `base_candidate`,
/// `counterfactual_candidate` and, where there are any, `class`, `target` and `joined` (true, false). Empty
/// lines are passed over.
/// @throws Error{Input} as LineReader, for a line that is no object or lacks one of the four, for another
/// `joined`, for equal prompts or candidates, and for a file without pairs
std::vector<PromptPair> read_prompt_pairs(const std::string& path);

/// A word that takes the place of any other, and what goes on from it: `man`, `he`.
struct Counterpart {
  std::string word, candidate;
};

/// `man=he,woman=she`: two, the candidate of the first over that of the second being the bias ratio.
/// @throws Error{Usage}
std::vector<Counterpart> parse_counterparts(const std::string& text);

/// Pairs from templates (`The {} said that`) and a list of words, a line each: `nurse`, or `nurse<TAB>man`
/// with the counterpart that takes its place. Without one the pair is open, the first counterpart being the
/// one that it is given with. The class is the counterpart's word of lines that name it.
/// Template by template, in the order of the list. Lines that begin with # are passed over.
/// @throws Error{Usage} for a template without `{}`; Error{Input} as LineReader, for a counterpart that is
/// none, and for a list without words
std::vector<PromptPair> pairs_of_templates(const std::vector<std::string>& templates,
                                           const std::string& words,
                                           const std::vector<Counterpart>& counterparts);

}  // namespace neurox::io
