#pragma once

#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"
#include "neurox/rank/belief.h"
#include "neurox/rank/rank_data.h"

namespace neurox::apps {

/// One file per method: `{method}` in the path stands for its name.
/// @throws Error{Usage} when two would be written to one file
std::vector<std::string> ranking_targets(const std::string& path, const std::vector<std::string>& methods);

/// What a ranking by labels found, to be written.
struct LabelRanking {
  const RankMethod& method;
  const NeuronScores& scores;
  const Belief& belief;
  const std::vector<std::string>& classes;  ///< empty with numeric labels
  double rate = 0.05;                       ///< at which discoveries are counted
};

/// Names of the columns of the scores: the classes and `overall`, or `overall` alone.
std::vector<std::string> concepts_of(const LabelRanking& ranking);

/// Neurons of a column, best first: by score, then address; overall by the method's own order where it has
/// one.
NeuronList order_of(const LabelRanking& ranking, Index column);

/// Neurons of a column with a q-value of at most the rate; -1 without q-values.
std::int64_t discoveries(const LabelRanking& ranking, Index column);

/// X, layers (rank, p, q, low, high and the method's own), var, and the tables of uns, but neither obs nor
/// provenance.
io::AnnData ranking_file(const LabelRanking& ranking);

}  // namespace neurox::apps
