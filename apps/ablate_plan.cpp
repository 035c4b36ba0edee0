#include "ablate_plan.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "ablate_operations.h"
#include "neuron_choice.h"
#include "neuron_texts.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using ablate::Condition;
using ablate::RankedNeurons;

/// Neurons by the rank that a ranking file gives them for a concept.
RankedNeurons ranked(const NeuronFile& file, const std::string& concept_name) {
  const auto it = std::find(file.concepts.begin(), file.concepts.end(), concept_name);
  if (it == file.concepts.end())
    throw usage_error("{}: no concept '{}'{}; it ranks {}", file.path, concept_name,
                      did_you_mean(concept_name, file.concepts), fmt::join(file.concepts, ", "));
  const auto column = static_cast<Index>(it - file.concepts.begin());
  const MatrixF* ranks = file.data.layer("rank");
  if (ranks == nullptr) throw input_error("{}:/layers: no layer 'rank'; `neurox rank` writes it", file.path);
  RankedNeurons out;
  out.name = std::filesystem::path(file.path).filename().string();
  out.axis = file.axis;
  out.means = file.means;
  out.class_scores = file.data.X->leftCols(static_cast<Index>(file.concepts.size()) -
                                           (file.concepts.back() == "overall" ? 1 : 0));
  for (Index i = 0; i < ranks->rows(); ++i) out.order.push_back(i);
  std::stable_sort(out.order.begin(), out.order.end(),
                   [&](Index a, Index b) { return (*ranks)(a, column) < (*ranks)(b, column); });
  return out;
}

/// All neurons of the model, with the means of an activation file where one is given.
RankedNeurons listed(const model::Model& model, const std::string& pattern, const std::string& means) {
  RankedNeurons out;
  out.name = pattern;
  out.axis = all_neurons(model.sites());
  if (!means.empty()) out.means = numbers_of_file(means, out.axis);
  return out;
}

/// Whether conditions are single neurons.
bool one_by_one(const AblateCommandOptions& options) {
  return options.each || options.greedy > 0;
}

/// Whether the model as it is was asked about: its score or its texts, and no neurons.
bool untouched_alone(const AblateCommandOptions& options) {
  return options.rankings.empty() && options.neurons.empty() && options.vector.empty() &&
         (!options.measures.empty() || options.generate > 0);
}

}  // namespace

AblationPlan plan_conditions(const AblateCommandOptions& options, const LoadedModel& loaded,
                             const io::Provenance& of_model) {
  AblationPlan plan;
  plan.conditions.emplace_back();
  plan.conditions.front().group = "none";
  ablate::ConditionOptions sets;
  for (const std::string& text : options.top) sets.top.push_back(ablate::parse_amount(text));
  for (const std::string& text : options.bottom) sets.bottom.push_back(ablate::parse_amount(text));
  sets.random = options.random;
  sets.keep = options.keep;
  sets.match_sites = options.match_sites;
  sets.seed = options.seed;
  for (const std::string& path : options.rankings) {
    const NeuronFile file = read_neuron_file(path, "ranking");
    io::check_same_model(options.model, of_model, path, file.provenance);
    plan.sources.push_back(ranked(file, options.concept_name));
    if (!options.means.empty())
      plan.sources.back().means = numbers_of_file(options.means, plan.sources.back().axis);
    for (Condition& c : ablate::conditions_of(plan.sources.back(), plan.sources.size() - 1, sets))
      plan.conditions.push_back(std::move(c));
    // Single neurons of a ranking: those that its first amount takes.
    if (one_by_one(options) && options.neurons.empty()) {
      const std::vector<Condition> taken = std::exchange(plan.conditions, {});
      plan.conditions.push_back(taken.front());
      std::vector<std::int64_t> list;
      for (const Condition& c : taken)
        if (c.group == "top") list.insert(list.end(), c.ablated.begin(), c.ablated.end());
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
      for (Condition& c : ablate::conditions_one_by_one(plan.sources.back(), plan.sources.size() - 1, list))
        plan.conditions.push_back(std::move(c));
    }
  }
  if (!options.neurons.empty()) {
    plan.sources.push_back(listed(loaded.model, options.neurons, options.means));
    const auto list = chosen_neurons(options.neurons, plan.sources.back().axis);
    if (one_by_one(options))
      for (Condition& c : ablate::conditions_one_by_one(plan.sources.back(), plan.sources.size() - 1, list))
        plan.conditions.push_back(std::move(c));
    else
      plan.conditions.push_back(
          ablate::condition_of_list(plan.sources.back(), plan.sources.size() - 1, list, options.keep));
  }
  if (options.rankings.empty() && options.neurons.empty() && !options.vector.empty()) {
    plan.sources.push_back(listed(loaded.model, options.vector, {}));
    give_numbers(options, plan.sources.back());
    plan.conditions.push_back(neurons_of_vector(plan.sources.back()));
  }
  for (RankedNeurons& source : plan.sources) give_numbers(options, source);
  if (plan.conditions.size() == 1 && !options.keep_score && !untouched_alone(options))
    throw usage_error(
        "ablate: nothing to ablate; give --ranking with --top, --bottom or --random, or --neurons (or "
        "--measure or --generate alone, for the model as it is)");
  plan.conditions = ablate::under_each(plan.conditions, operations_of(options));
  return plan;
}

}  // namespace neurox::apps
