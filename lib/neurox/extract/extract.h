#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/progress.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/io/activation_writer.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::extract {

struct ExtractOptions {
  PlanOptions plan;
  std::vector<SiteColumns> sites;   ///< columns of the result, in this order
  std::vector<std::string> labels;  ///< label sets to keep; empty: all that the corpus has
  std::int64_t memory_bytes = std::int64_t{2}
                              << 30;  ///< sizes the windows of sentences that are sorted together
  bool half = false;
  bool resume = false;
  io::WriteOptions output;
  io::Provenance provenance;
  Progress* progress = nullptr;
};

struct ExtractSummary {
  std::int64_t sentences = 0, rows = 0, neurons = 0;
  std::array<std::int64_t, 5> by_status{};  ///< rows of each Status
  std::int64_t long_sentences = 0;          ///< cut or split
  std::int64_t skipped = 0;                 ///< empty lines of the corpus
};

/// Runs a corpus through a model and writes what its sites hold, one row per token, word or sentence, in
/// corpus order.
///
/// The corpus is read twice: once to lay out the file, once to fill it. Sentences are sorted by length within
/// windows whose size depends on `memory_bytes` alone, so memory does not grow with the corpus and an
/// interrupted run that resumes writes the same bytes.
/// @throws Error{Input} as the corpus, the tokenizer and the writer do; Error{Usage} for a label set that the
/// corpus does not have
ExtractSummary extract(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                       const std::filesystem::path& target, const ExtractOptions& options);

/// A corpus sentence as the planner takes it; words of a second text are separated by white space.
PlanInput plan_input(const io::Sentence& sentence, const std::string& corpus_name);

}  // namespace neurox::extract
