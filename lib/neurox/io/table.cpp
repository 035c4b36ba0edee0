#include "neurox/io/table.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::io {
namespace {

const Column& required(const Table& table, std::string_view name, std::string_view where) {
  if (const Column* column = table.find(name)) return *column;
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  throw input_error("{}: no column '{}'{}", where, name, did_you_mean(name, names));
}

}  // namespace

Categorical categorical(const std::vector<std::string>& values) {
  std::unordered_map<std::string_view, std::int32_t> codes;
  for (const std::string& value : values)
    if (!value.empty()) codes.emplace(value, 0);
  Categorical out;
  out.categories.reserve(codes.size());
  for (const auto& [value, code] : codes) out.categories.emplace_back(value);
  std::sort(out.categories.begin(), out.categories.end());
  for (std::size_t i = 0; i < out.categories.size(); ++i)
    codes[out.categories[i]] = static_cast<std::int32_t>(i);
  out.codes.reserve(values.size());
  for (const std::string& value : values) out.codes.push_back(value.empty() ? -1 : codes.at(value));
  return out;
}

std::size_t Column::size() const {
  return std::visit(
      []<class T>(const T& values) -> std::size_t {
        if constexpr (std::is_same_v<T, Categorical>)
          return values.codes.size();
        else
          return values.size();
      },
      data);
}

const Column* Table::find(std::string_view name) const {
  for (const Column& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

std::vector<double> Table::numbers(std::string_view name, std::string_view where) const {
  return std::visit(
      [&]<class T>(const T& values) -> std::vector<double> {
        if constexpr (std::is_same_v<T, Categorical> || std::is_same_v<T, std::vector<std::string>>)
          throw input_error("{}: column '{}' is text, not numbers", where, name);
        else
          return std::vector<double>(values.begin(), values.end());
      },
      required(*this, name, where).data);
}

std::vector<std::string> Table::strings(std::string_view name, std::string_view where) const {
  const ColumnData& data = required(*this, name, where).data;
  if (const auto* values = std::get_if<std::vector<std::string>>(&data)) return *values;
  const auto* c = std::get_if<Categorical>(&data);
  if (c == nullptr) throw input_error("{}: column '{}' is numbers, not text", where, name);
  std::vector<std::string> out(c->codes.size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if (c->codes[i] >= 0) out[i] = c->categories[static_cast<std::size_t>(c->codes[i])];
  return out;
}

Categorical Table::categories(std::string_view name, std::string_view where) const {
  const ColumnData& data = required(*this, name, where).data;
  if (const auto* c = std::get_if<Categorical>(&data)) return *c;
  if (const auto* values = std::get_if<std::vector<std::string>>(&data)) return categorical(*values);
  throw input_error("{}: column '{}' is numbers, not categories", where, name);
}

void Table::add(std::string name, ColumnData data) {
  columns.push_back({std::move(name), std::move(data)});
  const auto size = static_cast<std::int64_t>(columns.back().size());
  if (columns.size() == 1 && !row_names) rows = size;
  assert(size == rows);
}

}  // namespace neurox::io
