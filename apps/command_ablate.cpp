#include "command_ablate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "ablate_each.h"
#include "ablate_operations.h"
#include "ablate_writing.h"
#include "ablation_table.h"
#include "concept_options.h"
#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neuron_texts.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/divergence_measure.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/pairs_measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/extract/site_side.h"
#include "neurox/io/output.h"
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

/// Whether conditions are single neurons.
bool one_by_one(const AblateCommandOptions& options) {
  return options.each || options.greedy > 0;
}

void check_search(const AblateCommandOptions& options) {
  if (options.as_ranking && !options.each) throw usage_error("ablate: --as-ranking is for --each");
  if (options.as_ranking && options.greedy > 0)
    throw usage_error("ablate: --as-ranking and --greedy write two kinds of file; give one");
  if (!options.effect.empty() && !options.as_ranking && options.greedy == 0)
    throw usage_error("ablate: --effect is for --as-ranking and --greedy");
  if (one_by_one(options) && options.operations.size() > 1 && (options.as_ranking || options.greedy > 0))
    throw usage_error("ablate: --as-ranking and --greedy take one --operation");
  if (options.as_ranking && options.rankings.size() + (options.neurons.empty() ? 0 : 1) > 1)
    throw usage_error("ablate: --as-ranking takes the neurons of one ranking or list");
}

/// The neurons of the rankings and lists, and the sets of them that are ablated.
struct Plan {
  std::vector<RankedNeurons> sources;
  std::vector<Condition> conditions;  ///< the intact model first
};

Plan plan_conditions(const AblateCommandOptions& options, const LoadedModel& loaded,
                     const io::Provenance& of_model) {
  Plan plan;
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
  if (plan.conditions.size() == 1)
    throw usage_error(
        "ablate: nothing to ablate; give --ranking with --top, --bottom or --random, or --neurons");
  plan.conditions = ablate::under_each(plan.conditions, operations_of(options));
  return plan;
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
        "ablate: nothing to measure: {} has no classifier and no causal language model; give --probe",
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
  declare_operations(app, options);
  app.add_option("--probe", options.probe, "Probe whose accuracy is measured")->type_name("FILE");
  app.add_option("--measure", options.measures,
                 "probe, classifier, likelihood (default: all of these that there are), kl, pairs")
      ->delimiter(',')
      ->check(CLI::IsMember({"probe", "classifier", "likelihood", "kl", "pairs"}))
      ->type_name("WHAT");
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
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded = load_model({options.model, options.device, {}, options.common.threads});
  io::Provenance provenance = provenance_of("ablation");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);

  Plan plan = plan_conditions(options, loaded, provenance);
  const auto edits = ablate::edits_of(plan.conditions, plan.sources);
  if (options.generate > 0) {
    run_writing({options, loaded, *corpus, plan.conditions, edits}, provenance, writing, console);
    return;
  }
  refuse_writing_options(options);
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
