#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "neurox/text/languages.h"

namespace neurox::apps {

/// Options that mean the same in every command. A command declares the groups that it uses.
struct CommonOptions {
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  int threads = 0;  ///< 0: as many as there are cores
};

struct OutputOptions {
  std::string path;
  bool force = false;
};

/// --json, --quiet, --verbose, --threads
void declare_common(CLI::App& app, CommonOptions& options);

/// -o FILE (required) and --force
void declare_output(CLI::App& app, OutputOptions& options, const std::string& what);

/// --seed N
void declare_seed(CLI::App& app, std::uint64_t& seed);

/// --device cpu|cuda[:i]|auto
void declare_device(CLI::App& app, std::string& device);

/// --memory SIZE; `bytes` keeps its default until given
void declare_memory(CLI::App& app, std::int64_t& bytes);

/// --source-language CODE, --target-language CODE, and the positional CORPUS of declare_corpus;
/// --format NAME, --text-column NAME, --pair-column NAME, --label-column NAME, --label-file FILE, --limit N:
/// how a corpus is read
struct CorpusArguments {
  std::string path;
  std::string format;
  std::string text_column;
  std::string pair_column;
  std::string label_column;
  std::vector<std::string> label_files;
  text::Languages languages;
  std::int64_t limit = 0;  ///< sentences; 0: all
};
void declare_corpus(CLI::App& app, CorpusArguments& options);
/// The same without the positional CORPUS and languages, which need a model.
void declare_corpus_options(CLI::App& app, CorpusArguments& options);

}  // namespace neurox::apps
