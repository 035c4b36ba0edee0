#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/io/anndata_parts.h"
#include "neurox/io/hdf5_values.h"

namespace neurox::io::h5 {
namespace {

// What AnnData has no encoding for (ragged lists, lists of dictionaries) is a string of JSON with this
// attribute.
constexpr const char* json_attribute = "neurox-json";
constexpr const char* slash = "\xE2\x88\x95";  // U+2215
constexpr const char* dot = "\xE2\x80\xA4";    // U+2024

bool is_number(const Tree& value) {
  return value.is_number() || value.is_null();
}
bool all(const Tree& list, bool (*holds)(const Tree&)) {
  return std::all_of(list.begin(), list.end(), holds);
}
bool is_whole(const Tree& value) {
  return value.is_number_integer();
}
bool is_huge(const Tree& value) {
  return value.is_number_unsigned() &&
         value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
}
bool is_string(const Tree& value) {
  return value.is_string();
}
bool is_flag(const Tree& value) {
  return value.is_boolean();
}
double number(const Tree& value) {
  return value.is_null() ? no_value : value.get<double>();
}

bool is_rectangle_of_numbers(const Tree& list) {
  if (list.empty() || !list.front().is_array() || list.front().empty()) return false;
  const std::size_t width = list.front().size();
  return std::all_of(list.begin(), list.end(), [&](const Tree& row) {
    return row.is_array() && row.size() == width && all(row, is_number);
  });
}

void put_numbers(const File& file, hid_t parent, const std::string& name,
                 const std::vector<const Tree*>& values, const std::vector<hsize_t>& sizes) {
  const auto every = [&](bool (*holds)(const Tree&)) {
    return std::all_of(values.begin(), values.end(), [&](const Tree* v) { return holds(*v); });
  };
  const bool huge = std::any_of(values.begin(), values.end(), [](const Tree* v) { return is_huge(*v); });
  if (!values.empty() && every(is_whole) && !huge) {
    std::vector<std::int64_t> numbers;
    for (const Tree* value : values) numbers.push_back(value->get<std::int64_t>());
    put_array<std::int64_t>(file, parent, name, numbers, sizes);
  } else {
    std::vector<double> numbers;
    for (const Tree* value : values) numbers.push_back(number(*value));
    put_array<double>(file, parent, name, numbers, sizes);
  }
}

void put_json(const File& file, hid_t parent, const std::string& name, const Tree& value) {
  put_string(file, parent, name, value.dump());
  const Handle dataset = open_dataset(file, parent, name);
  put_attribute(file, dataset, json_attribute, true);
}

void put_list(const File& file, hid_t parent, const std::string& name, const Tree& list) {
  std::vector<const Tree*> values;
  if (!list.empty() && all(list, is_string)) {
    std::vector<std::string> texts;
    for (const Tree& value : list) texts.push_back(value.get<std::string>());
    put_strings(file, parent, name, texts);
  } else if (!list.empty() && all(list, is_flag)) {
    std::vector<bool> flags;
    for (const Tree& value : list) flags.push_back(value.get<bool>());
    put_bools(file, parent, name, flags);
  } else if (all(list, is_number)) {
    for (const Tree& value : list) values.push_back(&value);
    put_numbers(file, parent, name, values, {values.size()});
  } else if (is_rectangle_of_numbers(list)) {
    for (const Tree& row : list)
      for (const Tree& value : row) values.push_back(&value);
    put_numbers(file, parent, name, values, {list.size(), list.front().size()});
  } else {
    put_json(file, parent, name, list);
  }
}

void put_value(const File& file, hid_t parent, const std::string& name, const Tree& value) {
  switch (value.type()) {
    case Tree::value_t::object:
      put_tree(file, parent, name, value);
      break;
    case Tree::value_t::array:
      put_list(file, parent, name, value);
      break;
    case Tree::value_t::string:
      put_string(file, parent, name, value.get<std::string>());
      break;
    case Tree::value_t::boolean:
      put_bool(file, parent, name, value.get<bool>());
      break;
    case Tree::value_t::number_integer:
      put_scalar<std::int64_t>(file, parent, name, value.get<std::int64_t>());
      break;
    case Tree::value_t::number_unsigned:
      if (is_huge(value))
        put_scalar<std::uint64_t>(file, parent, name, value.get<std::uint64_t>());
      else
        put_scalar<std::int64_t>(file, parent, name, value.get<std::int64_t>());
      break;
    case Tree::value_t::number_float:
      put_scalar<double>(file, parent, name, value.get<double>());
      break;
    case Tree::value_t::null:
    case Tree::value_t::binary:
    case Tree::value_t::discarded:
      break;
  }
}

/// A flat list folded to its dimensions: a scalar, a list, a list of lists.
template <class T>
Tree fold(const std::vector<T>& values, const std::vector<hsize_t>& sizes) {
  if (sizes.empty()) return values.empty() ? Tree() : Tree(values.front());
  Tree out = Tree::array();
  if (sizes.size() == 1) {
    for (const auto& value : values) out.push_back(value);
    return out;
  }
  const std::vector<hsize_t> inner(sizes.begin() + 1, sizes.end());
  const std::size_t step = sizes[0] == 0 ? 0 : values.size() / sizes[0];
  for (std::size_t i = 0; i < sizes[0]; ++i) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * step);
    out.push_back(fold(std::vector<T>(begin, begin + static_cast<std::ptrdiff_t>(step)), inner));
  }
  return out;
}

Tree read_value(const File& file, hid_t parent, const std::string& name) {
  const Handle dataset = open_dataset(file, parent, name);
  const std::vector<hsize_t> sizes = dims(file, dataset);
  switch (value_kind(dataset)) {
    case ValueKind::Float32:
    case ValueKind::Float64:
      return fold(read_numbers<double>(file, dataset), sizes);
    case ValueKind::Int32:
    case ValueKind::Int64:
      return fold(read_numbers<std::int64_t>(file, dataset), sizes);
    case ValueKind::Uint64:
      return fold(read_numbers<std::uint64_t>(file, dataset), sizes);
    case ValueKind::Bool: {
      const auto flags = read_numbers<std::int32_t>(file, dataset);
      return fold(std::vector<bool>(flags.begin(), flags.end()), sizes);
    }
    case ValueKind::Text: {
      auto texts = read_strings(file, dataset);
      if (sizes.empty() && bool_attribute(dataset, json_attribute, false)) {
        Tree value = Tree::parse(texts.at(0), nullptr, false);
        if (!value.is_discarded()) return value;
      }
      return fold(texts, sizes);
    }
    case ValueKind::Unknown:
      break;
  }
  return {};
}

/// A data frame or column inside uns: a dictionary of its columns.
Tree read_frame(const File& file, hid_t parent, const std::string& name) {
  Tree out = Tree::object();
  const Table table = read_table(file, parent, name);
  for (const Column& column : table.columns)
    out[column.name] = std::visit(
        [&]<class T>(const T& values) -> Tree {
          if constexpr (std::is_same_v<T, Categorical>)
            return table.strings(column.name, name);
          else
            return Tree(values);
        },
        column.data);
  return out;
}

}  // namespace

std::string key_to_link(const std::string& key) {
  if (key.empty()) throw usage_error("a key or a column of an AnnData file cannot be empty");
  if (key == ".") return dot;
  std::string link;
  for (const char c : key) {
    if (c == '/')
      link += slash;
    else
      link += c;
  }
  return link;
}

std::string link_to_key(const std::string& link) {
  if (link == dot) return ".";
  std::string key = link;
  for (std::size_t at = 0; (at = key.find(slash, at)) != std::string::npos; ++at) key.replace(at, 3, "/");
  return key;
}

void put_matrix(const File& file, hid_t parent, const std::string& name, const MatrixF& X) {
  put_array<float>(file, parent, name, std::span(X.data(), static_cast<std::size_t>(X.size())),
                   {static_cast<hsize_t>(X.rows()), static_cast<hsize_t>(X.cols())});
}

void put_tree(const File& file, hid_t parent, const std::string& name, const Tree& tree) {
  const Handle group = make_group(file, parent, name);
  mark(file, group, "dict", "0.1.0");
  for (const auto& [key, value] : tree.items()) put_value(file, group, key_to_link(key), value);
}

Tree read_tree(const File& file, hid_t parent, const std::string& name,
               const std::vector<std::string>& without) {
  const Handle group = open_group(file, parent, name);
  Tree out = Tree::object();
  std::vector<std::pair<std::string, std::string>> entries;  // key, link
  for (const std::string& link : names(file, group)) entries.emplace_back(link_to_key(link), link);
  std::sort(entries.begin(), entries.end());
  for (const auto& [key, link] : entries) {
    if (std::find(without.begin(), without.end(), link) != without.end() || !exists(group, link)) continue;
    if (!is_group(file, group, link)) {
      Tree value = read_value(file, group, link);
      if (!value.is_null()) out[key] = std::move(value);
      continue;
    }
    const Handle inner = open_group(file, group, link);
    const std::string type = text_attribute(inner, "encoding-type").value_or("dict");
    if (type == "dict")
      out[key] = read_tree(file, group, link);
    else if (type == "dataframe")
      out[key] = read_frame(file, group, link);
  }
  return out;
}

}  // namespace neurox::io::h5
