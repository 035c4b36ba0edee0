#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "command_attribute.h"
#include "console.h"
#include "model_input.h"
#include "neurox/attribute/example.h"
#include "neurox/io/anndata.h"
#include "neurox/io/output.h"

namespace neurox::apps {

/// Methods of `neurox attribute` whose results are neither of words, nor of neurons, nor of pairs of words:
/// maps of attention, the logit lens, vocabularies.

/// Their names: `attention, norm-weighted, ..., logit-lens, vocabulary`.
std::string reading_names();
/// Options that only they have.
void declare_readings(CLI::App& app, AttributeCommandOptions& options);
/// Runs the method if it is one of these; whether it was.
/// @throws Error{Usage} for several of them, and for a corpus that is missing
bool run_reading(const AttributeCommandOptions& options);

void run_attention(const AttributeCommandOptions& options);
void run_logit_lens(const AttributeCommandOptions& options);
void run_vocabulary(const AttributeCommandOptions& options);

struct ReadingJob;
/// The neurons of --neurons, or the --top of --ranking.
/// @throws Error{Usage} for neither and for both
NeuronAxis named_neurons(const AttributeCommandOptions& options, const ReadingJob& job);

/// What these runs share: the output checked, the inputs opened.
struct ReadingJob {
  /// @param kind  of the file, as its provenance names it
  ReadingJob(const AttributeCommandOptions& options, const std::string& kind);

  /// Options for examples whose target plays no part.
  attribute::ExampleOptions untargeted() const;
  /// Calls `each(sentence, number, example)` for every sentence that is not passed over for its length.
  template <class Each>
  std::int64_t over_examples(const attribute::ExampleMaker& maker, const Each& each) {
    console.progress().stage("attribute", 0, "sentences");
    std::int64_t n = 0;
    corpus->rewind();
    while (const auto sentence = corpus->next()) {
      if (options.too_long == "skip" && !maker.fits(*sentence)) {
        ++passed_over;
        continue;
      }
      each(*sentence, n, maker.make(*sentence));
      console.progress().advance_to(++n);
    }
    return n;
  }
  /// Writes the file and says how many sentences it is of.
  void write(io::AnnData file, std::int64_t sentences);
  void finish();

  const AttributeCommandOptions& options;
  Console console;
  io::WriteOptions writing;
  std::unique_ptr<io::CorpusReader> corpus;  ///< empty without one
  LoadedModel loaded;
  io::Provenance provenance;
  std::int64_t passed_over = 0;
};

}  // namespace neurox::apps
