#pragma once

#include <optional>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/rank/set_study.h"
#include "rank_sets.h"

namespace neurox::apps {

/// How far a probe on the first neurons of a ranking goes beyond what knows less.
struct Margins {
  struct Baseline {
    std::string name;  ///< `majority`, `word_majority`, `control`, `random_neurons`, `random_model`
    double accuracy;
  };
  Index neurons = 0;
  double accuracy = 0;
  std::vector<Baseline> baselines;

  /// Those that it does not beat, `majority (0.17)`.
  std::vector<std::string> not_beaten() const;
};

/// Of the largest of a ranking's sets.
Margins margins_of(const SetStudy& study, const std::vector<double>& random_model);

/// `neurons`, `accuracy`, the baselines, `over_NAME` of each, `not_beaten`.
io::Tree margin_figures(const Margins& margins);

/// One line where something is not beaten.
void warn_of_margins(Console& console, const std::string& method, const Margins& margins);

/// What margins need where no sets are asked for: a fifth of the sentences to evaluate on, of at most 50,000
/// tokens. The ranking may have seen them: `--sets` keeps them out of it. Nothing for numbers, and where the
/// sentences are too few to split.
std::optional<SetsInput> margins_input(const std::shared_ptr<const io::ActivationReader>& file,
                                       const ConceptRows& rows, std::uint64_t seed);

/// The set that margins are of then: the first 50 neurons, or all.
RankSetsOptions margin_set(Index neurons);

}  // namespace neurox::apps
