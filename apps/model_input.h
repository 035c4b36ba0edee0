#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common_options.h"
#include "neurox/io/corpus.h"
#include "neurox/io/provenance.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::apps {

/// A model's folder or TorchScript file, loaded with its tokenizer.
struct LoadedModel {
  model::Model model;
  text::Tokenizer tokenizer;
};

struct ModelArguments {
  std::string folder;
  std::string device = "cpu";
  std::optional<std::uint64_t> random_init;
  int threads = 0;
  text::Languages languages = {};
};

/// Sets the number of threads and loads both.
/// @throws Error{Input} also when the tokenizer has ids that the model has no embedding for
LoadedModel load_model(const ModelArguments& arguments);

/// Opens a corpus as the common options say.
std::unique_ptr<io::CorpusReader> open_corpus(const CorpusArguments& arguments);

/// Provenance with version, command line, model and corpus filled in.
io::Provenance provenance_of(const std::string& kind);
void add_model(io::Provenance& provenance, const std::string& folder, const LoadedModel& loaded);
void add_corpus(io::Provenance& provenance, const io::CorpusReader& corpus);

}  // namespace neurox::apps
