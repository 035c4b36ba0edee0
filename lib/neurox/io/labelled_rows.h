#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"

namespace neurox::io {

/// Numbers for strings, shared between files: the same word has the same number in training and evaluation.
class StringIds {
 public:
  int id(const std::string& text) {
    return ids_.try_emplace(text, static_cast<int>(ids_.size())).first->second;
  }

 private:
  std::map<std::string, int> ids_;
};

/// The rows of an activation file that a label set speaks of.
struct LabelledRows {
  std::string label;
  std::vector<std::string> classes;     ///< byte order
  std::vector<std::int64_t> rows;       ///< rows of the file, ascending
  std::vector<int> y;                   ///< per row: class, -1 where it is none of the classes given
  std::vector<int> words;               ///< per row: word type
  std::vector<std::int32_t> sentences;  ///< per row
  std::int64_t unlabelled = 0;          ///< rows left out for want of a label
  std::int64_t without_activation = 0;  ///< rows left out because they are special, dropped or cut away
};

/// Rows with a label and an activation of their own.
///
/// Left out: rows without a label; special tokens; words that the tokenizer dropped or that were cut away
/// (whole sentences that were cut stay: they have a vector).
/// @param classes  the classes to number by (those of a probe); empty: all that occur, at least two
/// @throws Error{Input} when the file has no such labels (with the nearest), no row is left, or only one
/// class occurs
LabelledRows labelled_rows(const ActivationReader& file, const std::string& label,
                           const std::vector<std::string>& classes, StringIds& word_types);

}  // namespace neurox::io
