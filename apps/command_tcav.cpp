#include "command_tcav.h"

#include <algorithm>
#include <map>
#include <utility>

#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/extract/site_side.h"
#include "neurox/io/output.h"
#include "neurox/model/class_names.h"
#include "neurox/tcav/significance.h"
#include "neurox/tcav/study.h"
#include "tcav_table.h"
#include "tcav_targets.h"

namespace neurox::apps {
namespace {

/// A network has no token that sums up a text: every word counts, and a pooled layer is the same at all of
/// them. Nor does the first token sum up what is said of single words, answers and translations.
std::string place_of_concepts(const TcavCommandOptions& options, const model::Model& model) {
  if (!options.at.empty() && (options.at != "summary" || model.network() == nullptr)) return options.at;
  if (!options.at.empty())
    throw usage_error("tcav: --at summary: {} has no summary token; --at mean takes every word",
                      options.model);
  const bool summary = model.has_sequence_classifier() || (model.has_causal_lm() && !model.has_encoder());
  return model.network() != nullptr || !summary ? "mean" : "summary";
}

/// Which sentences are examples of a class: those with its gold label, or nothing for all.
std::function<bool(const io::Sentence&, std::size_t)> examples_of(const TcavCommandOptions& options,
                                                                  const model::Model& model,
                                                                  io::CorpusReader& corpus,
                                                                  const TcavTargets& targets) {
  if (options.examples == "all") return {};
  if (targets.classes.empty()) throw usage_error("tcav: --examples gold goes with classes of texts");
  const ablate::GoldLabels gold = ablate::find_gold_labels(model, corpus, options.corpus.label_column);
  if (!gold.set)
    throw usage_error("tcav: {}: no labels that name the model's classes; say which with --label-column",
                      corpus.name());
  return [set = *gold.set, classes = targets.classes, names = model.labels()](const io::Sentence& s,
                                                                              std::size_t target) {
    return model::class_of_label(names, s.sentence_labels[set]) == classes[target].index;
  };
}

std::vector<double> corrected(const std::vector<tcav::Result>& results, const std::string& how) {
  std::vector<double> p;
  for (const tcav::Result& r : results) p.push_back(r.p);
  return how == "holm" ? tcav::holm(p) : how == "bh" ? tcav::benjamini_hochberg(p) : p;
}

io::Tree settings_of(const TcavCommandOptions& o, const std::string& at, const extract::PlanOptions& plan) {
  return {{"at", at},
          {"scale", o.scale},
          {"examples", o.examples},
          {"direction", o.direction},
          {"standardised", !o.raw},
          {"unit_length", !o.any_length},
          {"C", o.C},
          {"held_out", o.held_out},
          {"minimum", o.concepts.minimum},
          {"most", o.concepts.most},
          {"pool", o.concepts.pool},
          {"test", o.test},
          {"correction", o.correction},
          {"max_pieces", plan.max_pieces}};
}

/// Of the neurons at `sites` side by side those that --neurons names (none without it); sites where it names
/// none are left out.
std::vector<bool> used_neurons(const TcavCommandOptions& options, const std::vector<SiteColumns>& available,
                               std::vector<SiteColumns>& sites) {
  if (options.neurons.empty()) return {};
  const NeuronAxis all = all_neurons(available);
  std::map<std::string, std::vector<bool>> of_site;
  for (const std::int64_t i : chosen_neurons(options.neurons, all)) {
    const auto n = static_cast<std::size_t>(i);
    std::vector<bool>& used = of_site[all.site(n)];
    used.resize(static_cast<std::size_t>(all.sites[static_cast<std::size_t>(all.neurons[n].site)].width),
                false);
    used[static_cast<std::size_t>(all.neurons[n].index)] = true;
  }
  std::erase_if(sites, [&](const SiteColumns& c) { return !of_site.contains(c.site); });
  if (sites.empty())
    throw usage_error("--neurons {}: none of them lies at --sites {}", options.neurons,
                      options.sites.empty() ? "resid_post" : options.sites);
  std::vector<bool> out;
  for (const SiteColumns& c : sites) out.insert(out.end(), of_site[c.site].begin(), of_site[c.site].end());
  return out;
}

void declare_concepts(CLI::App& app, ConceptArguments& options) {
  app.add_option("--concept", options.concepts,
                 "A concept: NAME=FILE of texts, NAME=contexts:RANKING[,NEURONS], texts that neurons stand "
                 "for (rank --method "
                 "top-sentences), or NAME=label:SET=VALUE, words of --labelled; several may be given")
      ->required()
      ->type_name("NAME=WHAT")
      ->allow_extra_args(false);
  app.add_option("--random", options.random, "Texts that are no concept: at least 3 files, one run each")
      ->type_name("FILE");
  app.add_option("--random-from", options.random_from, "Texts that are no concept, to draw random sets from")
      ->type_name("FILE");
  app.add_option("--labelled", options.labelled, "Annotated corpus of concepts that are labels")
      ->type_name("FILE");
  app.add_option("--labels", options.label_files, "Label file of --labelled; may be given again")
      ->type_name("FILE")
      ->allow_extra_args(false);
  app.add_option("--against", options.against,
                 "Also relative vectors: each concept against this one, or against all `others`")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--runs", options.runs, "Vectors per concept (default: one per --random file, else 20)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  app.add_option("--minimum", options.minimum, "Fewest examples of a concept or random set")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--most", options.most, "Most examples of a set; larger ones are sampled")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--pool", options.pool, "Most examples that random sets are drawn from")
      ->check(CLI::Range(4, 10000000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--concept-format", options.format,
                 "Read the files of concepts as this, whatever their names say")
      ->check(CLI::IsMember({"text", "conllu", "word", "csv", "tsv"}))
      ->type_name("NAME");
  app.add_option("--concept-column", options.text_column, "Column of these files that holds the text")
      ->type_name("NAME");
  app.add_option("--concept-pair-column", options.pair_column,
                 "Column of these files that holds the second text, of models that take two")
      ->type_name("NAME");
  app.add_option("--drop-word", options.dropped_words,
                 "Word that is taken out of these files, e.g. a filler `pad`")
      ->type_name("WORD")
      ->allow_extra_args(false);
}

}  // namespace

void declare_tcav(CLI::App& app, TcavCommandOptions& options) {
  app.add_option("MODEL", options.model, "Folder of the model, with a head, or a TorchScript file")
      ->required()
      ->type_name("");
  declare_corpus(app, options.corpus);
  declare_output(app, options.output, "Table of scores to write (.h5ad)");
  declare_concepts(app, options.concepts);
  app.add_option(
         "--sites", options.sites,
         "Where concepts are looked for, e.g. resid_post (default; all where a model has none), mlp_post@2-5")
      ->type_name("PATTERN");
  app.add_option("--neurons", options.neurons,
                 "Of these sites the neurons that vectors may use, e.g. mlp_post@3:0-99 or clusters.h5ad:5")
      ->type_name("PATTERN");
  app.add_option("--target", options.targets,
                 "What is explained: classes (default: all); of other models what attribute --target takes: "
                 "next, next=TEXT, start, end, a class of a word, a neuron")
      ->delimiter(',')
      ->type_name("TARGET");
  app.add_option("--word", options.word,
                 "Which word's class, or neuron, from 0 (default: the last; neurons of models that look both "
                 "ways: the first token)")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  app.add_option("--scale", options.scale, "What of the class: logit, log-probability, probability")
      ->check(CLI::IsMember({"logit", "log-probability", "probability"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--at", options.at,
                 "summary (the token a classifier reads), mean (of a text) or word (default: summary of "
                 "classifiers of texts and language models, else mean)")
      ->check(CLI::IsMember({"summary", "mean", "word"}))
      ->type_name("WHERE");
  app.add_option("--examples", options.examples,
                 "Sentences of CORPUS that count: all, or gold (those of the class)")
      ->check(CLI::IsMember({"all", "gold"}))
      ->capture_default_str()
      ->type_name("WHICH");
  app.add_option("--direction", options.direction, "logistic, or difference (of means)")
      ->check(CLI::IsMember({"logistic", "difference"}))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--C", options.C, "Weight of the examples against the penalty, as scikit-learn has it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_flag("--raw", options.raw, "Do not standardise activations; with --C 1: scikit-learn's vectors");
  app.add_flag("--any-length", options.any_length, "Do not bring vectors to length 1");
  app.add_option("--held-out", options.held_out, "Share of examples that test the vectors")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("X");
  app.add_option("--test", options.test, "Test of scores against random ones: welch or student")
      ->check(CLI::IsMember({"welch", "student"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--correction", options.correction,
                 "Of p over all rows: holm, bh (Benjamini-Hochberg) or none")
      ->check(CLI::IsMember({"holm", "bh", "none"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--directions", options.directions,
                 "Also write the concept vectors, as a ranking of neurons (.h5ad)")
      ->type_name("FILE");
  declare_seed(app, options.seed);
  declare_device(app, options.device);
  declare_memory(app, options.memory);
  declare_common(app, options.common);
  app.footer(
      "Trains concept vectors and tells for how many sentences a class grows along them (Kim et al. 2018), "
      "with "
      "random vectors as control.");
}

void run_tcav(const TcavCommandOptions& options) {
  Console console(options.common);
  io::WriteOptions writing{options.output.force, {options.model}};
  if (options.corpus.path != "-") writing.inputs.emplace_back(options.corpus.path);
  for (const std::string& path : files_of(options.concepts)) writing.inputs.emplace_back(path);
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);
  if (!options.directions.empty()) {
    if (options.directions == options.output.path)
      throw usage_error("tcav: --directions and --output are one file, {}", options.output.path);
    io::check_output(options.directions, writing);
  }
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded =
      load_model({options.model, options.device, {}, options.common.threads, options.corpus.languages});
  const TcavTargets targets = tcav_targets(options, loaded.model, loaded.tokenizer, *corpus);
  const auto belongs = examples_of(options, loaded.model, *corpus, targets);
  io::Provenance provenance = provenance_of("tcav");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);

  TcavFindings findings;
  const std::vector<SiteColumns> available = loaded.model.sites();
  const std::string sites = options.sites.empty() && loaded.model.has_encoder()
                                ? "encoder_resid_post"
                                : pattern_or_usual(options.sites, available);
  for (const std::size_t s : select_sites(sites, available)) findings.sites.push_back(available[s]);
  const std::vector<bool> used = used_neurons(options, available, findings.sites);
  const std::string at = place_of_concepts(options, loaded.model);
  tcav::CorpusOptions scoring;
  scoring.plan = tcav::plan_at(tcav::at_names.at(at), static_cast<int>(loaded.model.config().max_positions));
  scoring.plan.side = extract::side_of_sites(findings.sites);
  scoring.sensitivities = {findings.sites, targets.classes, options.memory};
  scoring.explain = targets.explain;
  scoring.explained = targets.names.size();
  scoring.belongs = belongs;
  scoring.progress = &console.progress();
  findings.classes = targets.names;

  ConceptArguments concepts = options.concepts;
  concepts.seed = options.seed;
  const TcavPlan plan = plan_tcav(concepts, loaded.tokenizer, scoring.plan, provenance);
  findings.comparisons = plan.design->comparisons();
  MatrixF activations = plan.examples->activations(loaded.model, findings.sites);
  // What does not vary has weight 0 in every vector.
  for (std::size_t j = 0; j < used.size(); ++j)
    if (!used[j]) activations.col(static_cast<Index>(j)).setZero();
  const std::vector<std::int64_t> groups = plan.examples->groups();
  tcav::VectorOptions vectors;
  vectors.direction =
      options.direction == "difference" ? tcav::Direction::Difference : tcav::Direction::Logistic;
  vectors.standardise = !options.raw;
  vectors.C = options.C;
  vectors.unit = !options.any_length;
  console.progress().stage("vectors", static_cast<std::int64_t>(findings.sites.size()), "sites");
  Index column = 0;
  for (const SiteColumns& site : findings.sites) {
    findings.vectors.push_back(tcav::fit_vectors(activations.middleCols(column, site.width),
                                                 plan.design->tasks(), groups, options.held_out, vectors));
    column += site.width;
    console.progress().advance_to(static_cast<std::int64_t>(findings.vectors.size()));
  }
  findings.scores =
      score_corpus(loaded.model, loaded.tokenizer, *corpus, findings.vectors, findings.comparisons, scoring);
  findings.results = results_of(findings.comparisons, findings.vectors, findings.scores,
                                {options.test == "student" ? tcav::Test::Student : tcav::Test::Welch});
  for (const tcav::Result& r : findings.results)
    if (r.examples == 0)
      throw input_error(
          "{}: no sentence is an example of class '{}'; leave it out of --target, or take all with "
          "--examples all",
          corpus->name(), findings.classes[r.target]);
  findings.correction = options.correction;
  findings.corrected = corrected(findings.results, options.correction);

  add_corpus(provenance, *corpus);
  provenance.settings = settings_of(options, at, scoring.plan);
  if (!options.neurons.empty()) provenance.settings["neurons"] = options.neurons;
  if (!of_neurons.empty()) provenance.add_input(of_neurons);
  io::write_anndata(options.output.path, tcav_file(findings, provenance), writing);
  if (!options.directions.empty())
    io::write_anndata(options.directions, directions_file(findings, provenance), writing);
  console.figure("sentences", findings.scores.texts.size());
  console.figure("concept examples", plan.examples->size());
  console.figure("vectors per site", plan.design->tasks().size());
  show(findings, console);
  console.figure("output", options.output.path);
  if (!options.directions.empty()) console.figure("directions", options.directions);
  console.finish();
}

}  // namespace neurox::apps
