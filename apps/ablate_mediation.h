#pragma once

#include <CLI/CLI.hpp>

#include "command_ablate.h"
#include "console.h"
#include "model_input.h"
#include "neurox/io/output.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// --mediate, --template, --counterparts
void declare_mediation(CLI::App& app, AblateCommandOptions& options);

/// @throws Error{Usage} when one of them is given without --mediate, or --mediate with what it has no use for
void check_mediation(const AblateCommandOptions& options);

/// Effects of pairs of prompts through single neurons, heads or sites: a ranking by the indirect effect. What
/// is done is kept beside the output, so that a run that was cut off goes on where it was.
void run_mediation(const AblateCommandOptions& options, LoadedModel& loaded, io::Provenance& provenance,
                   const io::WriteOptions& writing, Console& console);

}  // namespace neurox::apps
