#pragma once

#include <string>
#include <unordered_set>
#include <vector>

namespace neurox::label {

/// Words, one a line. Empty lines and lines that begin with ';' or '#' and a space (or with ';' alone) are
/// comments; white space around a word counts for nothing.
class WordList {
 public:
  /// @param fold_case  words are the same whatever their case
  /// @throws Error{Input} as io::LineReader; a list without words
  WordList(const std::string& path, bool fold_case);

  bool has(const std::string& word) const;
  std::size_t size() const { return words_.size(); }

 private:
  std::unordered_set<std::string> words_;
  bool fold_case_;
};

/// Non-empty lines of a text file, without the white space around them.
std::vector<std::string> trimmed_lines(const std::string& path, bool keep_empty);

}  // namespace neurox::label
