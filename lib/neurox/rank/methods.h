#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "neurox/rank/rank_data.h"

namespace neurox {

/// What a method takes and gives, to be joined by |.
enum MethodTrait : unsigned {
  kTakesClasses = 1,
  kTakesNumbers = 2,
  /// Scores neurons one by one, so weights and many labellings serve it; else it fits a model to all neurons
  /// or searches sets.
  kScoresEach = 4,
  /// Its scores change with the scale of a neuron, unless options.standardise.
  kHasUnit = 8,
  /// Its scores are places in a search, which say nothing beside those of a search by other labels.
  kSearchesSets = 16,
};

/// One way to score neurons by labels.
struct RankMethod {
  std::string_view name;
  std::string_view summary;
  unsigned traits;  ///< of MethodTrait
  /// All labellings at once, sharing what is read. @throws Error{Input, Usage} as the method says
  std::vector<NeuronScores> (*score)(const RankData& data, std::span<const Labelling> labellings,
                                     const RankOptions& options);

  bool is(MethodTrait trait) const { return (traits & trait) != 0; }
};

/// The one table of methods that rank neurons by activations and labels.
std::span<const RankMethod> rank_methods();

/// @throws Error{Usage} naming the nearest method when there is none of that name
const RankMethod& rank_method(std::string_view name);

}  // namespace neurox
