#include "ablate_changes.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ablate_operations.h"
#include "effect_ranking.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/change_measure.h"
#include "neurox/ablate/conditions.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/extract/site_side.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {
namespace {

/// A column's name: what was edited, and how where there are several ways.
std::string condition_name(const ablate::Condition& c, bool with_operation) {
  std::string name = c.group == "neuron" ? c.ranking
                     : c.group == "list" ? c.group
                                         : fmt::format("{} {}", c.group, c.count);
  if (c.draw >= 0) name += fmt::format(" draw {}", c.draw);
  if (with_operation) name += " " + c.operation.text;
  return name;
}

/// Neurons of the sites' axis that no condition edits.
std::vector<std::int64_t> unedited(const NeuronAxis& axis, const AblationPlan& plan) {
  std::set<std::pair<std::string, std::int32_t>> edited;
  for (const ablate::Condition& c : plan.conditions)
    for (const std::int64_t n : c.ablated) {
      const NeuronAxis& of = plan.sources[c.source].axis;
      const auto i = static_cast<std::size_t>(n);
      edited.emplace(of.site(i), of.neurons[i].index);
    }
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < axis.size(); ++i)
    if (!edited.contains({axis.site(i), axis.neurons[i].index})) out.push_back(static_cast<std::int64_t>(i));
  if (out.empty()) throw usage_error("ablate: every neuron of --changes is edited; none is left to change");
  return out;
}

}  // namespace

void declare_changes(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("--changes", options.changes,
                 "Write how the neurons of these sites change when the others are edited, as a ranking")
      ->type_name("SITES");
}

void run_changes(const ChangesJob& job, io::Provenance& provenance, const io::WriteOptions& writing,
                 Console& console) {
  const AblateCommandOptions& options = job.options;
  const auto& conditions = job.plan.conditions;
  if (options.as_ranking || options.greedy > 0 || !options.save_model.empty() || !options.measures.empty() ||
      !options.probe.empty())
    throw usage_error(
        "ablate: --changes writes changes of activations; leave --as-ranking, --greedy, --save-model, "
        "--measure and --probe away");
  ablate::AblationOptions work;
  work.progress = &console.progress();
  work.plan = extract::plan_of_settings(io::Tree::object(),
                                        static_cast<int>(job.loaded.model.config().max_positions));
  const std::vector<SiteColumns> sites = job.loaded.model.sites();
  for (const std::size_t s : select_sites(options.changes, sites)) work.probe_sites.push_back(sites[s]);
  if (options.changes == "all")
    std::erase_if(work.probe_sites, [](const SiteColumns& s) { return s.width == 0; });
  work.plan.side = extract::side_of_sites(work.probe_sites);
  const NeuronAxis axis = all_neurons(work.probe_sites);
  const std::vector<std::int64_t> kept = unedited(axis, job.plan);

  const auto edits = ablate::edits_of(conditions, job.plan.sources);
  std::vector<std::unique_ptr<ablate::Measure>> measures;
  auto owned = std::make_unique<ablate::ChangeMeasure>(edits.size(), static_cast<std::int64_t>(axis.size()));
  const ablate::ChangeMeasure& changes = *owned;
  measures.push_back(std::move(owned));
  const EditPlaces places(options, job.loaded, job.corpus, edits, work);
  work.placement = &places.placement();
  const auto summary =
      ablate::run_ablation(job.loaded.model, job.loaded.tokenizer, job.corpus, edits, measures, work);

  // One column for each condition, and overall their mean.
  const auto n = static_cast<Index>(kept.size()), columns = static_cast<Index>(conditions.size());
  MatrixD relative = MatrixD::Zero(n, columns);
  MatrixF change = MatrixF::Zero(n, columns), absolute = change;
  const VectorD spread = changes.standard_deviation();
  std::vector<std::string> concepts;
  const bool with_operation = options.operations.size() > 1;
  for (Index c = 0; c + 1 < columns; ++c) {
    concepts.push_back(condition_name(conditions[static_cast<std::size_t>(c) + 1], with_operation));
    const VectorD moved = changes.change(static_cast<std::size_t>(c) + 1),
                  size = changes.absolute_change(static_cast<std::size_t>(c) + 1);
    for (Index i = 0; i < n; ++i) {
      const std::int64_t from = kept[static_cast<std::size_t>(i)];
      change(i, c) = static_cast<float>(moved(from));
      absolute(i, c) = static_cast<float>(size(from));
      relative(i, c) = spread(from) > 0 ? size(from) / spread(from) : 0;
    }
  }
  const auto with_overall = [&](auto& matrix) {
    matrix.col(columns - 1) = matrix.leftCols(columns - 1).rowwise().mean();
  };
  with_overall(relative);
  with_overall(change);
  with_overall(absolute);
  MatrixD scores = relative;
  if (columns == 2) {  // one condition: its column is the overall one
    concepts.clear();
    scores = MatrixD(relative.rightCols(1));
    change = MatrixF(change.rightCols(1));
    absolute = MatrixF(absolute.rightCols(1));
  }
  concepts.emplace_back("overall");
  const NeuronAxis rows = select(axis, kept);
  io::AnnData out = effect_ranking(rows, concepts, scores);
  std::vector<double> mean, deviation;
  for (const std::int64_t i : kept) {
    mean.push_back(changes.mean()(i));
    deviation.push_back(spread(i));
  }
  out.obs.add("mean", mean);
  out.obs.add("standard_deviation", deviation);
  out.layers.emplace_back("absolute_change", std::move(absolute));
  out.layers.emplace_back("change", std::move(change));
  add_ablation(provenance, options, job.corpus);
  provenance.kind = "ranking";
  out.uns["ranking"] = {{"method", "changes"},
                        {"label", ""},
                        {"score", "mean absolute change of the activation over its standard deviation"},
                        {"larger_is_more_important", true}};
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);
  console.figure("sentences", summary.sentences);
  console.figure("rows", changes.rows());
  console.figure("neurons", rows.size());
  console.table("top", {"rank", "neuron", "change / sd"}, top_effects(rows, scores.col(scores.cols() - 1)));
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
