#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <vector>

#include "ablate_each.h"

namespace neurox::apps {

/// --keep-score, --by
void declare_pruning(CLI::App& app, AblateCommandOptions& options);

/// @throws Error{Usage} for --by without --keep-score, and --keep-score with what it has no use for
void check_pruning(const AblateCommandOptions& options);

/// What is pruned: neurons of one source, in the order of a ranking or by the effects of their units.
struct PruningJob {
  const AblateCommandOptions& options;
  const ablate::RankedNeurons& source;
  std::size_t source_number;
  std::vector<std::int64_t> neurons;  ///< positions on the source's axis, ascending
  ablate::OperationChoice operation;
};

/// The smallest set of units that keeps the share of the score: a file of neurons with the flags `kept` and
/// `removed`, and the model without them where --save-model asks for it.
void run_pruning(const PruningJob& job, const MeasureConditions& measure, io::Provenance provenance,
                 const io::WriteOptions& writing, Console& console);

}  // namespace neurox::apps
