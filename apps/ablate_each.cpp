#include "ablate_each.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "ablate_operations.h"
#include "effect_ranking.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/io/anndata.h"
#include "neurox/io/progress_file.h"
#include "neurox/model/prune.h"

namespace neurox::apps {
namespace {

using ablate::Condition;
using ablate::Figures;

/// Figures that say how much an edit changes, larger being more.
constexpr const char* known_effects[] = {"nll_rise", "accuracy_drop", "confidence_drop", "kl", "flip_rate"};

double figure_value(const Figures& row, const std::string& name) {
  for (const auto& [found, number] : row.values)
    if (found == name) return number;
  return no_value;
}

bool counts(const Figures& row) {
  return row.target != "matrix";
}

/// The effect asked for, or the first that is measured.
std::string effect_of(const std::string& asked, const std::vector<Figures>& figures) {
  std::set<std::string> there;
  for (const Figures& row : figures)
    if (counts(row))
      for (const auto& [name, unused] : row.values) there.insert(name);
  if (!asked.empty()) {
    if (!there.contains(asked))
      throw usage_error("ablate: no figure '{}' is measured; there are {} (--effect)", asked,
                        fmt::join(there, ", "));
    return asked;
  }
  for (const char* name : known_effects)
    if (there.contains(name)) return name;
  throw usage_error("ablate: nothing that is measured says how large an effect is");
}

/// Effects of a condition, overall and by class.
std::map<std::string, double> effects_of(std::size_t condition, const std::string& effect,
                                         const std::vector<Figures>& figures) {
  std::map<std::string, double> out;
  for (const Figures& row : figures)
    if (row.condition == condition && counts(row) && !std::isnan(figure_value(row, effect)))
      out.try_emplace(row.class_name.empty() ? "overall" : row.class_name, figure_value(row, effect));
  return out;
}

constexpr std::size_t conditions_at_a_time = 128;

}  // namespace

void rank_by_effect(const AblateCommandOptions& options, const std::vector<Condition>& conditions,
                    const NeuronAxis& axis, const MeasureConditions& measure, io::Provenance provenance,
                    const io::WriteOptions& writing, Console& console) {
  std::vector<std::int64_t> neurons;
  for (std::size_t c = 1; c < conditions.size(); ++c) neurons.push_back(conditions[c].ablated.at(0));
  const NeuronAxis own = select(axis, neurons);
  const auto total = static_cast<std::int64_t>(neurons.size());
  provenance.settings["effect"] = options.effect;

  // What a run that was cut off has done: rows of effects, and the names of their columns.
  io::ProgressFile progress;
  progress.fingerprint = {{"command", command_line()},
                          {"model", provenance.model_sha256},
                          {"inputs", provenance.inputs},
                          {"settings", provenance.settings}};
  progress.total = total;
  std::vector<std::string> concepts;
  std::string effect;
  if (const auto before = io::read_progress(options.output.path);
      before && before->total == total &&
      io::first_difference(before->fingerprint, progress.fingerprint).empty()) {
    progress = *before;
    concepts = progress.position.at("concepts").get<std::vector<std::string>>();
    effect = progress.position.at("effect").get<std::string>();
    console.figure("neurons done before", progress.rows);
  }
  while (progress.rows < total) {
    const auto first = static_cast<std::size_t>(progress.rows);
    const std::size_t n = std::min(conditions_at_a_time, static_cast<std::size_t>(total) - first);
    std::vector<Condition> some{conditions.front()};
    some.insert(some.end(), conditions.begin() + 1 + static_cast<std::ptrdiff_t>(first),
                conditions.begin() + 1 + static_cast<std::ptrdiff_t>(first + n));
    const std::vector<Figures> figures = measure(some);
    if (concepts.empty()) {
      effect = effect_of(options.effect, figures);
      for (const auto& [name, unused] : effects_of(0, effect, figures))
        if (name != "overall") concepts.push_back(name);
      concepts.emplace_back("overall");
    }
    for (std::size_t c = 1; c <= n; ++c) {
      const auto found = effects_of(c, effect, figures);
      for (const std::string& name : concepts) {
        const auto it = found.find(name);
        progress.stats.push_back(it == found.end() ? no_value : it->second);
      }
    }
    progress.rows += static_cast<std::int64_t>(n);
    progress.position = {{"concepts", concepts}, {"effect", effect}};
    if (progress.rows < total) io::write_progress(options.output.path, progress);
  }

  const MatrixD scores =
      Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
          progress.stats.data(), static_cast<Index>(total), static_cast<Index>(concepts.size()));
  io::AnnData out = effect_ranking(own, concepts, scores);
  out.uns["ranking"] = {{"method", "ablation"},
                        {"label", ""},
                        {"effect", effect},
                        {"operation", conditions.at(1).operation.text}};
  provenance.kind = "ranking";
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);
  io::remove_progress(options.output.path);
  console.figure("neurons", total);
  console.figure("effect", effect);
  console.table("top", {"rank", "neuron", effect}, top_effects(own, scores.col(scores.cols() - 1)));
}

std::vector<Condition> grow_greedily(const AblateCommandOptions& options,
                                     const std::vector<Condition>& conditions,
                                     const MeasureConditions& measure, Console& console) {
  std::vector<Condition> grown{conditions.front()};
  std::vector<Condition> candidates(conditions.begin() + 1, conditions.end());
  std::vector<std::vector<io::Tree>> table;
  Condition set = candidates.at(0);
  set.ablated.clear();
  set.group = "greedy";
  while (static_cast<int>(grown.size()) <= options.greedy && !candidates.empty()) {
    double best = -std::numeric_limits<double>::infinity();
    std::size_t chosen = 0;
    std::string effect;
    for (std::size_t first = 0; first < candidates.size(); first += conditions_at_a_time) {
      const std::size_t n = std::min(conditions_at_a_time, candidates.size() - first);
      std::vector<Condition> some{conditions.front()};
      for (std::size_t i = first; i < first + n; ++i) {
        Condition with = set;
        with.ablated.push_back(candidates[i].ablated.at(0));
        std::sort(with.ablated.begin(), with.ablated.end());
        some.push_back(std::move(with));
      }
      const std::vector<Figures> figures = measure(some);
      if (effect.empty()) effect = effect_of(options.effect, figures);
      for (std::size_t i = 0; i < n; ++i) {
        const auto found = effects_of(i + 1, effect, figures);
        const auto it = found.find("overall");
        if (it == found.end() || !(it->second > best)) continue;
        best = it->second;
        chosen = first + i;
      }
    }
    const Condition taken = candidates[chosen];
    candidates.erase(candidates.begin() + static_cast<std::ptrdiff_t>(chosen));
    set.ablated.push_back(taken.ablated.at(0));
    std::sort(set.ablated.begin(), set.ablated.end());
    set.ranking = taken.ranking;  // the address that came last
    set.count = static_cast<std::int64_t>(set.ablated.size());
    set.share = taken.share * static_cast<double>(set.count);
    grown.push_back(set);
    table.push_back({set.count, taken.ranking, best});
  }
  console.table("greedy", {"neurons", "added", "effect"}, table);
  return grown;
}

void save_without(const AblateCommandOptions& options, const std::vector<Condition>& conditions,
                  const NeuronAxis& axis) {
  if (conditions.size() != 2)
    throw usage_error("ablate: --save-model takes one set of neurons; these options make {}",
                      conditions.size() - 1);
  if (conditions[1].operation.operation != ablate::Operation::Zero || !acts_everywhere(options))
    throw usage_error("ablate: --save-model leaves neurons out, which is --operation zero at all positions");
  model::Pruning pruning;
  for (const std::int64_t n : conditions[1].ablated) {
    const auto i = static_cast<std::size_t>(n);
    const auto site = parse_site(axis.site(i));
    if (!site || site->kind != SiteKind::MlpPost)
      throw usage_error("ablate: --save-model leaves out units of mlp_post, not {}", axis.address(i));
    const auto block = static_cast<std::size_t>(site->block);
    if (pruning.mlp_units.size() <= block) pruning.mlp_units.resize(block + 1);
    pruning.mlp_units[block].insert(axis.neurons[i].index);
  }
  model::save_pruned(options.model, options.save_model, pruning);
}

}  // namespace neurox::apps
