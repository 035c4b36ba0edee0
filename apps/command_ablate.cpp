#include "command_ablate.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "ablation_table.h"
#include "console.h"
#include "model_input.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/likelihood_measure.h"
#include "neurox/ablate/probe_measure.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/output.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using ablate::Condition;
using ablate::Operation;
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
    const auto list = select_neurons(options.neurons, plan.sources.back().axis);
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

std::vector<std::vector<ablate::SiteEdit>> edits_of(const Plan& plan, const AblateCommandOptions& options) {
  std::vector<std::vector<ablate::SiteEdit>> edits;
  for (const Condition& c : plan.conditions) {
    if (c.ablated.empty()) {
      edits.emplace_back();
      continue;
    }
    const RankedNeurons& source = plan.sources[c.source];
    ablate::Replacement replacement;
    replacement.operation = options.operation == "zero"   ? Operation::Zero
                            : options.operation == "mean" ? Operation::Mean
                                                          : Operation::Set;
    replacement.value = static_cast<float>(options.value);
    replacement.means = source.means;
    if (replacement.operation == Operation::Mean && !source.means.empty())
      for (const std::int64_t n : c.ablated)
        if (!std::isfinite(source.means[static_cast<std::size_t>(n)]))
          throw usage_error("ablate: the mean of {} is not known; extract its site and give --means",
                            source.axis.address(static_cast<std::size_t>(n)));
    edits.push_back(ablate::site_edits(source.axis, c.ablated, replacement));
  }
  return edits;
}

extract::PlanOptions plan_options(const io::Tree& settings, const model::ModelConfig& config) {
  // The probe saw activations of this kind: show it the same.
  extract::PlanOptions plan;
  const std::string unit = settings.value("unit", std::string("word")),
                    pooling = settings.value("pooling", std::string("mean"));
  const std::string sentence = settings.value("sentence_pooling", std::string("summary"));
  plan.unit = unit == "token"      ? extract::Unit::Token
              : unit == "sentence" ? extract::Unit::Sentence
                                   : extract::Unit::Word;
  plan.pooling = pooling == "first"  ? extract::Pooling::First
                 : pooling == "last" ? extract::Pooling::Last
                                     : extract::Pooling::Mean;
  plan.sentence_pooling = sentence == "mean"   ? extract::SentencePooling::Mean
                          : sentence == "max"  ? extract::SentencePooling::Max
                          : sentence == "last" ? extract::SentencePooling::Last
                                               : extract::SentencePooling::Summary;
  plan.over =
      settings.value("over", std::string("words")) == "pieces" ? extract::Over::Pieces : extract::Over::Words;
  plan.max_pieces = settings.value("max_pieces", static_cast<int>(config.max_positions));
  return plan;
}

/// The probe with the sites that it needs from every pass.
struct ProbeSide {
  ablate::ProbeInput input;
  std::vector<SiteColumns> sites;
};

ProbeSide probe_side(const NeuronFile& file, const io::CorpusReader& corpus) {
  ProbeSide side;
  side.input.fit = fit_of(file);
  side.input.classes = file.concepts;
  side.input.axis = file.axis;
  const std::string label = file.data.uns.at("probe").value("label", std::string());
  const auto& words = corpus.word_label_sets();
  const auto& sentences = corpus.sentence_label_sets();
  if (const auto w = std::find(words.begin(), words.end(), label); w != words.end()) {
    side.input.label_set = static_cast<std::size_t>(w - words.begin());
  } else if (const auto s = std::find(sentences.begin(), sentences.end(), label); s != sentences.end()) {
    side.input.label_set = static_cast<std::size_t>(s - sentences.begin());
    side.input.word_labels = false;
  } else {
    throw input_error("{}: no labels '{}', which {} was trained on", corpus.name(), label, file.path);
  }
  std::vector<Index> first(file.axis.sites.size(), -1);
  Index columns = 0;
  for (std::size_t i = 0; i < file.axis.size(); ++i) {
    const Neuron n = file.axis.neurons[i];
    const auto s = static_cast<std::size_t>(n.site);
    if (first[s] < 0) {
      first[s] = columns;
      columns += file.axis.sites[s].width;
      side.sites.push_back(file.axis.sites[s]);
    }
    side.input.columns.push_back(first[s] + n.index);
  }
  return side;
}

/// Gold labels of the model's own classifier: the set whose labels it knows.
ablate::GoldLabels gold_labels(const model::Model& model, io::CorpusReader& corpus,
                               const std::string& wanted) {
  ablate::GoldLabels gold;
  gold.of_words = !model.has_sequence_classifier();
  const auto& sets = gold.of_words ? corpus.word_label_sets() : corpus.sentence_label_sets();
  if (!wanted.empty()) {
    const auto it = std::find(sets.begin(), sets.end(), wanted);
    if (it == sets.end())
      throw usage_error("{}: no labels '{}'{}", corpus.name(), wanted, did_you_mean(wanted, sets));
    gold.set = static_cast<std::size_t>(it - sets.begin());
    return gold;
  }
  const std::vector<std::string> classes = model.labels();
  corpus.rewind();
  std::vector<bool> fits(sets.size(), true);
  for (int seen = 0; seen < 100; ++seen) {
    const auto sentence = corpus.next();
    if (!sentence) break;
    for (std::size_t s = 0; s < sets.size(); ++s) {
      if (!gold.of_words)
        fits[s] = fits[s] && ablate::class_of_label(classes, sentence->sentence_labels[s]) >= 0;
      else
        for (const std::string& label : sentence->word_labels[s])
          fits[s] = fits[s] && ablate::class_of_label(classes, label) >= 0;
    }
  }
  corpus.rewind();
  const auto it = std::find(fits.begin(), fits.end(), true);
  if (it != fits.end()) gold.set = static_cast<std::size_t>(it - fits.begin());
  return gold;
}

}  // namespace

void declare_ablate(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("MODEL", options.model, "Folder of the model")->required()->type_name("");
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
  if (!options.probe.empty()) writing.inputs.emplace_back(options.probe);
  io::check_output(options.output.path, writing);
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded = load_model({options.model, options.device, {}, options.common.threads});
  io::Provenance provenance = provenance_of("ablation");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);

  const Plan plan = plan_conditions(options, loaded, provenance);
  const auto edits = edits_of(plan, options);
  const auto wants = [&](const char* name) {
    return options.measures.empty() ||
           std::find(options.measures.begin(), options.measures.end(), name) != options.measures.end();
  };
  ablate::AblationOptions work;
  work.progress = &console.progress();
  work.plan = plan_options(io::Tree::object(), loaded.model.config());
  std::vector<std::unique_ptr<ablate::Measure>> measures;
  if (!options.probe.empty() && wants("probe")) {
    const NeuronFile file = read_neuron_file(options.probe, "probe");
    io::check_same_model(options.model, provenance, options.probe, file.provenance);
    ProbeSide side = probe_side(file, *corpus);
    work.plan = plan_options(file.provenance.settings.value("activations", io::Tree::object()),
                             loaded.model.config());
    work.probe_sites = side.sites;
    measures.push_back(ablate::measure_probe(std::move(side.input), edits));
  }
  if ((loaded.model.has_sequence_classifier() || loaded.model.has_token_classifier()) && wants("classifier"))
    measures.push_back(ablate::measure_classifier(
        loaded.model, gold_labels(loaded.model, *corpus, options.corpus.label_column), edits.size()));
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
