#include "command_info.h"

#include <fmt/ranges.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "console.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/core/gguf_file.h"
#include "neurox/core/word_vectors.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/model/network.h"

namespace neurox::apps {
namespace {

using io::Tree;

void show_sites(Console& console, const std::vector<SiteColumns>& sites,
                const std::vector<std::int64_t>& kept) {
  std::vector<std::vector<Tree>> rows;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    const SiteColumns& c = sites[s];
    std::vector<Tree> row{c.site, c.block < 0 ? Tree() : Tree(c.block),
                          c.width == 0 ? Tree("heads x queries x keys") : Tree(c.width),
                          c.head_width > 0 ? Tree(c.width / c.head_width) : Tree()};
    if (!kept.empty()) row.emplace_back(kept[s]);
    rows.push_back(std::move(row));
  }
  std::vector<std::string> header{"site", "block", "width", "heads"};
  if (!kept.empty()) header.emplace_back("in the file");
  console.table("sites", header, rows);
}

void show_axis(Console& console, const NeuronAxis& axis) {
  std::vector<std::int64_t> kept(axis.sites.size());
  for (const Neuron& n : axis.neurons) ++kept[static_cast<std::size_t>(n.site)];
  show_sites(console, axis.sites, kept);
}

void show_provenance(Console& console, const io::Provenance& p) {
  if (!p.kind.empty()) console.figure("kind", p.kind);
  if (!p.version.empty()) console.figure("made by", "neurox " + p.version);
  if (!p.command.empty()) console.figure("command", p.command);
  if (p.seed) console.figure("seed", *p.seed);
  if (!p.model.empty()) console.figure("model", p.model);
  if (!p.model_sha256.empty()) console.figure("model sha256", p.model_sha256);
  for (const auto& [name, hash] : p.inputs) console.figure("input", fmt::format("{}  {}", name, hash));
}

std::string output_of(const model::Network& network) {
  using Task = model::Network::Task;
  switch (network.task()) {
    case Task::Text:
      return "classes of a text";
    case Task::Words:
      return "classes of each word";
    case Task::Next:
      return "the next token";
    case Task::None:
      break;
  }
  return "none";
}

void info_of_network(Console& console, const LoadedModel& loaded) {
  const model::Network& network = *loaded.model.network();
  const std::string& type = loaded.model.config().model_type;
  console.figure("model type", type == "torchscript" ? "TorchScript" : type);
  console.figure("word embeddings", network.embedding());
  console.figure("width", loaded.model.config().width);
  console.figure("vocabulary", loaded.model.config().vocabulary);
  console.figure("tokenizer ids", loaded.tokenizer.vocab_size());
  console.figure("output", output_of(network));
  if (const auto labels = loaded.model.labels(); !labels.empty())
    console.figure("classes", fmt::format("{}", fmt::join(labels, ", ")));
  console.figure("sha256", loaded.model.fingerprint());
  const std::vector<SiteColumns> sites = loaded.model.sites();
  std::vector<std::vector<Tree>> rows;
  for (std::size_t s = 0; s < sites.size(); ++s)
    rows.push_back({sites[s].site, sites[s].width, network.has_words(s) ? "word" : "text"});
  console.table("sites", {"site", "width", "row for each"}, rows);
}

void info_of_model(Console& console, const InfoOptions& options) {
  const LoadedModel loaded = load_model({options.path, "cpu", {}, options.common.threads});
  if (loaded.model.network() != nullptr) return info_of_network(console, loaded);
  const model::ModelConfig& c = loaded.model.config();
  console.figure("model type", c.model_type);
  // Of an encoder with a decoder both, where they differ.
  const auto both = [&](std::int64_t model::ModelConfig::*number) {
    return c.encoder && (*c.encoder).*number != c.*number
               ? Tree(fmt::format("{} encoder, {} decoder", (*c.encoder).*number, c.*number))
               : Tree(c.*number);
  };
  if (c.encoder)
    console.figure("blocks", fmt::format("{} encoder, {} decoder", c.encoder->blocks, c.blocks));
  else
    console.figure("blocks", c.blocks);
  console.figure("width", c.width);
  console.figure("heads", both(&model::ModelConfig::heads));
  if (c.kv_heads != c.heads) console.figure("key and value heads", c.kv_heads);
  console.figure("MLP width", both(&model::ModelConfig::mlp_width));
  console.figure("activation", c.activation);
  console.figure("longest input", c.max_positions);
  console.figure("vocabulary", both(&model::ModelConfig::vocabulary));
  console.figure("tokenizer ids", loaded.tokenizer.vocab_size());
  std::vector<std::string> heads;
  if (loaded.model.has_sequence_classifier()) heads.emplace_back("sequence classification");
  if (loaded.model.has_token_classifier()) heads.emplace_back("token classification");
  if (loaded.model.has_causal_lm())
    heads.emplace_back(c.encoder ? "language model of the target" : "causal language model");
  if (loaded.model.has_masked_lm()) heads.emplace_back("masked language model");
  if (loaded.model.has_question_answering()) heads.emplace_back("question answering");
  console.figure("output heads", heads.empty() ? "none" : fmt::format("{}", fmt::join(heads, ", ")));
  if (const auto labels = loaded.model.labels(); !labels.empty())
    console.figure("classes", fmt::format("{}", fmt::join(labels, ", ")));
  console.figure("sha256", loaded.model.fingerprint());
  show_sites(console, loaded.model.sites(), {});
}

/// Whether a file claims to be a TorchScript archive (a zip).
bool is_script(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".ts" || extension == ".pt" || extension == ".pth") return true;
  std::ifstream in(path, std::ios::binary);
  std::array<char, 2> start{};
  in.read(start.data(), start.size());
  return start == std::array{'P', 'K'};
}

void info_of_activations(Console& console, const io::ActivationReader& file) {
  show_provenance(console, file.provenance());
  console.figure("rows", file.rows());
  console.figure("neurons", file.cols());
  console.figure("stored as", file.half() ? "f16" : "f32");
  console.figure("sentences", file.sentences().size());
  console.figure("labels", fmt::format("{}", fmt::join(file.label_sets(), ", ")));
  if (file.obs().find("status") != nullptr) {
    const io::Categorical status = file.obs().categories("status", file.name());
    std::vector<std::int64_t> counts(status.categories.size());
    for (const std::int32_t code : status.codes)
      if (code >= 0) ++counts[static_cast<std::size_t>(code)];
    for (std::size_t s = 0; s < counts.size(); ++s)
      if (counts[s] > 0) console.figure("rows " + status.categories[s], counts[s]);
  }
  show_axis(console, file.neurons());
}

void info_of_table(Console& console, const InfoOptions& options) {
  const io::AnnData data = io::read_anndata(options.path);
  show_provenance(console, io::provenance(data.uns));
  console.figure("rows", data.obs.rows);
  if (data.var.rows > 0) console.figure("columns", data.var.rows);
  std::vector<std::string> names;
  for (const io::Column& column : data.obs.columns) names.push_back(column.name);
  console.figure("row table", fmt::format("{}", fmt::join(names, ", ")));
  if (data.var.row_names && data.var.rows <= 200)
    console.figure("column names", fmt::format("{}", fmt::join(*data.var.row_names, ", ")));
  names.clear();
  for (const auto& [name, unused] : data.layers) names.push_back(name);
  if (!names.empty()) console.figure("layers", fmt::format("{}", fmt::join(names, ", ")));
  names.clear();
  for (const auto& [name, unused] : data.uns.items()) names.push_back(name);
  console.figure("uns", fmt::format("{}", fmt::join(names, ", ")));
  if (data.obs.find("site") != nullptr) show_axis(console, io::neuron_axis(data.obs, data.uns, options.path));
}

}  // namespace

void declare_info(CLI::App& app, InfoOptions& options) {
  app.add_option("PATH", options.path,
                 "A model's folder, GGUF or TorchScript file, word vectors, or a file of neurox or NeuroX")
      ->required()
      ->type_name("");
  declare_common(app, options.common);
  app.footer("Tells what a file or a model holds: sizes, sites, labels, heads, and what made it.");
}

void run_info(const InfoOptions& options) {
  Console console(options.common);
  if (std::filesystem::is_directory(options.path) || GgufFile::is_one(options.path)) {
    info_of_model(console, options);
    return console.finish();
  }
  if (!std::filesystem::exists(options.path)) throw input_error("{}: no such file or folder", options.path);
  const io::FileKind kind = io::file_kind(options.path);
  if (kind == io::FileKind::Other && (is_script(options.path) || WordVectorsFile::is_one(options.path))) {
    info_of_model(console, options);
    return console.finish();
  }
  if (kind == io::FileKind::Other)
    throw input_error(
        "{}: neither a model (folder, GGUF, TorchScript or word vectors) nor a file of neurox (.h5ad) or "
        "NeuroX (.hdf5, "
        ".json)",
        options.path);
  // A table without X (ablations) is no matrix of activations; anything else tells by its provenance.
  std::shared_ptr<const io::ActivationReader> reader;
  try {
    reader = io::ActivationReader::open(options.path);
  } catch (const Error&) {
    if (kind != io::FileKind::AnnData) throw;
  }
  const std::string made = reader ? reader->provenance().kind : "table";
  if (made == "activations" || made.empty())
    info_of_activations(console, *reader);
  else
    info_of_table(console, options);
  console.finish();
}

}  // namespace neurox::apps
