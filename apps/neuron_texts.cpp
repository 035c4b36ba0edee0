#include "neuron_texts.h"

#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/io/line_reader.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

/// Calls `each(neuron, text, where)` for every line's neurons.
template <class Each>
void over_lines(const std::string& path, const NeuronAxis& axis, const Each& each) {
  io::LineReader lines(path);
  for (std::string line; lines.next(line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos || tab + 1 == line.size())
      throw input_error("{}: '{}' is no line NEURONS<TAB>VALUE, e.g. mlp_post@3:17<TAB>2", lines.where(),
                        line);
    std::vector<std::int64_t> chosen;
    try {
      chosen = select_neurons(line.substr(0, tab), axis);
    } catch (const Error& e) {
      throw input_error("{}: {}", lines.where(), e.what());
    }
    for (const std::int64_t n : chosen)
      each(static_cast<std::size_t>(n), line.substr(tab + 1), lines.where());
  }
}

std::vector<std::string> column_texts(const io::Column& column, const io::Table& table,
                                      const std::string& where) {
  const bool words = std::holds_alternative<std::vector<std::string>>(column.data) ||
                     std::holds_alternative<io::Categorical>(column.data);
  if (words) return table.strings(column.name, where);
  std::vector<std::string> out;
  for (const double x : table.numbers(column.name, where)) {
    if (std::isfinite(x) && x != std::floor(x))
      throw input_error("{}: column '{}' holds {}; groups are whole numbers or names", where, column.name, x);
    out.push_back(std::isfinite(x) ? fmt::format("{:.0f}", x) : "");
  }
  return out;
}

}  // namespace

std::vector<std::string> groups_of_file(const std::string& path, const NeuronAxis& axis) {
  std::vector<std::string> out(axis.size());
  const auto put = [&](std::size_t neuron, const std::string& group, const std::string& where) {
    if (!out[neuron].empty() && out[neuron] != group)
      throw input_error("{}: {} is in groups '{}' and '{}'; a neuron is in one", where, axis.address(neuron),
                        out[neuron], group);
    out[neuron] = group;
  };
  if (io::file_kind(path) != io::FileKind::AnnData) {
    over_lines(path, axis, put);
    return out;
  }
  const io::AnnData file = io::read_anndata(path);
  const std::string where = path + ":/obs";
  const NeuronAxis of_file = io::neuron_axis(file.obs, file.uns, where);
  const io::Column* column = file.obs.find("group");
  if (column == nullptr) column = file.obs.find("cluster");
  if (column == nullptr)
    throw input_error("{}: no column 'group' or 'cluster' that tells the group of each neuron", where);
  const std::vector<std::string> texts = column_texts(*column, file.obs, where);
  std::map<std::pair<std::string, std::int32_t>, std::size_t> place;
  for (std::size_t i = 0; i < axis.size(); ++i) place[{axis.site(i), axis.neurons[i].index}] = i;
  for (std::size_t i = 0; i < of_file.size(); ++i)
    if (const auto it = place.find({of_file.site(i), of_file.neurons[i].index}); it != place.end())
      put(it->second, texts[i], where);
  return out;
}

std::vector<double> numbers_of_file(const std::string& path, const NeuronAxis& axis) {
  std::vector<double> out(axis.size(), std::nan(""));
  if (io::file_kind(path) == io::FileKind::Other) {
    over_lines(path, axis, [&](std::size_t neuron, const std::string& text, const std::string& where) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out[neuron]);
      if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(out[neuron]))
        throw input_error("{}: '{}' is no number", where, text);
    });
    return out;
  }
  const auto file = io::ActivationReader::open(path);
  const std::vector<double> values = file->var().numbers("mean", path);
  std::map<std::pair<std::string, std::int32_t>, double> by_address;
  for (std::size_t i = 0; i < values.size(); ++i)
    by_address[{file->neurons().site(i), file->neurons().neurons[i].index}] = values[i];
  for (std::size_t i = 0; i < axis.size(); ++i)
    if (const auto it = by_address.find({axis.site(i), axis.neurons[i].index}); it != by_address.end())
      out[i] = it->second;
  return out;
}

}  // namespace neurox::apps
