#pragma once

#include <CLI/CLI.hpp>
#include <vector>

#include "command_ablate.h"
#include "console.h"
#include "model_input.h"
#include "neurox/ablate/conditions.h"
#include "neurox/io/output.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// --generate, --samples, --temperature, --top-k, --top-p, WritingSettings, --words, --references
void declare_writing(CLI::App& app, AblateCommandOptions& options);

/// @throws Error{Usage} when one of them is given without --generate
void refuse_writing_options(const AblateCommandOptions& options);

/// What writing is done with.
struct WritingJob {
  const AblateCommandOptions& options;
  LoadedModel& loaded;
  io::CorpusReader& prompts;
  const std::vector<ablate::Condition>& conditions;
  const std::vector<std::vector<ablate::SiteEdit>>& edits;
};

/// Lets the model go on from every prompt under every condition, scores what it writes, writes the table.
void run_writing(const WritingJob& job, io::Provenance& provenance, const io::WriteOptions& writing,
                 Console& console);

}  // namespace neurox::apps
