#include "command_probe.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/anndata.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/neuron_table.h"
#include "neurox/probe/split.h"
#include "neurox/probe/study.h"
#include "probe_description.h"
#include "probe_file.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// Activations with their labels, restricted to the rows and neurons in use.
struct Tokens {
  io::LabelledRows labels;
  std::unique_ptr<RowSource> X;
  LabelledTokens view() const { return {*X, labels.y, labels.words, labels.sentences}; }
};

Tokens tokens_of(const io::ActivationReader& file, io::LabelledRows labels,
                 const std::vector<std::int64_t>& columns) {
  auto X = file.select_rows(labels.rows, columns);
  return {std::move(labels), std::move(X)};
}

/// Columns of each site that has any, in the order of the axis; neurons of a site lie side by side.
std::vector<ColumnRange> ranges_of(const NeuronAxis& axis) {
  std::vector<ColumnRange> ranges;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    if (i == 0 || axis.neurons[i].site != axis.neurons[i - 1].site) {
      ranges.push_back({static_cast<Index>(i), 0});
    }
    ++ranges.back().width;
  }
  return ranges;
}

StudyOptions study_options(const ProbeCommandOptions& options, Progress& progress) {
  StudyOptions study;
  study.fit.l1_ratio = options.l1_ratio;
  study.fit.standardise = !options.raw;
  study.fit.tolerance = options.tolerance;
  study.fit.max_iterations = options.max_iterations;
  study.fit.memory_bytes = options.memory;
  study.fit.progress = &progress;
  study.lambdas = options.path ? std::vector<double>{} : options.lambdas;
  study.whole_path = options.path;
  study.control = !options.no_control;
  study.control_distribution =
      options.control == "uniform" ? ControlDistribution::Uniform : ControlDistribution::Training;
  study.seed = options.seed;
  return study;
}

void show(Console& console, const Study& study, const Tree& sites, const io::LabelledRows& labels) {
  console.figure("train tokens", study.train.tokens);
  console.figure("eval tokens", study.eval.tokens);
  console.figure("accuracy", study.eval.accuracy);
  console.figure("macro F1", study.eval.macro_f1);
  console.figure("majority class", study.majority);
  console.figure("tag lookup per word", study.lookup);
  if (study.control_accuracy) {
    console.figure("control task", *study.control_accuracy);
    console.figure("selectivity", study.eval.accuracy - *study.control_accuracy);
  }
  console.figure("lambda", study.lambda);
  console.figure("objective", study.fit.objective);
  console.figure("optimality residual", study.fit.residual);
  console.figure("dead neurons", study.fit.dead.size());
  std::vector<std::vector<Tree>> rows;
  for (std::size_t i = 0; i < sites["site"].size(); ++i) {
    std::vector<Tree> row;
    for (const char* name : {"site", "neurons", "accuracy", "macro_f1", "control_accuracy", "selectivity"}) {
      const Tree& value = sites[name][i];
      row.push_back(value.is_number_float() && std::isnan(value.get<double>()) ? Tree() : value);
    }
    rows.push_back(std::move(row));
  }
  console.table("sites", {"site", "neurons", "accuracy", "macro F1", "control", "selectivity"}, rows);
  rows.clear();
  for (std::size_t c = 0; c < labels.classes.size(); ++c) {
    const ClassScores& s = study.eval.classes[c];
    rows.push_back(
        {labels.classes[c], s.support, s.precision, std::isnan(s.recall) ? Tree() : Tree(s.recall), s.f1});
  }
  console.table("per_class", {"class", "tokens", "precision", "recall", "F1"}, rows);
}

}  // namespace

void declare_probe(CLI::App& app, ProbeCommandOptions& options) {
  app.add_option("ACTIVATIONS", options.activations, "Activations to train on, as extract writes them")
      ->required()
      ->type_name("");
  declare_concept(app, options.topic, NumericLabels::Refused);
  declare_output(app, options.output, "Probe to write (.h5ad)");
  app.add_option("--eval", options.eval,
                 "Activations to evaluate on (default: sentences held out of the training file)")
      ->type_name("FILE");
  app.add_option("--eval-labels", options.eval_labels,
                 "Label file for the activations of --eval; may be given again")
      ->allow_extra_args(false)
      ->group("Concept")
      ->type_name("FILE");
  app.add_option("--held-out", options.held_out, "Share of the tokens to hold out when there is no --eval")
      ->check(CLI::Range(0.01, 0.9))
      ->capture_default_str()
      ->type_name("SHARE");
  app.add_option("--neurons", options.neurons,
                 "Use these neurons alone, e.g. resid_post@-1 or mlp_post@3:0-99")
      ->type_name("PATTERN");
  app.add_option("--lambda", options.lambdas,
                 "Strength of the penalty; of several the best on held-out sentences is taken")
      ->delimiter(',')
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_flag("--path", options.path,
               "Try penalties from the one that silences every neuron down, and take the best");
  app.add_option("--l1-ratio", options.l1_ratio, "Share of the penalty that is L1; the rest is L2")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--tolerance", options.tolerance, "Train until the optimality residual is below this")
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--max-iterations", options.max_iterations, "Stop after this many in any case")
      ->capture_default_str()
      ->type_name("N");
  app.add_flag("--raw", options.raw, "Do not standardise the neurons");
  app.add_flag("--no-control", options.no_control, "Leave out the control task");
  app.add_option("--control", options.control,
                 "Labels of the control task are drawn from: training (their distribution) or uniform")
      ->check(CLI::IsMember({"training", "uniform"}))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_flag("--no-sites", options.no_sites, "Leave out the probes of single sites");
  app.add_flag("--description-length", options.description_length,
               "Also the bits in which the labels can be sent, site by site (online code)");
  declare_seed(app, options.seed);
  declare_memory(app, options.memory);
  declare_common(app, options.common);
  app.footer(
      "Trains a linear probe to convergence on all neurons and on each site, with baselines and a control "
      "task beside it.");
}

void run_probe(const ProbeCommandOptions& options) {
  Console console(options.common);
  use_threads(options.common.threads);
  io::WriteOptions writing{options.output.force, {options.activations}};
  if (!options.eval.empty()) writing.inputs.emplace_back(options.eval);
  for (const auto* files : {&options.topic.label_files, &options.eval_labels})
    writing.inputs.insert(writing.inputs.end(), files->begin(), files->end());
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);

  if (!options.eval_labels.empty() && options.eval.empty())
    throw usage_error("--eval-labels without --eval: held-out sentences have the labels of --labels");
  const auto train_file = io::ActivationReader::open(options.activations);
  const auto eval_file = options.eval.empty() ? train_file : io::ActivationReader::open(options.eval);
  if (const std::string differs = difference(eval_file->neurons(), train_file->neurons()); !differs.empty())
    throw input_error("{} and {} differ in their neurons: {}", options.eval, options.activations, differs);
  io::check_same_model(options.activations, train_file->provenance(), options.eval, eval_file->provenance());

  const std::vector<std::int64_t> columns =
      chosen_neurons(options.neurons.empty() ? "all" : options.neurons, train_file->neurons());
  const NeuronAxis axis = select(train_file->neurons(), columns);
  io::StringIds words;
  const ConceptRows all_rows =
      concept_rows(*train_file, options.topic, NumericLabels::Refused, options.seed, words);
  io::LabelledRows train_rows = all_rows.labelled, eval_rows;
  if (options.eval.empty()) {
    const Split split = split_by_sentence(all_rows.sentences(), options.held_out, options.seed);
    eval_rows = io::take(all_rows.labelled, {split.held_out.begin(), split.held_out.end()});
    train_rows = io::take(all_rows.labelled, {split.train.begin(), split.train.end()});
  } else {
    eval_rows = concept_rows_like(all_rows, *eval_file, options.topic, options.eval_labels, words).labelled;
  }
  const Tokens train = tokens_of(*train_file, std::move(train_rows), columns);
  const Tokens eval = tokens_of(*eval_file, std::move(eval_rows), columns);
  io::check_finite(*train_file->columns(columns), axis, options.activations);
  if (!options.eval.empty()) io::check_finite(*eval_file->columns(columns), axis, options.eval);

  StudyOptions study_settings = study_options(options, console.progress());
  if (!options.no_sites) study_settings.sites = ranges_of(axis);
  const Study study = study_probe(train.view(), eval.view(), study_settings);
  const Tree sites = site_figures(study, axis);
  std::vector<SiteDescription> descriptions;
  if (options.description_length) {
    DescriptionLengthOptions code;
    code.fit.num_classes = static_cast<int>(train.labels.classes.size());
    code.fit.standardise = !options.raw;
    code.fit.max_iterations = options.max_iterations;
    code.fit.memory_bytes = options.memory;
    code.seed = options.seed;
    descriptions = describe_sites(*train.X, train.labels.y, axis, ranges_of(axis), code, console.progress());
  }

  io::Provenance provenance = provenance_of("probe");
  provenance.seed = options.seed;
  const io::Provenance& from = train_file->provenance();
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  provenance.add_input(options.activations);
  if (!options.eval.empty()) provenance.add_input(options.eval);
  for (const auto* files : {&options.topic.label_files, &options.eval_labels})
    for (const std::string& file : *files) provenance.add_input(file);
  if (!of_neurons.empty()) provenance.add_input(of_neurons);
  provenance.settings = {{"activations", from.settings},
                         {"concept", concept_settings(all_rows, options.topic)}};
  const ProbeRecord record{study,
                           train.labels,
                           axis,
                           {.l1_ratio = options.l1_ratio,
                            .tolerance = options.tolerance,
                            .standardised = !options.raw,
                            .control = options.control,
                            .seed = options.seed}};
  io::AnnData out = probe_file(record, provenance);
  out.obs = io::neurons_with_statistics(*train_file, axis, columns);
  if (!descriptions.empty()) {
    out.uns["description_length"] = description_figures(descriptions);
    out.uns["coded_blocks"] = block_figures(descriptions);
  }
  io::write_anndata(options.output.path, out, writing);

  show_concept(console, all_rows, options.topic);
  show(console, study, sites, train.labels);
  if (!descriptions.empty()) show_descriptions(console, descriptions);
  console.figure("output", options.output.path);
  if (!study.fit.converged)
    console.warn(fmt::format(
        "the probe stopped after {} iterations at residual {:.2e}; raise --max-iterations or the penalty",
        study.fit.iterations, study.fit.residual));
  console.finish();
}

}  // namespace neurox::apps
