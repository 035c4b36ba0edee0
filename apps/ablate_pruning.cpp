#include "ablate_pruning.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include "ablate_unused.h"
#include "effect_ranking.h"
#include "neurox/ablate/keep_search.h"
#include "neurox/attribute/neuron_groups.h"
#include "neurox/core/error.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {
namespace {

using ablate::Condition;
using ablate::Figures;
using io::Tree;

constexpr std::size_t units_at_a_time = 128;

/// Neurons that are kept or removed together, as positions on the source's axis.
struct Unit {
  std::string name;
  std::vector<std::int64_t> neurons;
  double effect = 0;  ///< score lost without it; not measured where a ranking gives the order
};

/// The score of a condition: accuracy, or exp(-nll), the geometric mean of the tokens' probabilities.
class Score {
 public:
  explicit Score(std::string asked) : name_(std::move(asked)) {}

  double of(std::size_t condition, const std::vector<Figures>& figures) {
    for (const char* name : {"accuracy", "nll"}) {
      if (!name_.empty() && name_ != name) continue;
      for (const Figures& row : figures) {
        if (row.condition != condition || row.target == "matrix" || !row.class_name.empty()) continue;
        for (const auto& [found, value] : row.values)
          if (found == name) {
            name_ = name;
            return name_ == "nll" ? std::exp(-value) : value;
          }
      }
    }
    throw usage_error("ablate: no {} is measured, of which --keep-score could keep a share",
                      name_.empty() ? "accuracy or nll" : name_);
  }
  std::string name() const { return name_ == "nll" ? "exp(-nll)" : name_; }

 private:
  std::string name_;
};

class Pruning {
 public:
  Pruning(const PruningJob& job, const MeasureConditions& measure)
      : job_(job), measure_(measure), score_(job.options.effect) {}

  /// Scores of the model without these neurons, set by set.
  std::vector<double> without(const std::vector<std::vector<std::int64_t>>& sets) {
    std::vector<double> out;
    for (std::size_t first = 0; first < sets.size(); first += units_at_a_time) {
      std::vector<Condition> some(1);
      some.front().group = "none";
      some.front().operation.text = "none";
      const std::size_t end = std::min(sets.size(), first + units_at_a_time);
      for (std::size_t i = first; i < end; ++i) some.push_back(condition(sets[i]));
      const std::vector<Figures> figures = measure_(some);
      intact_ = score_.of(0, figures);
      for (std::size_t c = 1; c < some.size(); ++c) out.push_back(score_.of(c, figures));
    }
    return out;
  }

  Condition condition(std::vector<std::int64_t> neurons) const {
    Condition out;
    out.ranking = job_.source.name;
    out.group = "list";
    out.source = job_.source_number;
    out.operation = job_.operation;
    out.count = static_cast<std::int64_t>(neurons.size());
    out.share = static_cast<double>(neurons.size()) / static_cast<double>(job_.source.axis.size());
    std::sort(neurons.begin(), neurons.end());
    out.ablated = std::move(neurons);
    return out;
  }

  double intact() const { return intact_; }
  const Score& score() const { return score_; }

 private:
  const PruningJob& job_;
  const MeasureConditions& measure_;
  Score score_;
  double intact_ = 0;
};

/// In the order of the ranking, or by effect: the one to be kept longest first.
std::vector<Unit> ordered_units(const PruningJob& job, Pruning& pruning) {
  std::vector<Unit> units;
  const NeuronAxis& axis = job.source.axis;
  if (job.options.neurons.empty() && job.options.by == "neuron") {
    for (const Index n : job.source.order) units.push_back({axis.address(static_cast<std::size_t>(n)), {n}});
    return units;
  }
  for (attribute::NeuronGroup& group : attribute::group_neurons(select(axis, job.neurons), job.options.by)) {
    Unit unit{group.name, {}};
    for (const std::int64_t n : group.neurons)
      unit.neurons.push_back(job.neurons[static_cast<std::size_t>(n)]);
    units.push_back(std::move(unit));
  }
  std::vector<std::vector<std::int64_t>> sets;
  for (const Unit& unit : units) sets.push_back(unit.neurons);
  const std::vector<double> scores = pruning.without(sets);
  for (std::size_t i = 0; i < units.size(); ++i) units[i].effect = pruning.intact() - scores[i];
  std::stable_sort(units.begin(), units.end(),
                   [](const Unit& a, const Unit& b) { return a.effect > b.effect; });
  return units;
}

std::vector<std::int64_t> neurons_from(const std::vector<Unit>& units, std::size_t first) {
  std::vector<std::int64_t> out;
  for (std::size_t i = first; i < units.size(); ++i)
    out.insert(out.end(), units[i].neurons.begin(), units[i].neurons.end());
  return out;
}

bool has_effects(const PruningJob& job) {
  return !job.options.neurons.empty() || job.options.by != "neuron";
}

/// The neurons with their flags, in the order of the axis.
io::AnnData mask_of(const PruningJob& job, const std::vector<Unit>& units, std::size_t kept) {
  std::vector<std::size_t> unit_of(job.source.axis.size(), units.size());
  for (std::size_t u = 0; u < units.size(); ++u)
    for (const std::int64_t n : units[u].neurons) unit_of[static_cast<std::size_t>(n)] = u;
  MatrixD scores(static_cast<Index>(job.neurons.size()), 1);
  std::vector<bool> is_kept, is_removed;
  std::vector<std::string> groups;
  for (std::size_t i = 0; i < job.neurons.size(); ++i) {
    const std::size_t u = unit_of[static_cast<std::size_t>(job.neurons[i])];
    scores(static_cast<Index>(i), 0) =
        has_effects(job) ? units[u].effect : static_cast<double>(units.size() - u);
    is_kept.push_back(u < kept);
    is_removed.push_back(u >= kept);
    groups.push_back(units[u].name);
  }
  io::AnnData out = effect_ranking(select(job.source.axis, job.neurons), {"overall"}, scores);
  if (job.options.by != "neuron") out.obs.add("group", io::categorical(groups));
  out.obs.add("kept", is_kept);
  out.obs.add("removed", is_removed);
  return out;
}

/// Units as they are proposed for removal, the least needed first.
Tree proposals(const std::vector<Unit>& units, std::size_t kept, bool effects) {
  Tree table = Tree::object();
  for (std::size_t i = units.size(); i > 0; --i) {
    const Unit& unit = units[i - 1];
    table["unit"].push_back(unit.name);
    table["neurons"].push_back(unit.neurons.size());
    if (effects) table["effect"].push_back(unit.effect);
    table["removed"].push_back(i > kept);
  }
  return table;
}

}  // namespace

void declare_pruning(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("--keep-score", options.keep_score,
                 "Find the smallest set of neurons of --ranking, or of units of --neurons, that keeps this "
                 "share of the score (accuracy, or exp(-nll)), and write it as flags")
      ->type_name("SHARE");
  app.add_option("--by", options.by,
                 "The units of --keep-score that go together: neuron, head, site or block")
      ->check(CLI::IsMember({"neuron", "head", "site", "block"}))
      ->capture_default_str()
      ->type_name("UNIT");
}

void check_pruning(const AblateCommandOptions& options) {
  if (!options.keep_score) {
    if (options.by != "neuron") throw usage_error("ablate: --by is for --keep-score");
    return;
  }
  refuse_unused(options, "--keep-score",
                {"--top", "--bottom", "--random", "--keep", "--each", "--as-ranking", "--greedy", "--changes",
                 "--generate", "several operations"});
  if (options.rankings.size() + (options.neurons.empty() ? 0 : 1) != 1)
    throw usage_error("ablate: --keep-score takes the neurons of one --ranking, or --neurons");
  if (!(*options.keep_score > 0 && *options.keep_score <= 1))
    throw usage_error("ablate: --keep-score {} is no share of the score: it lies in (0, 1]",
                      *options.keep_score);
}

void run_pruning(const PruningJob& job, const MeasureConditions& measure, io::Provenance provenance,
                 const io::WriteOptions& writing, Console& console) {
  Pruning pruning(job, measure);
  const std::vector<Unit> units = ordered_units(job, pruning);
  const auto total = static_cast<std::int64_t>(units.size());
  const auto scores = [&](std::span<const std::int64_t> numbers) {
    std::vector<std::vector<std::int64_t>> sets;
    for (const std::int64_t n : numbers) sets.push_back(neurons_from(units, static_cast<std::size_t>(n)));
    return pruning.without(sets);
  };
  if (!has_effects(job)) scores(std::vector<std::int64_t>{0});  // the intact score
  const ablate::KeptSearch found = ablate::smallest_kept(total, pruning.intact(), scores,
                                                         {.share = *job.options.keep_score, .at_once = 8});
  const auto kept = static_cast<std::size_t>(found.kept);

  io::AnnData out = mask_of(job, units, kept);
  Tree search = Tree::object();
  std::vector<std::vector<Tree>> rows;
  for (const auto& step : found.steps) {
    search["kept"].push_back(step.kept);
    search["score"].push_back(step.score);
    search["share"].push_back(step.share);
    rows.push_back({step.kept, step.score, step.share, step.kept == found.kept ? "kept" : ""});
  }
  const auto at = std::find_if(found.steps.begin(), found.steps.end(),
                               [&](const auto& step) { return step.kept == found.kept; });
  const Tree table = proposals(units, kept, has_effects(job));
  out.uns["ranking"] = {{"method", "pruning"},
                        {"label", ""},
                        {"effect", pruning.score().name()},
                        {"operation", job.operation.text}};
  out.uns["pruning"] = {{"by", job.options.by},
                        {"score", pruning.score().name()},
                        {"intact", pruning.intact()},
                        {"asked_share", *job.options.keep_score},
                        {"units", total},
                        {"kept_units", found.kept},
                        {"kept_score", at->score},
                        {"kept_share", at->share}};
  out.uns["search"] = search;
  out.uns["units"] = table;
  provenance.kind = "ranking";
  out.uns["neurox"] = io::to_tree(provenance);
  std::vector<Condition> conditions(1);
  conditions.push_back(pruning.condition(neurons_from(units, kept)));
  if (!job.options.save_model.empty()) save_without(job.options, conditions, job.source.axis);
  io::write_anndata(job.options.output.path, out, writing);

  console.figure("score", pruning.score().name());
  console.figure("intact", pruning.intact());
  console.figure("units", total);
  console.figure("kept", found.kept);
  console.figure("removed neurons", conditions[1].count);
  console.figure("kept share", at->share);
  console.table("search", {"kept", "score", "share", ""}, rows);
  std::vector<std::vector<Tree>> first;
  for (std::size_t i = 0; i < std::min<std::size_t>(10, units.size()); ++i) {
    first.push_back({table["unit"][i], table["neurons"][i]});
    if (has_effects(job)) first.back().push_back(table["effect"][i]);
    first.back().push_back(table["removed"][i].get<bool>() ? "removed" : "kept");
  }
  std::vector<std::string> columns{"least needed", "neurons"};
  if (has_effects(job)) columns.emplace_back("effect");
  columns.emplace_back("");
  console.table("proposed", columns, first);
  console.figure("output", job.options.output.path);
  console.finish();
}

}  // namespace neurox::apps
