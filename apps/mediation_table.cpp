#include "mediation_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "effect_ranking.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// Effects of mediators as effects of the neurons that stand for them.
MatrixD of_rows(const MatrixD& effects, const Mediated& what) {
  MatrixD out(static_cast<Index>(what.mediator_of.size()), effects.cols());
  for (std::size_t i = 0; i < what.mediator_of.size(); ++i)
    out.row(static_cast<Index>(i)) = effects.row(static_cast<Index>(what.mediator_of[i]));
  return out;
}

Tree totals_of(const MediatedPairs& pairs, const ablate::MediationMeans& means) {
  Tree table = Tree::object();
  for (std::size_t c = 0; c <= pairs.classes.size(); ++c) {
    const auto total = means.total(c);
    table["class"].push_back(c < pairs.classes.size() ? pairs.classes[c] : "overall");
    table["pairs"].push_back(total.pairs);
    table["total_effect"].push_back(total.total);
    table["standard_error"].push_back(total.total_error);
    table["log_total_effect"].push_back(total.log_total);
  }
  return table;
}

/// The mediators with the largest indirect effect.
void show_top(const Mediated& what, const ablate::MediationMeans& means, Console& console) {
  const auto effects = means.effects();
  const Index overall = effects.indirect.cols() - 1;
  std::vector<std::size_t> order(what.mediators.size());
  for (std::size_t m = 0; m < order.size(); ++m) order[m] = m;
  const auto indirect = [&](std::size_t m) { return effects.indirect(static_cast<Index>(m), overall); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return indirect(a) > indirect(b); });
  std::vector<std::vector<Tree>> rows;
  for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k)
    rows.push_back({k + 1, what.names[order[k]], indirect(order[k]),
                    effects.direct(static_cast<Index>(order[k]), overall),
                    shown_number(effects.indirect_error(static_cast<Index>(order[k]), overall))});
  console.table("top", {"rank", what.grouped ? "mediator" : "neuron", "indirect", "direct", "standard error"},
                rows);
}

}  // namespace

void add_to_pairs(Tree& table, const MediatedPairs& pairs, const io::PromptPair& pair,
                  const ablate::PairEffects& effects) {
  table["base"].push_back(pair.base);
  table["counterfactual"].push_back(pair.counterfactual);
  table["base_candidate"].push_back(pair.base_candidate);
  table["counterfactual_candidate"].push_back(pair.counterfactual_candidate);
  if (pairs.with_targets) table["target"].push_back(pair.target);
  table["class"].push_back(pair.class_name);
  table["ratio"].push_back(std::exp(effects.base));
  table["counterfactual_ratio"].push_back(std::exp(effects.counterfactual));
  table["total_effect"].push_back(ablate::relative_effect(effects.counterfactual, effects.base));
  if (pairs.counterparts.empty()) return;
  const bool first = pair.counterfactual_candidate == pairs.counterparts[0].candidate;
  table["bias_ratio"].push_back(std::exp(first ? effects.base : -effects.base));
}

Tree bias_of(const MediatedPairs& pairs, const Tree& table) {
  double sum = 0, logs = 0, above = 0;
  const auto ratios = table.at("bias_ratio").get<std::vector<double>>();
  for (const double ratio : ratios) {
    sum += ratio;
    logs += std::log(ratio);
    above += ratio > 1 ? 1 : 0;
  }
  const auto n = static_cast<double>(ratios.size());
  return {
      {"candidates", fmt::format("{}/{}", pairs.counterparts[0].candidate, pairs.counterparts[1].candidate)},
      {"mean", sum / n},
      {"geometric_mean", std::exp(logs / n)},
      {"share_above_1", above / n}};
}

io::AnnData mediation_ranking(const Mediated& what, const MediatedPairs& pairs,
                              const ablate::MediationMeans& means) {
  const auto effects = means.effects();
  std::vector<std::string> concepts = pairs.classes;
  concepts.emplace_back("overall");
  const MatrixD indirect = of_rows(effects.indirect, what);
  io::AnnData out = effect_ranking(what.rows, concepts, indirect);
  const std::pair<const char*, const MatrixD&> layers[] = {{"direct", effects.direct},
                                                           {"indirect", effects.indirect},
                                                           {"log_direct", effects.log_direct},
                                                           {"log_indirect", effects.log_indirect},
                                                           {"standard_error", effects.indirect_error}};
  for (const auto& [name, values] : layers)
    out.layers.emplace_back(name, of_rows(values, what).cast<float>());
  if (what.grouped) {
    std::vector<std::string> names;
    std::vector<std::int64_t> sizes(what.mediators.size());
    for (const std::size_t m : what.mediator_of) {
      names.push_back(what.names[m]);
      ++sizes[m];
    }
    out.obs.add("group", io::categorical(names));
    Tree table = Tree::object();
    const Index overall = indirect.cols() - 1;
    for (std::size_t m = 0; m < what.mediators.size(); ++m) {
      table["mediator"].push_back(what.names[m]);
      table["neurons"].push_back(sizes[m]);
      table["indirect"].push_back(effects.indirect(static_cast<Index>(m), overall));
      table["direct"].push_back(effects.direct(static_cast<Index>(m), overall));
    }
    out.uns["mediators"] = table;
  }
  out.uns["ranking"] = {
      {"method", "mediation"},
      {"label", ""},
      {"effect", "indirect"},
      {"score", "mean over pairs of y(base, neuron as under the counterfactual) / y(base) - 1"},
      {"larger_is_more_important", true}};
  out.uns["totals"] = totals_of(pairs, means);
  return out;
}

void show_mediation(Console& console, const Mediated& what, const MediatedPairs& pairs,
                    const ablate::MediationMeans& means) {
  if (!pairs.classes.empty()) {
    std::vector<std::vector<Tree>> rows;
    for (std::size_t c = 0; c < pairs.classes.size(); ++c)
      rows.push_back({pairs.classes[c], means.total(c).pairs, means.total(c).total,
                      shown_number(means.total(c).total_error)});
    console.table("classes", {"class", "pairs", "total effect", "standard error"}, rows);
  }
  show_top(what, means, console);
}

}  // namespace neurox::apps
