#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "ablate_mediators.h"
#include "console.h"
#include "neurox/ablate/mediation_means.h"
#include "neurox/io/anndata.h"
#include "neurox/io/prompt_pairs.h"

namespace neurox::apps {

/// Pairs of prompts, and of templates the candidates whose ratio is the bias.
struct MediatedPairs {
  std::vector<io::PromptPair> list;
  std::vector<io::Counterpart> counterparts;
  std::vector<std::string> classes;
  bool with_targets = false;  ///< whether any has a target

  int class_of(const io::PromptPair& pair) const {
    const auto it = std::find(classes.begin(), classes.end(), pair.class_name);
    return it == classes.end() ? -1 : static_cast<int>(it - classes.begin());
  }
};

/// A pair's row of `uns/pairs`.
void add_to_pairs(io::Tree& table, const MediatedPairs& pairs, const io::PromptPair& pair,
                  const ablate::PairEffects& effects);
/// Of pairs from templates: mean, geometric mean and the share above 1 of the bias ratios.
io::Tree bias_of(const MediatedPairs& pairs, const io::Tree& table);

/// The ranking by the indirect effect, with `uns/totals`.
io::AnnData mediation_ranking(const Mediated& what, const MediatedPairs& pairs,
                              const ablate::MediationMeans& means);

/// Total effects by class, and the mediators with the largest indirect effect.
void show_mediation(Console& console, const Mediated& what, const MediatedPairs& pairs,
                    const ablate::MediationMeans& means);

}  // namespace neurox::apps
