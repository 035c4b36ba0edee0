#pragma once

#include <CLI/CLI.hpp>

#include "ablate_plan.h"
#include "console.h"
#include "neurox/io/corpus.h"
#include "neurox/io/output.h"

namespace neurox::apps {

/// --changes SITES
void declare_changes(CLI::App& app, AblateCommandOptions& options);

/// What changes are measured of.
struct ChangesJob {
  const AblateCommandOptions& options;
  LoadedModel& loaded;
  io::CorpusReader& corpus;
  const AblationPlan& plan;
};

/// How the neurons of these sites change under each condition: a ranking of those that no condition edits.
/// @throws Error{Usage} for what writes another kind of file, and where every neuron is edited
void run_changes(const ChangesJob& job, io::Provenance& provenance, const io::WriteOptions& writing,
                 Console& console);

}  // namespace neurox::apps
