#include "model_input.h"

#include <filesystem>
#include <utility>

#include "console.h"
#include "neurox/core/error.h"
#include "threads.h"

namespace neurox::apps {
namespace {

/// `models/minilm/` and `models/minilm` are the same name.
std::string folder_name(const std::string& folder) {
  const std::filesystem::path path = std::filesystem::path(folder).lexically_normal();
  // A TorchScript file is often called model.ts: its folder tells more.
  if (std::filesystem::is_regular_file(path) && path.has_parent_path())
    return (path.parent_path().filename() / path.filename()).string();
  return path.has_filename() ? path.filename().string() : path.parent_path().filename().string();
}

}  // namespace

LoadedModel load_model(const ModelArguments& arguments) {
  use_threads(arguments.threads);
  if (!std::filesystem::exists(arguments.folder))
    throw input_error("{}: no such folder or file", arguments.folder);
  model::Model model = model::Model::load(arguments.folder, {arguments.device, arguments.random_init});
  const std::filesystem::path path(arguments.folder);
  if (model.network() != nullptr && arguments.languages.given())
    throw input_error("{}: has no languages; leave --source-language and --target-language away",
                      arguments.folder);
  text::Tokenizer tokenizer = model.network() == nullptr ? text::Tokenizer::load(path, arguments.languages)
                              : std::filesystem::is_directory(path)
                                  ? text::Tokenizer::load_beside(path / "model.safetensors")
                                  : text::Tokenizer::load_beside(path);
  LoadedModel loaded{std::move(model), std::move(tokenizer)};
  const model::ModelConfig& config = loaded.model.config();
  for (const bool target : {false, true}) {
    const std::int64_t words = target ? loaded.tokenizer.target_vocab_size() : loaded.tokenizer.vocab_size(),
                       rows = target || !config.encoder ? config.vocabulary : config.encoder->vocabulary;
    if (words > rows)
      throw input_error("{}: the tokenizer has {} ids but the model embeds {}; it belongs to another model",
                        arguments.folder, words, rows);
  }
  return loaded;
}

std::unique_ptr<io::CorpusReader> open_corpus(const CorpusArguments& arguments) {
  io::CorpusOptions options;
  options.format = arguments.format;
  options.text_column = arguments.text_column;
  options.second_column = arguments.pair_column;
  options.label_tables = arguments.label_files;
  options.limit = arguments.limit > 0 ? arguments.limit : -1;
  return io::CorpusReader::open(arguments.path, options);
}

io::Provenance provenance_of(const std::string& kind) {
  io::Provenance provenance;
  provenance.kind = kind;
  provenance.version = NEUROX_VERSION;
  provenance.command = command_line();
  return provenance;
}

void add_model(io::Provenance& provenance, const std::string& folder, const LoadedModel& loaded) {
  provenance.model = folder_name(folder);
  provenance.model_sha256 = loaded.model.fingerprint();
  provenance.tokenizer_sha256 = loaded.tokenizer.fingerprint();
}

void add_corpus(io::Provenance& provenance, const io::CorpusReader& corpus) {
  provenance.inputs.emplace_back(std::filesystem::path(corpus.name()).filename().string(), corpus.sha256());
  for (const std::string& file : corpus.label_files()) provenance.add_input(file);
}

}  // namespace neurox::apps
