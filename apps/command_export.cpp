#include "command_export.h"

#include <fmt/ranges.h>

#include <filesystem>
#include <utility>

#include "console.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
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
  if (!options.layer.empty() && format != "csv" && format != "tsv")
    throw usage_error("--layer is of tables: write .csv or .tsv");
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
    io::OutputFile out(options.output.path, writing);
    io::write_delimited(out, data, format == "csv" ? ',' : '\t');
    out.commit();
  }
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
