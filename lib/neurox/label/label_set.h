#pragma once

#include <string>
#include <variant>
#include <vector>

#include "neurox/io/table.h"
#include "neurox/label/words.h"

namespace neurox::label {

/// A label for each row: a class (an empty string: none) or a number (NaN: none).
struct LabelSet {
  std::string name;
  std::variant<std::vector<std::string>, std::vector<double>> values;
  std::string source;  ///< what it was made from, for the file and for people

  bool is_number() const { return std::holds_alternative<std::vector<double>>(values); }
};

/// The class of rows that are not of the concept.
inline constexpr const char* other_class = "other";

/// A concept: rows that hold it have the class `name`, all others `other`; special tokens and rows outside of
/// `among` have none.
/// @param holds  per row
/// @param among  per row, or empty: all rows
/// @throws Error{Input} when it holds in no row, or in every one; Error{Usage} for the name `other`
LabelSet binary_set(const Words& words, const std::string& name, const std::vector<bool>& holds,
                    const std::vector<bool>& among, std::string source);

/// Carries a value per sentence to the rows. @throws Error{Input} when rows speak of more sentences
std::vector<std::string> carried_to_rows(const Words& words, const std::vector<std::string>& per_sentence);

/// The set as a column of a label file.
io::ColumnData column_of(const LabelSet& set);

}  // namespace neurox::label
