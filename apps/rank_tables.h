#pragma once

#include <string>
#include <vector>

#include "command_rank.h"
#include "console.h"
#include "neurox/rank/fingerprint.h"
#include "neurox/rank/held_out_precision.h"
#include "ranking_file.h"

namespace neurox::apps {

/// What `rank` prints of rankings by labels.
class RankTables {
 public:
  explicit RankTables(const RankCommandOptions& options) : options_(options) {}

  /// @param precision  nullptr where labels were not judged
  void add(const LabelRanking& ranking, const NeuronAxis& axis, const HeldOutPrecision* precision);
  void show(Console& console) const;

 private:
  void add_top(const LabelRanking& ranking, const NeuronAxis& axis);
  void add_experts(const LabelRanking& ranking);

  const RankCommandOptions& options_;
  std::vector<std::vector<io::Tree>> top_, concepts_, experts_;
};

/// Where neurons of an axis lie.
NeuronSites sites_of(const NeuronAxis& axis);

/// Neurons of a list per site.
io::Tree spread_figures(const NeuronList& neurons, const NeuronAxis& axis);

/// Per concept and site the share of the first twentieth of the neurons; null for one site alone.
io::Tree fingerprint_figures(const LabelRanking& ranking, const NeuronAxis& axis);

/// Adds `experts` (per concept, site and bound the neurons above it) and `expert_curve` (per concept at
/// bounds from 0.5 to 1).
void add_expert_figures(io::Tree& uns, const LabelRanking& ranking, const NeuronAxis& axis,
                        const std::vector<double>& bounds);

}  // namespace neurox::apps
