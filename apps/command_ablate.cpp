#include "command_ablate.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "ablate_changes.h"
#include "ablate_each.h"
#include "ablate_mediation.h"
#include "ablate_operations.h"
#include "ablate_plan.h"
#include "ablate_pruning.h"
#include "ablate_writing.h"
#include "ablation_table.h"
#include "concept_options.h"
#include "console.h"
#include "feature_sites.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/divergence_measure.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/pairs_measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/core/error.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/extract/site_side.h"
#include "neurox/io/output.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using ablate::Condition;

/// The trained probe of a file, to be shown a corpus.
ablate::ProbeInput probe_input(const NeuronFile& file, const io::CorpusReader& corpus) {
  ablate::ProbeInput input;
  input.fit = fit_of(file);
  input.classes = file.concepts;
  input.axis = file.axis;
  io::ClassChoice choice;
  if (const auto settings = file.provenance.settings.find("concept");
      settings != file.provenance.settings.end())
    choice = choice_of_settings(*settings);
  else
    choice.label = file.data.uns.at("probe").value("label", std::string());
  input.gold = ablate::find_gold(corpus, std::move(choice), file.path);
  return input;
}

/// The classes of tokens that --label-column names, of a causal language model.
std::optional<ablate::LabelPlace> token_classes(const AblateCommandOptions& options,
                                                const io::CorpusReader& corpus) {
  const std::string& name = options.corpus.label_column;
  if (name.empty()) return std::nullopt;
  for (const auto* sets : {&corpus.word_label_sets(), &corpus.sentence_label_sets()})
    if (std::find(sets->begin(), sets->end(), name) != sets->end())
      return ablate::find_labels(corpus, name, name);
  throw usage_error("{}: no labels '{}' (--label-column)", corpus.name(), name);
}

std::unique_ptr<ablate::Measure> measure_pairs(const AblateCommandOptions& options, const LoadedModel& loaded,
                                               const io::CorpusReader& corpus, std::size_t conditions) {
  const auto& sets = corpus.sentence_label_sets();
  if (std::find(sets.begin(), sets.end(), "pair") == sets.end())
    throw usage_error(
        "{}: has no minimal pairs; write a JSON object with 'good' and 'bad' a line "
        "(--format pairs)",
        corpus.name());
  if (!loaded.model.has_causal_lm())
    throw usage_error("ablate: pairs are judged by a causal language model, which {} is not", options.model);
  const std::string& name = options.corpus.label_column;
  const auto it = std::find(sets.begin(), sets.end(), name);
  return ablate::measure_pairs(
      loaded.model, conditions,
      it == sets.end() ? std::nullopt : std::optional(static_cast<std::size_t>(it - sets.begin())));
}

void check_search(const AblateCommandOptions& options) {
  if (options.as_ranking && !options.each) throw usage_error("ablate: --as-ranking is for --each");
  if (options.as_ranking && options.greedy > 0)
    throw usage_error("ablate: --as-ranking and --greedy write two kinds of file; give one");
  if (!options.effect.empty() && !options.as_ranking && options.greedy == 0 && !options.keep_score)
    throw usage_error("ablate: --effect is for --as-ranking, --greedy and --keep-score");
  if (options.operations.size() > 1 && (options.as_ranking || options.greedy > 0))
    throw usage_error("ablate: --as-ranking and --greedy take one --operation");
  if (options.as_ranking && options.rankings.size() + (options.neurons.empty() ? 0 : 1) > 1)
    throw usage_error("ablate: --as-ranking takes the neurons of one ranking or list");
}

/// Sets of neurons and what they do.
struct ConditionsAndEdits {
  const std::vector<Condition>& conditions;
  std::vector<std::vector<ablate::SiteEdit>> edits;
};

/// Measures after a run over the corpus.
struct Measured {
  std::vector<std::unique_ptr<ablate::Measure>> measures;
  ablate::AblationSummary summary;
};

std::vector<ablate::Figures> figures_of(const std::vector<std::unique_ptr<ablate::Measure>>& measures) {
  std::vector<ablate::Figures> out;
  for (const auto& measure : measures)
    for (ablate::Figures& row : measure->figures()) out.push_back(std::move(row));
  return out;
}

Measured measured(const AblateCommandOptions& options, LoadedModel& loaded, io::CorpusReader& corpus,
                  const io::Provenance& provenance, const ConditionsAndEdits& work_on, Console& console) {
  const auto wants = [&](const char* name) {
    return options.measures.empty() ||
           std::find(options.measures.begin(), options.measures.end(), name) != options.measures.end();
  };
  ablate::AblationOptions work;
  work.progress = &console.progress();
  const auto most_pieces = static_cast<int>(loaded.model.config().max_positions);
  work.plan = extract::plan_of_settings(io::Tree::object(), most_pieces);
  Measured out;
  auto& measures = out.measures;
  if (!options.probe.empty() && wants("probe")) {
    const NeuronFile file = read_neuron_file(options.probe, "probe");
    io::check_same_model(options.model, provenance, options.probe, file.provenance);
    // The probe saw activations of some kind: show it the same.
    work.plan = extract::plan_of_settings(file.provenance.settings.value("activations", io::Tree::object()),
                                          most_pieces);
    work.probe_sites = ablate::sites_in_use(file.axis);
    work.plan.side = extract::side_of_sites(work.probe_sites);
    ablate::ProbeInput probe = probe_input(file, corpus);
    probe.with_matrix = acts_everywhere(options);
    measures.push_back(ablate::measure_probe(std::move(probe), work_on.edits));
  }
  if ((loaded.model.has_sequence_classifier() || loaded.model.has_token_classifier()) && wants("classifier"))
    measures.push_back(ablate::measure_classifier(
        loaded.model, ablate::find_gold_labels(loaded.model, corpus, options.corpus.label_column),
        work_on.edits.size()));
  if (loaded.model.has_causal_lm() && wants("likelihood"))
    measures.push_back(
        ablate::measure_likelihood(loaded.model, work_on.edits.size(), token_classes(options, corpus)));
  const auto asked_for = [&](const char* name) { return !options.measures.empty() && wants(name); };
  if (asked_for("kl")) measures.push_back(ablate::measure_divergence(loaded.model, work_on.edits.size()));
  if (asked_for("pairs")) measures.push_back(measure_pairs(options, loaded, corpus, work_on.edits.size()));
  if (measures.empty())
    throw usage_error(
        "ablate: nothing to measure: {} has no classifier and no causal language model; give --probe, or "
        "--changes, or take `neurox attribute --method ablation`, which measures any target",
        options.model);

  const EditPlaces places(options, loaded, corpus, work_on.edits, work);
  work.placement = &places.placement();
  out.summary = ablate::run_ablation(loaded.model, loaded.tokenizer, corpus, work_on.edits, measures, work);
  return out;
}

}  // namespace

void declare_ablate(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("MODEL", options.model, "Folder of the model, or a GGUF or TorchScript file")
      ->required()
      ->type_name("");
  declare_corpus(app, options.corpus);
  declare_output(app, options.output, "Table of effects to write (.h5ad)");
  app.add_option("--ranking", options.rankings,
                 "Rankings whose neurons are ablated; may be given several times")
      ->type_name("FILE");
  app.add_option("--concept", options.concept_name, "Which ordering of the rankings: a class, or overall")
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--top", options.top,
                 "How many of the top: 20, 5%, 0.05 or p=0.5 (weight mass); commas join")
      ->delimiter(',')
      ->type_name("N");
  app.add_option("--bottom", options.bottom, "How many of the bottom, likewise")
      ->delimiter(',')
      ->type_name("N");
  app.add_option("--random", options.random, "Random draws of each size")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("DRAWS");
  app.add_flag("--match-sites", options.match_sites,
               "Random draws take as many neurons of each site as the top has");
  app.add_flag("--keep", options.keep, "Keep these neurons and ablate all others of the ranking");
  app.add_option("--neurons", options.neurons,
                 "A list of neurons, e.g. mlp_post@3:17,20-25 or attn_z@2:64-127")
      ->type_name("PATTERN");
  app.add_flag("--each", options.each, "Each of --neurons (or of the top) alone");
  app.add_flag("--as-ranking", options.as_ranking,
               "Write the effects of --each as a ranking of these neurons; goes on where a run was cut off");
  app.add_option(
         "--effect", options.effect,
         "The figure that --as-ranking and --greedy go by: nll_rise, accuracy_drop, kl, ... (default: the "
         "first of them that is measured)")
      ->type_name("FIGURE");
  app.add_option(
         "--greedy", options.greedy,
         "Grow a set to N neurons, each the one that adds most to the effect, from those of --neurons or "
         "of --top")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_option("--save-model", options.save_model,
                 "Write the model's folder without these neurons too (units of mlp_post, --operation zero)")
      ->type_name("FOLDER");
  declare_features(app, options.features);
  declare_operations(app, options);
  app.add_option("--probe", options.probe, "Probe whose accuracy is measured")->type_name("FILE");
  app.add_option("--measure", options.measures,
                 "probe, classifier, likelihood (default: all of these that there are), kl, pairs")
      ->delimiter(',')
      ->check(CLI::IsMember({"probe", "classifier", "likelihood", "kl", "pairs"}))
      ->type_name("WHAT");
  declare_pruning(app, options);
  declare_changes(app, options);
  declare_mediation(app, options);
  declare_writing(app, options);
  declare_seed(app, options.seed);
  declare_device(app, options.device);
  declare_common(app, options.common);
  app.footer(
      "Silences neurons in the running model and measures what is lost: a probe's accuracy, the model's own "
      "task, its likelihood.");
}

void run_ablate(const AblateCommandOptions& options) {
  Console console(options.common);
  check_search(options);
  check_mediation(options);
  check_pruning(options);
  io::WriteOptions writing{options.output.force, {options.model}};
  if (options.corpus.path != "-") writing.inputs.emplace_back(options.corpus.path);
  for (const std::string& path : options.rankings) writing.inputs.emplace_back(path);
  for (const std::string& path : options.corpus.label_files) writing.inputs.emplace_back(path);
  for (const std::string* file :
       {&options.probe, &options.means, &options.vector, &options.quantiles_of, &options.donors})
    if (!file->empty()) writing.inputs.emplace_back(*file);
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);
  const auto corpus = options.mediate.empty() ? open_corpus(options.corpus) : nullptr;
  LoadedModel loaded =
      load_model({options.model, options.device, {}, options.common.threads, options.corpus.languages});
  io::Provenance provenance = provenance_of("ablation");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);
  add_features(options.features, loaded, provenance);
  if (!options.mediate.empty()) {
    refuse_writing_options(options);
    run_mediation(options, loaded, provenance, writing, console);
    return;
  }

  AblationPlan plan = plan_conditions(options, loaded, provenance);
  const auto edits = ablate::edits_of(plan.conditions, plan.sources);
  if (options.generate > 0) {
    run_writing({options, loaded, *corpus, plan.conditions, edits}, provenance, writing, console);
    return;
  }
  refuse_writing_options(options);
  if (!options.changes.empty()) {
    run_changes({options, loaded, *corpus, plan}, provenance, writing, console);
    return;
  }
  const auto measure_conditions = [&](const std::vector<Condition>& conditions) {
    return measured(options, loaded, *corpus, provenance,
                    {conditions, ablate::edits_of(conditions, plan.sources)}, console);
  };
  if (options.as_ranking) {
    add_ablation(provenance, options, *corpus);
    rank_by_effect(
        options, plan.conditions, plan.sources.at(plan.conditions.at(1).source).axis,
        [&](const std::vector<Condition>& some) { return figures_of(measure_conditions(some).measures); },
        provenance, writing, console);
    console.figure("output", options.output.path);
    console.finish();
    return;
  }
  if (options.keep_score) {
    add_ablation(provenance, options, *corpus);
    std::vector<std::int64_t> neurons(plan.sources.at(0).axis.size());
    std::iota(neurons.begin(), neurons.end(), 0);
    if (!options.neurons.empty()) neurons = plan.conditions.at(1).ablated;
    run_pruning(
        {options, plan.sources[0], 0, std::move(neurons), operations_of(options).at(0)},
        [&](const std::vector<Condition>& some) { return figures_of(measure_conditions(some).measures); },
        provenance, writing, console);
    return;
  }
  if (options.greedy > 0) {
    plan.conditions = grow_greedily(
        options, plan.conditions,
        [&](const std::vector<Condition>& some) { return figures_of(measure_conditions(some).measures); },
        console);
  }
  if (!options.save_model.empty())
    save_without(options, plan.conditions, plan.sources.at(plan.conditions.at(1).source).axis);
  const Measured found = measure_conditions(plan.conditions);

  add_ablation(provenance, options, *corpus);
  const AblationTable table(plan.conditions, found.measures);
  io::write_anndata(options.output.path, table.anndata(provenance), writing);
  console.figure("sentences", found.summary.sentences);
  console.figure("conditions", plan.conditions.size());
  table.show(console);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
