#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/hdf5_values.h"

namespace neurox::io::h5 {
namespace {

constexpr const char* index_name = "_index";

ColumnData read_values(const File& file, hid_t parent, const std::string& name);

/// anndata's categorical: categories may be numbers; we know them as text.
Categorical read_categorical(const File& file, hid_t group, const std::string& where) {
  Categorical out;
  const Handle codes = open_dataset(file, group, "codes");
  out.codes = read_numbers<std::int32_t>(file, codes);
  std::visit(
      [&]<class T>(const T& values) {
        if constexpr (std::is_same_v<T, std::vector<std::string>>)
          out.categories = values;
        else if constexpr (!std::is_same_v<T, Categorical>)
          for (const auto value : values) out.categories.push_back(fmt::format("{}", value));
      },
      read_values(file, group, "categories"));
  const auto n = static_cast<std::int32_t>(out.categories.size());
  for (const std::int32_t code : out.codes)
    if (code < -1 || code >= n)
      throw input_error("{}: {}: code {} but {} categories", file.path.string(), where, code, n);
  return out;
}

/// Values with a mask of the missing ones: numbers become double with NaN, text "".
ColumnData read_masked(const File& file, hid_t group) {
  const std::vector<std::int32_t> missing =
      read_numbers<std::int32_t>(file, open_dataset(file, group, "mask"));
  ColumnData data = read_values(file, group, "values");
  if (auto* text = std::get_if<std::vector<std::string>>(&data)) {
    for (std::size_t i = 0; i < text->size() && i < missing.size(); ++i)
      if (missing[i] != 0) (*text)[i].clear();
    return data;
  }
  if (std::none_of(missing.begin(), missing.end(), [](std::int32_t m) { return m != 0; })) return data;
  std::vector<double> values = read_numbers<double>(file, open_dataset(file, group, "values"));
  for (std::size_t i = 0; i < values.size() && i < missing.size(); ++i)
    if (missing[i] != 0) values[i] = no_value;
  return values;
}

ColumnData read_values(const File& file, hid_t parent, const std::string& name) {
  if (is_group(file, parent, name)) {
    const Handle group = open_group(file, parent, name);
    const std::string type = text_attribute(group, "encoding-type").value_or("");
    if (type == "categorical") return read_categorical(file, group, name);
    if (type.starts_with("nullable-")) return read_masked(file, group);
    throw input_error("{}: column '{}' has the encoding '{}', which is not known here", file.path.string(),
                      name, type);
  }
  const Handle dataset = open_dataset(file, parent, name);
  switch (value_kind(dataset)) {
    case ValueKind::Float32:
      return read_numbers<float>(file, dataset);
    case ValueKind::Float64:
      return read_numbers<double>(file, dataset);
    case ValueKind::Int32:
      return read_numbers<std::int32_t>(file, dataset);
    case ValueKind::Int64:
    case ValueKind::Uint64:
      return read_numbers<std::int64_t>(file, dataset);
    case ValueKind::Bool: {
      const auto flags = read_numbers<std::int32_t>(file, dataset);
      return std::vector<bool>(flags.begin(), flags.end());
    }
    case ValueKind::Text:
      return read_strings(file, dataset);
    case ValueKind::Unknown:
      break;
  }
  throw input_error("{}: column '{}' is of a type that is not known here", file.path.string(), name);
}

}  // namespace

Handle make_table(const File& file, hid_t parent, const std::string& name,
                  const std::vector<std::string>& columns) {
  Handle group = make_group(file, parent, name);
  mark(file, group, "dataframe", "0.2.0");
  put_attribute(file, group, "_index", std::string(index_name));
  std::vector<std::string> links;
  for (const std::string& column : columns) {
    if (column == index_name) throw usage_error("a column cannot be called '{}'", column);
    links.push_back(key_to_link(column));
  }
  put_attribute(file, group, "column-order", links);
  return group;
}

void put_row_numbers(const File& file, hid_t table, std::int64_t rows) {
  const Handle dataset = make_dataset(file, table, index_name, H5T_STD_I64LE, {static_cast<hsize_t>(rows)});
  std::vector<std::int64_t> numbers;
  for (std::int64_t first = 0; first < rows; first += 65536) {
    numbers.resize(static_cast<std::size_t>(std::min<std::int64_t>(65536, rows - first)));
    std::iota(numbers.begin(), numbers.end(), first);
    const hsize_t at = static_cast<hsize_t>(first), n = numbers.size();
    const Handle space = file.check(H5Dget_space(dataset), H5Sclose, "row numbers");
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &at, nullptr, &n, nullptr);
    const Handle memory(H5Screate_simple(1, &n, nullptr), H5Sclose);
    file.check(H5Dwrite(dataset, H5T_NATIVE_INT64, memory, space, H5P_DEFAULT, numbers.data()),
               "row numbers");
  }
  mark(file, dataset, "array", "0.2.0");
}

Handle make_categorical(const File& file, hid_t table, const std::string& name,
                        const std::vector<std::string>& categories, std::int64_t rows) {
  const Handle group = make_group(file, table, key_to_link(name));
  const std::size_t n = categories.size();
  const hid_t type = n < 128 ? H5T_STD_I8LE : n < 32768 ? H5T_STD_I16LE : H5T_STD_I32LE;
  Handle codes = make_dataset(file, group, "codes", type, {static_cast<hsize_t>(rows)});
  mark(file, codes, "array", "0.2.0");
  put_strings(file, group, "categories", categories);
  mark(file, group, "categorical", "0.2.0");
  put_attribute(file, group, "ordered", false);
  return codes;
}

void put_column(const File& file, hid_t table, const Column& column) {
  const std::string name = key_to_link(column.name);
  std::visit(
      [&]<class T>(const T& values) {
        if constexpr (std::is_same_v<T, Categorical>) {
          const Handle codes = make_categorical(file, table, column.name, values.categories,
                                                static_cast<std::int64_t>(values.codes.size()));
          if (!values.codes.empty())
            file.check(H5Dwrite(codes, H5T_NATIVE_INT32, whole, whole, H5P_DEFAULT, values.codes.data()),
                       name);
        } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
          put_strings(file, table, name, values);
        } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
          put_bools(file, table, name, values);
        } else {
          put_array<typename T::value_type>(file, table, name, values, {values.size()});
        }
      },
      column.data);
}

void put_table(const File& file, hid_t parent, const std::string& name, const Table& table) {
  std::vector<std::string> columns;
  for (const Column& column : table.columns) {
    if (static_cast<std::int64_t>(column.size()) != table.rows)
      throw usage_error("{}: column '{}' of {} has {} values for {} rows", file.path.string(), column.name,
                        name, column.size(), table.rows);
    if (std::find(columns.begin(), columns.end(), column.name) != columns.end())
      throw usage_error("{}: {} has two columns '{}'", file.path.string(), name, column.name);
    columns.push_back(column.name);
  }
  const Handle group = make_table(file, parent, name, columns);
  if (table.row_names) {
    if (static_cast<std::int64_t>(table.row_names->size()) != table.rows)
      throw usage_error("{}: {} has {} row names for {} rows", file.path.string(), name,
                        table.row_names->size(), table.rows);
    put_strings(file, group, index_name, *table.row_names);
  } else {
    put_row_numbers(file, group, table.rows);
  }
  for (const Column& column : table.columns) put_column(file, group, column);
}

Table read_table(const File& file, hid_t parent, const std::string& name) {
  if (!exists(parent, name)) throw input_error("{}: has no '{}'", file.path.string(), name);
  const Handle group = open_group(file, parent, name);
  const std::string index = text_attribute(group, "_index").value_or(index_name);
  Table table;
  const Handle rows = open_dataset(file, group, index);
  const auto sizes = dims(file, rows);
  if (sizes.size() != 1) throw input_error("{}: the index of {} is not a list", file.path.string(), name);
  table.rows = static_cast<std::int64_t>(sizes[0]);
  if (value_kind(rows) == ValueKind::Text) {
    table.row_names = read_strings(file, rows);
    // A plain numbering that went through anndata comes back as text.
    bool plain = table.rows > 0;
    for (std::size_t i = 0; plain && i < table.row_names->size(); ++i)
      plain = (*table.row_names)[i] == std::to_string(i);
    if (plain) table.row_names.reset();
  }
  for (const std::string& link :
       texts_attribute(group, "column-order").value_or(std::vector<std::string>{})) {
    table.columns.push_back({link_to_key(link), read_values(file, group, link)});
    const std::size_t n = table.columns.back().size();
    if (static_cast<std::int64_t>(n) != table.rows)
      throw input_error("{}: column '{}' of {} has {} values for {} rows", file.path.string(), link, name, n,
                        table.rows);
  }
  return table;
}

}  // namespace neurox::io::h5
