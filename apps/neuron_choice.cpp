#include "neuron_choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/io/anndata.h"
#include "neurox/io/line_reader.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

/// A file, and what of it.
struct Choice {
  std::string file, what;
};

/// The longest part before a colon, or all of it, that is a file; nothing for a pattern.
Choice split_choice(const std::string& text) {
  for (std::size_t end = text.size(); end != std::string::npos && end > 0; end = text.rfind(':', end - 1)) {
    const std::string file = text.substr(0, end);
    std::error_code none;  // of a pattern too long for a file's name, too
    if (std::filesystem::is_regular_file(file, none))
      return {file, end < text.size() ? text.substr(end + 1) : std::string()};
    if (end == 1) break;
  }
  return {};
}

std::vector<std::int64_t> of_lines(const std::string& path, const NeuronAxis& axis) {
  io::LineReader lines(path);
  std::set<std::int64_t> chosen;
  for (std::string line; lines.next(line);) {
    if (line.empty() || line.front() == '#') continue;
    try {
      for (const std::int64_t i : select_neurons(line, axis)) chosen.insert(i);
    } catch (const Error& e) {
      throw input_error("{}: {}", lines.where(), e.what());
    }
  }
  return {chosen.begin(), chosen.end()};
}

/// The values of a column as texts: flags are 0 and 1, numbers as short as they are.
std::vector<std::string> texts_of(const io::Table& table, const io::Column& column,
                                  const std::string& where) {
  if (std::holds_alternative<io::Categorical>(column.data) ||
      std::holds_alternative<std::vector<std::string>>(column.data))
    return table.strings(column.name, where);
  std::vector<std::string> out;
  for (const double x : table.numbers(column.name, where)) out.push_back(fmt::format("{}", x));
  return out;
}

std::vector<std::string> names_of_columns(const io::Table& table, bool flags_alone) {
  std::vector<std::string> names;
  for (const io::Column& column : table.columns)
    if (!flags_alone || std::holds_alternative<std::vector<bool>>(column.data)) names.push_back(column.name);
  return names;
}

std::vector<std::string> split_at_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

/// Which column, and which of its values (none: those whose flag is set).
struct Wanted {
  const io::Column* column;
  std::vector<std::string> values;
};

Wanted wanted_of(const io::Table& table, const Choice& choice) {
  const std::size_t equals = choice.what.find('=');
  const std::string name = choice.what.substr(0, equals);
  const io::Column* column = table.find(name);
  if (equals == std::string::npos && column != nullptr) {
    if (!std::holds_alternative<std::vector<bool>>(column->data))
      throw usage_error("{}: column '{}' holds no flags; say which value: {}:{}=VALUE", choice.file, name,
                        choice.file, name);
    return {column, {}};
  }
  if (equals != std::string::npos) {
    if (column == nullptr)
      throw usage_error("{}: no column '{}'{}", choice.file, name,
                        did_you_mean(name, names_of_columns(table, false)));
    return {column, split_at_commas(choice.what.substr(equals + 1))};
  }
  column = table.find("cluster") != nullptr ? table.find("cluster") : table.find("group");
  if (column == nullptr || choice.what.empty()) {
    const auto flags = names_of_columns(table, true);
    throw usage_error(
        "{}: which of its neurons? {}", choice.file,
        column != nullptr || flags.empty()
            ? fmt::format("say {0}:NUMBER of a cluster{1}{2}", choice.file,
                          flags.empty() ? "" : ", or a column of flags: ", fmt::join(flags, ", "))
            : fmt::format("it has no column 'cluster', but these of flags: {}", fmt::join(flags, ", ")));
  }
  return {column, split_at_commas(choice.what)};
}

std::vector<std::int64_t> of_table(const Choice& choice, const NeuronAxis& axis) {
  const io::AnnData file = io::read_anndata(choice.file);
  const std::string where = choice.file + ":/obs";
  const NeuronAxis of_file = io::neuron_axis(file.obs, file.uns, where);
  const Wanted wanted = wanted_of(file.obs, choice);
  const std::vector<std::string> texts = texts_of(file.obs, *wanted.column, where);
  for (const std::string& value : wanted.values)
    if (std::find(texts.begin(), texts.end(), value) == texts.end())
      throw usage_error("{}: no neuron has '{}' in column '{}'", choice.file, value, wanted.column->name);
  std::map<std::pair<std::string, std::int32_t>, std::int64_t> place;
  for (std::size_t i = 0; i < axis.size(); ++i)
    place[{axis.site(i), axis.neurons[i].index}] = static_cast<std::int64_t>(i);
  std::vector<std::int64_t> chosen;
  for (std::size_t i = 0; i < of_file.size(); ++i) {
    const bool is_wanted = wanted.values.empty() ? texts[i] == "1"
                                                 : std::find(wanted.values.begin(), wanted.values.end(),
                                                             texts[i]) != wanted.values.end();
    if (!is_wanted) continue;
    const auto at = place.find({of_file.site(i), of_file.neurons[i].index});
    if (at == place.end())
      throw input_error("{}: {} is not among the neurons here", choice.file, of_file.address(i));
    chosen.push_back(at->second);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::string file_of_choice(const std::string& text) {
  return split_choice(text).file;
}

std::vector<std::int64_t> chosen_neurons(const std::string& text, const NeuronAxis& axis) {
  const Choice choice = split_choice(text);
  if (choice.file.empty()) return select_neurons(text, axis);
  const bool is_table = io::file_kind(choice.file) == io::FileKind::AnnData;
  if (!is_table && !choice.what.empty())
    throw usage_error("{}: ':{}' is of an .h5ad; a list of neurons is taken whole", choice.file, choice.what);
  std::vector<std::int64_t> chosen = is_table ? of_table(choice, axis) : of_lines(choice.file, axis);
  if (chosen.empty()) throw input_error("--neurons {}: names no neuron", text);
  return chosen;
}

}  // namespace neurox::apps
