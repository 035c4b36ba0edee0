#include "neurox/model/network_config.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/model/config_reader.h"

namespace neurox::model {
namespace {

namespace fs = std::filesystem;
using Task = Network::Task;

constexpr std::array<std::string_view, 7> types{"char-gru", "char-lstm",    "gru",     "gru-seq2seq",
                                                "lstm",     "lstm-seq2seq", "text-cnn"};

/// What the loaders of weights ask of a family.
constexpr Architecture row = [] {
  Architecture a{};
  a.names.words = "embedding";
  a.causal = true;
  return a;
}();

nlohmann::json read_object(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return nlohmann::json::parse(in, nullptr, false);
}

/// The value of a key that is one of few.
std::size_t choice(const ConfigReader& in, std::string_view key, std::string_view otherwise,
                   const std::vector<std::string>& known) {
  const std::string value = in.text(key, otherwise);
  const auto found = std::find(known.begin(), known.end(), value);
  if (found == known.end()) {
    std::string list;
    for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
    throw in.refuse(
        key, fmt::format("'{}' is not supported{}; one of {} is", value, did_you_mean(value, known), list));
  }
  return static_cast<std::size_t>(found - known.begin());
}

void read_windows(const ConfigReader& in, NetworkConfig& c) {
  const nlohmann::json* windows = in.find("windows");
  if (windows == nullptr || !windows->is_array() || windows->empty())
    throw in.refuse("windows", "a list of numbers of words, as [3, 4, 5], is expected");
  for (const auto& words : *windows) {
    if (!words.is_number_integer() || words.get<std::int64_t>() < 1 || words.get<std::int64_t>() > 1000)
      throw in.refuse("windows", fmt::format("{} is no number of words from 1 to 1000", words.dump()));
    c.windows.push_back(words.get<std::int64_t>());
  }
  c.width = in.size("filters");
}

void read_recurrent(const ConfigReader& in, NetworkConfig& c) {
  c.width = in.size("hidden_size");
  c.layers = in.find("num_hidden_layers") == nullptr ? 1 : in.size("num_hidden_layers");
  c.bidirectional = in.flag("bidirectional", false);
  c.bias = in.flag("bias", true);
  const std::string order = c.cell == CellKind::Lstm ? "ifgo" : "rzn";
  if (in.text("gate_order", order) != order)
    throw in.refuse("gate_order",
                    fmt::format("'{}' is not supported, only {}", in.text("gate_order", ""), order));
  if (in.integer("proj_size", 0) != 0) throw in.refuse("proj_size", "projected states are not supported");
}

std::vector<std::string> labels_of(const ConfigReader& in) {
  const nlohmann::json* table = in.find("id2label");
  if (table == nullptr) return {};
  std::vector<std::string> out;
  for (std::size_t id = 0; table->is_object() && table->contains(std::to_string(id)); ++id) {
    const nlohmann::json& label = (*table)[std::to_string(id)];
    if (label.is_string()) out.push_back(label.get<std::string>());
  }
  if (out.size() != table->size())
    throw in.refuse("id2label", "not an object of names by the ids 0, 1, 2, ...");
  return out;
}

}  // namespace

std::span<const std::string_view> network_types() {
  return types;
}

bool NetworkConfig::is_one(const fs::path& folder) {
  const nlohmann::json tree = read_object(folder / "config.json");
  if (!tree.is_object() || !tree.contains("model_type") || !tree["model_type"].is_string()) return false;
  return std::find(types.begin(), types.end(), tree["model_type"].get<std::string>()) != types.end();
}

NetworkConfig NetworkConfig::load(const fs::path& folder) {
  const fs::path file = folder / "config.json";
  const nlohmann::json tree = read_object(file);
  const ConfigReader in(tree, file.string());
  NetworkConfig c;
  const std::string type = in.text("model_type", "");
  c.recurrent = type != "text-cnn";
  c.cell = type.find("gru") != std::string::npos ? CellKind::Gru : CellKind::Lstm;
  const std::size_t task =
      choice(in, "task", c.recurrent ? "next" : "text", {"next", "words", "text", "pair"});
  c.task = task == 0 ? Task::Next : task == 1 ? Task::Words : Task::Text;
  c.pair = task == 3;
  if (c.recurrent)
    read_recurrent(in, c);
  else
    read_windows(in, c);
  if (!c.recurrent && c.task != Task::Text)
    throw in.refuse("task", "a CNN tells classes of texts: text or pair");
  if (c.task == Task::Next && c.bidirectional)
    throw in.refuse("bidirectional", "a model of the next token reads in one direction alone");
  if (type.ends_with("-seq2seq")) {
    c.source = in.size("source_size");
    if (c.source >= in.size("vocab_size"))
      throw in.refuse("source_size",
                      fmt::format("{}, but vocab_size is {}", c.source, in.size("vocab_size")));
    if (c.task != Task::Next || c.layers != 1 || !c.bias)
      throw in.refuse("model_type", "an encoder and a decoder of one layer each, with biases, are supported");
  }
  c.pooling = static_cast<Pooling>(choice(in, "pooling", "max", {"max", "mean", "last"}));
  if (!c.recurrent && c.pooling == Pooling::Last) throw in.refuse("pooling", "a CNN has no last state");
  c.hidden = in.integer("classifier_size", 0);
  if (c.hidden < 0) throw in.refuse("classifier_size", fmt::format("{} is no possible size", c.hidden));
  choice(in, "classifier_activation", "relu", {"relu"});

  ModelConfig& m = c.common;
  m.file = file;
  m.architecture = &row;
  m.model_type = type;
  m.vocabulary = in.size("vocab_size");
  m.width = m.embedding_width = in.size("embedding_size");
  m.max_positions = 1 << 20;  // none is known
  m.positions_in_input = false;
  m.causal = c.task == Task::Next;
  m.initializer_range = in.number("initializer_range", 0.1);
  m.labels = labels_of(in);
  const auto named = static_cast<std::int64_t>(m.labels.size());
  c.classes = c.task == Task::Next ? m.vocabulary : in.integer("num_labels", named > 0 ? named : -1);
  if (c.classes < 1 && c.classes != -1) throw in.refuse("num_labels", "no possible number");
  if (named > 0 && c.task != Task::Next && c.classes != named)
    throw in.refuse("num_labels", fmt::format("{}, but id2label has {} names", c.classes, named));
  return c;
}

}  // namespace neurox::model
