#include "command_export.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "console.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/no_value.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/io/delimited.h"
#include "neurox/io/neurox_files.h"

namespace neurox::apps {

namespace {

/// The table with a layer in the place of X.
io::AnnData with_layer(io::AnnData data, const std::string& layer, const std::string& file) {
  std::vector<std::string> names;
  for (auto& [name, values] : data.layers) {
    names.push_back(name);
    if (name == layer) data.X = values;
  }
  if (data.layer(layer) == nullptr)
    throw input_error("{}: there is no layer '{}'{}; it has {}", file, layer, did_you_mean(layer, names),
                      names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  return data;
}

/// The table of that name in `uns`: columns of one length.
io::AnnData table_of(const io::AnnData& data, const std::string& name, const std::string& file) {
  const auto is_table = [](const io::Tree& t) {
    if (!t.is_object() || t.empty()) return false;
    return std::all_of(t.begin(), t.end(), [&](const io::Tree& column) {
      return column.is_array() && column.size() == t.front().size() &&
             std::all_of(column.begin(), column.end(), [](const io::Tree& x) { return x.is_primitive(); });
    });
  };
  std::vector<std::string> names;
  for (const auto& [key, value] : data.uns.items())
    if (is_table(value)) names.push_back(key);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw input_error("{}: there is no table '{}'{}; it has {}", file, name, did_you_mean(name, names),
                      names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
  io::AnnData out;
  for (const auto& [column, values] : data.uns[name].items()) {
    if (std::all_of(values.begin(), values.end(),
                    [](const io::Tree& x) { return x.is_number() || x.is_null(); })) {
      std::vector<double> numbers;
      for (const io::Tree& x : values) numbers.push_back(x.is_null() ? no_value : x.get<double>());
      out.obs.add(column, std::move(numbers));
    } else {
      std::vector<std::string> texts;
      for (const io::Tree& x : values)
        texts.push_back(x.is_string() ? x.get<std::string>() : x.is_null() ? std::string() : x.dump());
      out.obs.add(column, std::move(texts));
    }
  }
  return out;
}

}  // namespace

void declare_export(CLI::App& app, ExportOptions& options) {
  app.add_option("FILE", options.file, "Activations, or any table that neurox writes")
      ->required()
      ->type_name("");
  declare_output(app, options.output,
                 "File to write: .hdf5 or .json as NeuroX's (activations), .csv or .tsv (tables)");
  app.add_option("--format", options.format,
                 "neurox-hdf5, neurox-json, csv or tsv (default: by the name of the output)")
      ->check(CLI::IsMember({"neurox-hdf5", "neurox-json", "csv", "tsv"}))
      ->type_name("NAME");
  app.add_option("--layer", options.layer,
                 "Of a table: this layer (rank, low, of_negative, ...) in place of its scores")
      ->type_name("NAME");
  app.add_option(
         "--table", options.table,
         "Of a table: what it holds beside its rows, e.g. selection, examples, cuts (`neurox info`: uns)")
      ->excludes("--layer")
      ->type_name("NAME");
  declare_common(app, options.common);
  app.footer(
      "Activations as NeuroX's own files; the rows of a ranking, probe or ablation with their columns as CSV "
      "or TSV.");
}

void run_export(const ExportOptions& options) {
  Console console(options.common);
  const io::WriteOptions writing{options.output.force, {options.file}};
  std::string format = options.format;
  if (format.empty()) {
    const std::string extension = std::filesystem::path(options.output.path).extension().string();
    if (extension == ".hdf5" || extension == ".h5")
      format = "neurox-hdf5";
    else if (extension == ".json")
      format = "neurox-json";
    else if (extension == ".csv" || extension == ".tsv")
      format = extension.substr(1);
    else
      throw usage_error(
          "export: '{}' names no format; end it in .hdf5, .json, .csv or .tsv, or give --format",
          options.output.path);
  }
  if (!(options.layer + options.table).empty() && format != "csv" && format != "tsv")
    throw usage_error("--{} is of tables: write .csv or .tsv", options.layer.empty() ? "table" : "layer");
  io::check_output(options.output.path, writing);
  if (format == "neurox-hdf5" || format == "neurox-json") {
    const auto file = io::ActivationReader::open(options.file);
    if (format == "neurox-hdf5")
      io::write_neurox_hdf5(options.output.path, *file, writing);
    else
      io::write_neurox_json(options.output.path, *file, writing);
  } else {
    io::AnnData data = io::read_anndata(options.file);
    if (!options.layer.empty()) data = with_layer(std::move(data), options.layer, options.file);
    if (!options.table.empty()) data = table_of(data, options.table, options.file);
    io::OutputFile out(options.output.path, writing);
    io::write_delimited(out, data, format == "csv" ? ',' : '\t');
    out.commit();
  }
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
