#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/io/label_columns.h"

namespace neurox::io {

/// Whether each row has an activation of its own: not special tokens, words that the tokenizer dropped or
/// that were cut away (whole sentences that were cut stay). Every row of a foreign file has one.
std::vector<bool> usable_rows(const ActivationReader& file);

/// Numbers for strings, shared between files: the same word has the same number in training and evaluation.
class StringIds {
 public:
  int id(const std::string& text) {
    return ids_.try_emplace(text, static_cast<int>(ids_.size())).first->second;
  }

 private:
  std::map<std::string, int> ids_;
};

/// Every row with an activation of its own.
struct UsableTokens {
  std::vector<std::int64_t> rows;       ///< of the file, ascending
  std::vector<int> words;               ///< per row: word type
  std::vector<std::int32_t> sentences;  ///< per row
};
/// @throws Error{Input} when there is none
UsableTokens usable_tokens(const ActivationReader& file, StringIds& word_types);

struct ClassSize {
  std::string name;
  std::int64_t rows;
  friend bool operator==(const ClassSize&, const ClassSize&) = default;
};

/// The rows of an activation file that a label set speaks of.
struct LabelledRows {
  std::string label;
  std::vector<std::string> classes;     ///< byte order
  std::vector<std::int64_t> rows;       ///< rows of the file, ascending
  std::vector<int> y;                   ///< per row: class, -1 where it is none of the classes known
  std::vector<int> words;               ///< per row: word type
  std::vector<std::int32_t> sentences;  ///< per row
  std::int64_t unlabelled = 0;          ///< rows left out for want of a label
  std::int64_t without_activation = 0;  ///< rows left out because they are special, dropped or cut away
  std::int64_t not_asked_for = 0;       ///< rows left out because their class was not chosen
  std::int64_t sampled_away = 0;        ///< rows left out to balance the classes
  std::vector<ClassSize> too_small;     ///< classes left out for their size, in byte order
};

/// Which classes of a label set, and which of their rows.
struct ClassChoice {
  std::string label;
  /// Classes to number by (those of a probe): a row of another class gets y = -1. Empty: those that are left.
  std::vector<std::string> known = {};
  std::vector<std::string> only = {};   ///< values of the label to take; empty: all
  std::string against = {};             ///< with `only`: every other labelled row is of this one class
  std::string split_by = {};            ///< another label set: classes become VALUE|VALUE OF THAT
  std::vector<std::string> leave = {};  ///< classes to leave out (those too small in another file)
  std::int64_t min_class = 1;           ///< classes of fewer rows are left out; not where classes are known
  bool balance = false;                 ///< draw from every class as many rows as the smallest has, by `seed`
  std::uint64_t seed = 0;
};

/// The class that a choice gives a value of its label (with split_by: and a value of that), empty where it
/// leaves it out. Says nothing of sizes.
std::string class_of(const ClassChoice& choice, const std::string& value, const std::string& split_value);

/// Rows with a class and an activation of their own.
///
/// Left out: rows without a label (or, with split_by, without the second); special tokens; words that the
/// tokenizer dropped or that were cut away (whole sentences that were cut stay: they have a vector).
/// The rows drawn by balance are those of a class with the smallest hashes of (seed, row).
/// @throws Error{Input} when there are no such labels (with the nearest), no row is left, fewer than two
/// classes are left (with the sizes of those left out), a class asked for does not occur (with the nearest)
LabelledRows labelled_rows(const LabelColumns& columns, const ClassChoice& choice, StringIds& word_types);

/// The rows of an activation file that have a number.
struct NumberedRows {
  std::string label;
  std::vector<std::int64_t> rows;       ///< rows of the file, ascending
  std::vector<double> numbers;          ///< per row, finite
  std::vector<int> words;               ///< per row: word type
  std::vector<std::int32_t> sentences;  ///< per row
  std::int64_t unlabelled = 0;          ///< rows left out for want of a number
  std::int64_t without_activation = 0;  ///< as of LabelledRows
};

/// Rows with a number and an activation of their own, of a column of numbers or of categories that are all
/// numbers.
/// @throws Error{Input} when there is no such column, a category is no number, no row is left, an infinite
/// number (with its row), or all numbers are equal
NumberedRows numbered_rows(const LabelColumns& columns, const std::string& label, StringIds& word_types);

/// Rows of each class.
std::vector<ClassSize> class_sizes(const LabelledRows& rows);

/// Some of the rows, by their place in `rows`, in that order.
LabelledRows take(const LabelledRows& rows, const std::vector<std::int64_t>& places);
NumberedRows take(const NumberedRows& rows, const std::vector<std::int64_t>& places);

}  // namespace neurox::io
