#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "command_ablate.h"
#include "model_input.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/donors.h"

namespace neurox::apps {

/// --operation, --value, --means, --vector, --unit-vector, --quantiles-of, --where, --positions, --donors
void declare_operations(CLI::App& app, AblateCommandOptions& options);

/// The operations asked for.
/// @throws Error{Usage} as ablate::parse_operation, and for a file that an operation lacks or none asks for
std::vector<ablate::OperationChoice> operations_of(const AblateCommandOptions& options);

/// Whether the edits are the same at every place of every text.
bool acts_everywhere(const AblateCommandOptions& options);

/// Gives a source's neurons the direction and the quantiles that the operations take.
/// @throws Error{Usage} for a concept that the vector's file lacks; Error{Input} as the files do
void give_numbers(const AblateCommandOptions& options, ablate::RankedNeurons& source);

/// What every ablation keeps of where it came from: corpus, files and settings.
void add_ablation(io::Provenance& provenance, const AblateCommandOptions& options,
                  const io::CorpusReader& corpus);

/// The words of a corpus at which edits act, and the other kinds of places but those of generation alone.
/// Rewinds the corpus.
/// @throws Error{Input} when no word is chosen
ablate::Positions positions_of(const std::string& asked, io::CorpusReader& corpus);

/// All neurons that a direction says something of.
ablate::Condition neurons_of_vector(const ablate::RankedNeurons& source);

/// Where the edits of a run act, and the activations of other text that they put in. Rewinds the corpus.
class EditPlaces {
 public:
  EditPlaces(const AblateCommandOptions& options, LoadedModel& loaded, io::CorpusReader& corpus,
             const std::vector<std::vector<ablate::SiteEdit>>& edits, const ablate::AblationOptions& work);
  const ablate::Placement& placement() const { return placement_; }

 private:
  std::optional<ablate::Donors> donors_;
  ablate::Placement placement_;
};

}  // namespace neurox::apps
