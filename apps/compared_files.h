#pragma once

#include <string>
#include <vector>

#include "neurox/rank/comparison.h"
#include "probe_input.h"
#include "rank_compare.h"

namespace neurox::apps {

/// One concept of one file.
struct ComparedItem {
  std::string name;  ///< of the file, with the concept where these differ
  const NeuronFile* file = nullptr;
  std::string concept_name;
  ComparedRanking ranking;
};

/// Rankings that are held against each other: of one concept, or of the concepts that were named.
struct ComparedSet {
  std::string concept_name;
  std::vector<ComparedItem> items;
};

/// The rankings named by --compare.
/// @throws Error{Input} for a file of another kind, of other neurons or (without --across-models) of another
/// model than the first
std::vector<NeuronFile> read_rankings(const RankCompareOptions& options);

/// What is compared with what, as --concept, --each-concept and --concept-pairs say. Points into `files`.
/// @throws Error{Usage} for a concept that is not there, and where there is nothing to compare
std::vector<ComparedSet> compared_sets(const std::vector<NeuronFile>& files,
                                       const RankCompareOptions& options);

}  // namespace neurox::apps
