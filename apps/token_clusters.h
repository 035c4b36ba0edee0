#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "command_cluster.h"
#include "console.h"
#include "joined_activations.h"
#include "neurox/io/output.h"
#include "neurox/io/table.h"

namespace neurox::apps {

/// Clusters of the tokens that a method looked at.
struct TokenClustering {
  std::vector<int> cluster;  ///< per token, in [0, count); -1 none
  int count = 0;
  std::vector<std::pair<std::string, double>> figures;  ///< more to show
  io::Tree settings = io::Tree::object();               ///< `method` and what it was asked for
};

/// The same clusters, numbered by size, largest first, then by their first thing; those without a thing last.
/// @param clusters  at least one that is not -1
std::vector<int> by_size(const std::vector<int>& clusters);

/// What every method that clusters tokens begins and ends with: reading, the label file, words and contexts
/// of each cluster, what labels explain, the sheet for people and the names they gave back.
class TokenRun {
 public:
  /// @throws Error{Input} for an output that cannot be written, before any work
  TokenRun(const ClusterCommandOptions& options, Console& console);

  const JoinedActivations& activations() const { return *activations_; }
  /// The rows that --least-seen and --per-word leave.
  /// @throws Error{Input} when none is left
  std::vector<std::int64_t> eligible_rows() const;
  /// Says in the settings what eligible_rows left out.
  void add_limits(io::Tree& settings) const;
  /// Chooses the rows that are clustered; they are held in memory where they fit half of --memory.
  void use_rows(std::vector<std::int64_t> rows);
  const RowSource& X() const { return *source_; }

  /// Writes and shows everything.
  /// @param gold  labels that clusters are held against; none where its label is empty
  void finish(const TokenClustering& found, const ConceptOptions& gold);

 private:
  const ClusterCommandOptions& options_;
  Console& console_;
  io::WriteOptions writing_;
  std::unique_ptr<JoinedActivations> activations_;
  std::vector<std::int64_t> rows_;
  std::vector<std::int32_t> sentences_;  ///< per row
  std::unique_ptr<RowSource> source_;
};

}  // namespace neurox::apps
