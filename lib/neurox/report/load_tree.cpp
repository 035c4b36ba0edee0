#include <fmt/format.h>

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

using io::Tree;

const Tree kNone = Tree::object();

double as_number(const Tree& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return value.is_number() ? value.get<double>() : no_value;
}

void flatten(const Tree& tree, const std::string& prefix, Settings& out) {
  for (const auto& [key, value] : tree.items()) {
    const std::string name = prefix.empty() ? key : fmt::format("{}.{}", prefix, key);
    if (value.is_object())
      flatten(value, name, out);
    else if (value.is_string())
      out.emplace_back(name, value.get<std::string>());
    else if (value.is_number_float())
      out.emplace_back(name, fmt::format("{:.6g}", value.get<double>()));
    else if (value.is_primitive() && !value.is_null())
      out.emplace_back(name, value.dump());
  }
}

}  // namespace

const Tree& child(const Tree& tree, const char* name) {
  const auto at = tree.find(name);
  return at == tree.end() ? kNone : *at;
}

std::vector<std::string> strings(const Tree& tree, const char* name) {
  std::vector<std::string> out;
  const Tree& list = child(tree, name);
  if (list.is_array())
    for (const Tree& v : list) out.push_back(v.is_string() ? v.get<std::string>() : v.dump());
  return out;
}

std::vector<double> numbers(const Tree& tree, const char* name) {
  std::vector<double> out;
  const Tree& list = child(tree, name);
  if (list.is_array())
    for (const Tree& v : list) out.push_back(as_number(v));
  return out;
}

double number(const Tree& tree, const char* name) {
  return as_number(child(tree, name));
}

std::string text(const Tree& tree, const char* name) {
  const Tree& value = child(tree, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

Settings settings(const Tree& tree) {
  Settings out;
  if (tree.is_object()) flatten(tree, "", out);
  return out;
}

std::vector<std::size_t> indices(const Loaded& file, const char* column) {
  std::vector<std::size_t> out;
  const auto rows = static_cast<double>(file.data.obs.rows);
  for (const double value : file.data.obs.numbers(column, file.where)) {
    if (!(value >= 0 && value < rows) || value != std::floor(value))
      throw input_error(
          "{}:/obs/{}: row {} holds {}, expected a whole number from 0 to {}; write the file anew",
          file.where, column, out.size(), value, file.data.obs.rows - 1);
    out.push_back(static_cast<std::size_t>(value));
  }
  return out;
}

std::string method_of(const Loaded& file) {
  std::string out = text(file.provenance.settings, "method");
  if (out.empty())
    for (const std::string& name : strings(file.provenance.settings, "method"))
      out += (out.empty() ? "" : ", ") + name;
  return out;
}

}  // namespace neurox::load
