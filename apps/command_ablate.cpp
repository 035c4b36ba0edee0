#include "command_ablate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "ablation_table.h"
#include "concept_options.h"
#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/output.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using ablate::Condition;
using ablate::Operation;
using ablate::RankedNeurons;

const std::map<std::string, Operation> operations{
    {"zero", Operation::Zero}, {"mean", Operation::Mean}, {"set", Operation::Set}};

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
  if (means.empty()) return out;
  const auto file = io::ActivationReader::open(means);
  const std::vector<double> values = file->var().numbers("mean", means);
  std::map<std::pair<std::string, std::int32_t>, double> by_address;
  for (std::size_t i = 0; i < values.size(); ++i)
    by_address.emplace(std::pair{file->neurons().site(i), file->neurons().neurons[i].index}, values[i]);
  out.means.assign(out.axis.size(), std::nan(""));
  for (std::size_t i = 0; i < out.axis.size(); ++i)
    if (const auto it = by_address.find({out.axis.site(i), out.axis.neurons[i].index});
        it != by_address.end())
      out.means[i] = it->second;
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
    for (Condition& c : ablate::conditions_of(plan.sources.back(), plan.sources.size() - 1, sets))
      plan.conditions.push_back(std::move(c));
    // Single neurons of a ranking: those that its first amount takes.
    if (options.each && options.neurons.empty()) {
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
    if (options.each)
      for (Condition& c : ablate::conditions_one_by_one(plan.sources.back(), plan.sources.size() - 1, list))
        plan.conditions.push_back(std::move(c));
    else
      plan.conditions.push_back(
          ablate::condition_of_list(plan.sources.back(), plan.sources.size() - 1, list, options.keep));
  }
  if (plan.conditions.size() == 1)
    throw usage_error(
        "ablate: nothing to ablate; give --ranking with --top, --bottom or --random, or --neurons");
  return plan;
}

}  // namespace

void declare_ablate(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("MODEL", options.model, "Folder of the model, or a TorchScript file")
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
  app.add_option("--operation", options.operation, "Replace by zero, by the neuron's mean, or set to --value")
      ->check(CLI::IsMember({"zero", "mean", "set"}))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--value", options.value, "The value of --operation set")
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--means", options.means, "Activations whose means --operation mean takes for --neurons")
      ->type_name("FILE");
  app.add_option("--probe", options.probe, "Probe whose accuracy is measured")->type_name("FILE");
  app.add_option("--measure", options.measures, "probe, classifier, likelihood (default: all that there are)")
      ->delimiter(',')
      ->check(CLI::IsMember({"probe", "classifier", "likelihood"}))
      ->type_name("WHAT");
  declare_seed(app, options.seed);
  declare_device(app, options.device);
  declare_common(app, options.common);
  app.footer(
      "Silences neurons in the running model and measures what is lost: a probe's accuracy, the model's own "
      "task, its likelihood.");
}

void run_ablate(const AblateCommandOptions& options) {
  Console console(options.common);
  io::WriteOptions writing{options.output.force, {options.model}};
  if (options.corpus.path != "-") writing.inputs.emplace_back(options.corpus.path);
  for (const std::string& path : options.rankings) writing.inputs.emplace_back(path);
  for (const std::string& path : options.corpus.label_files) writing.inputs.emplace_back(path);
  if (!options.probe.empty()) writing.inputs.emplace_back(options.probe);
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded = load_model({options.model, options.device, {}, options.common.threads});
  io::Provenance provenance = provenance_of("ablation");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);

  const Plan plan = plan_conditions(options, loaded, provenance);
  const auto edits = ablate::edits_of(plan.conditions, plan.sources, operations.at(options.operation),
                                      static_cast<float>(options.value));
  const auto wants = [&](const char* name) {
    return options.measures.empty() ||
           std::find(options.measures.begin(), options.measures.end(), name) != options.measures.end();
  };
  ablate::AblationOptions work;
  work.progress = &console.progress();
  const auto most_pieces = static_cast<int>(loaded.model.config().max_positions);
  work.plan = extract::plan_of_settings(io::Tree::object(), most_pieces);
  std::vector<std::unique_ptr<ablate::Measure>> measures;
  if (!options.probe.empty() && wants("probe")) {
    const NeuronFile file = read_neuron_file(options.probe, "probe");
    io::check_same_model(options.model, provenance, options.probe, file.provenance);
    // The probe saw activations of some kind: show it the same.
    work.plan = extract::plan_of_settings(file.provenance.settings.value("activations", io::Tree::object()),
                                          most_pieces);
    work.probe_sites = ablate::sites_in_use(file.axis);
    measures.push_back(ablate::measure_probe(probe_input(file, *corpus), edits));
  }
  if ((loaded.model.has_sequence_classifier() || loaded.model.has_token_classifier()) && wants("classifier"))
    measures.push_back(ablate::measure_classifier(
        loaded.model, ablate::find_gold_labels(loaded.model, *corpus, options.corpus.label_column),
        edits.size()));
  if (loaded.model.has_causal_lm() && wants("likelihood"))
    measures.push_back(ablate::measure_likelihood(loaded.model, edits.size()));
  if (measures.empty())
    throw usage_error(
        "ablate: nothing to measure: {} has no classifier and no causal language model; give --probe",
        options.model);

  const ablate::AblationSummary summary =
      ablate::run_ablation(loaded.model, loaded.tokenizer, *corpus, edits, measures, work);

  add_corpus(provenance, *corpus);
  for (const std::string& path : options.rankings) provenance.add_input(path);
  if (!options.probe.empty()) provenance.add_input(options.probe);
  if (!of_neurons.empty()) provenance.add_input(of_neurons);
  provenance.settings = {{"operation", options.operation},  {"value", options.value},
                         {"concept", options.concept_name}, {"keep", options.keep},
                         {"random", options.random},        {"match_sites", options.match_sites}};
  const AblationTable table(plan.conditions, measures, options.operation);
  io::write_anndata(options.output.path, table.anndata(provenance), writing);
  console.figure("sentences", summary.sentences);
  console.figure("conditions", plan.conditions.size());
  table.show(console);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
