#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace neurox::io {

/// What AnnData calls `uns`: dictionaries, scalars, and arrays of them (docs/files.md says which lie how).
using Tree = nlohmann::ordered_json;

/// Strings that repeat: row i has `categories[codes[i]]`, or nothing where the code is -1.
struct Categorical {
  std::vector<std::int32_t> codes;
  std::vector<std::string> categories;
  friend bool operator==(const Categorical&, const Categorical&) = default;
};

/// The categories of `values` in byte order; an empty string is a missing value (code -1).
Categorical categorical(const std::vector<std::string>& values);

using ColumnData =
    std::variant<std::vector<std::int32_t>, std::vector<std::int64_t>, std::vector<float>,
                 std::vector<double>, std::vector<bool>, std::vector<std::string>, Categorical>;

struct Column {
  std::string name;
  ColumnData data;
  std::size_t size() const;
  friend bool operator==(const Column&, const Column&) = default;
};

/// A data frame: columns of `rows` values each.
struct Table {
  std::int64_t rows = 0;
  std::vector<Column> columns;
  /// The index. Without one the rows are named by their number, "0", "1", ...
  std::optional<std::vector<std::string>> row_names;

  /// The column of that name, nullptr if there is none.
  const Column* find(std::string_view name) const;
  /// Its values as numbers. @throws Error{Input} (naming `where`) when it is missing or not numeric
  std::vector<double> numbers(std::string_view name, std::string_view where) const;
  /// Its values as strings (categories spelt out, a missing one is ""). @throws likewise
  std::vector<std::string> strings(std::string_view name, std::string_view where) const;
  /// Its values as categories; strings are made into them. @throws likewise
  Categorical categories(std::string_view name, std::string_view where) const;

  /// Appends a column; `rows` is set by the first one.
  void add(std::string name, ColumnData data);

  friend bool operator==(const Table&, const Table&) = default;
};

}  // namespace neurox::io
