#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <optional>
#include <span>

#include "command_rank.h"
#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/neuron_table.h"
#include "neurox/rank/choose.h"
#include "neurox/rank/correlated_groups.h"
#include "neurox/rank/methods.h"
#include "rank_margins.h"
#include "rank_tables.h"
#include "ranked_activations.h"
#include "ranking_file.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<const RankMethod*> methods_of(const RankCommandOptions& options, const std::string& kind) {
  if (!kind.empty() && kind != "activations")
    throw input_error(
        "{}: is a file of kind '{}', not a probe or activations; `neurox probe` or `neurox extract` makes "
        "one",
        options.input, kind);
  if (options.topic.label.empty() || options.methods.empty())
    throw usage_error("{} holds activations: say --label NAME and --method NAME, or give a probe",
                      options.input);
  std::vector<const RankMethod*> methods;
  if (options.methods.size() == 1 && options.methods.front() == "all") {
    for (const RankMethod& method : rank_methods())
      if (method.is(options.topic.numeric ? kTakesNumbers : kTakesClasses)) methods.push_back(&method);
    return methods;
  }
  for (const std::string& name : options.methods) methods.push_back(&rank_method(name));
  return methods;
}

void check_methods_take(const std::vector<const RankMethod*>& methods, const ConceptRows& rows) {
  for (const RankMethod* method : methods) {
    if (method->is(rows.numeric ? kTakesNumbers : kTakesClasses)) continue;
    std::vector<std::string_view> others;
    for (const RankMethod& other : rank_methods())
      if (other.is(rows.numeric ? kTakesNumbers : kTakesClasses)) others.push_back(other.name);
    throw usage_error("--method {} takes no {}, but '{}' holds them; these do: {}", method->name,
                      rows.numeric ? "numbers" : "classes", rows.label(), fmt::join(others, ", "));
  }
}

Labelling labelling_of(const ConceptRows& rows) {
  Labelling labelling;
  if (rows.numeric)
    labelling.numbers = rows.numbered.numbers;
  else
    labelling.y = rows.labelled.y;
  return labelling;
}

std::vector<std::int32_t> word_groups(const ConceptRows& rows) {
  return {rows.words().begin(), rows.words().end()};
}

Tree settings_of(const RankCommandOptions& options, const RankMethod& method, bool standardised) {
  Tree t{{"method", method.name}, {"label", options.topic.label}, {"larger_is_more_important", true}};
  if (method.is(kHasUnit)) t["standardised"] = standardised;
  if (method.name == "iou-quantile") t["quantile"] = options.settings.quantile;
  if (method.name == "iou-threshold") t["threshold"] = options.settings.threshold;
  if (method.name.starts_with("mutual-information")) {
    if (method.name.ends_with("nearest"))
      t["neighbours"] = options.settings.neighbours;
    else
      t["bins"] = options.settings.bins;
  }
  if (method.name == "forest") t["trees"] = options.settings.trees;
  if (method.is(kSearchesSets)) t["count"] = options.settings.count;
  if (method.name.starts_with("gaussian") && method.is(kSearchesSets)) {
    t["prior"] = options.prior;
    if (options.settings.first_pair) t["first_pair"] = true;
  }
  if (method.name == "genetic") {
    t["prior"] = options.prior;
    t["population"] = options.settings.population;
    t["generations"] = options.settings.generations;
    t["mutation"] = options.settings.mutation;
  }
  if (options.prior == "shrunk" && t.contains("prior")) t["kappa"] = options.settings.kappa;
  if (options.belief.permutations > 0) {
    t["permutations"] = options.belief.permutations;
    t["shuffle"] = options.shuffle;
    t["rate"] = options.rate;
  }
  if (options.belief.bootstraps > 0) {
    t["bootstraps"] = options.belief.bootstraps;
    t["confidence"] = options.belief.confidence;
  }
  if (options.belief.halves > 0) t["halves"] = options.belief.halves;
  if (options.held_out > 0) t["held_out"] = options.held_out;
  if (options.merge_correlated > 0) t["merged_at_correlation"] = options.merge_correlated;
  return t;
}

Index overall_of(const NeuronScores& scores) {
  return scores.scores.cols() - 1;
}

void add_precision(io::AnnData& file, const HeldOutPrecision& found) {
  file.layers.emplace_back("held_out_precision", found.precision.cast<float>());
  file.layers.emplace_back("held_out_recall", found.recall.cast<float>());
  file.uns["held_out_share"] = found.share;
}

constexpr std::size_t kMostCorrelated = 8192;

/// @throws Error{Usage} where the correlations of all neurons do not fit
void check_merging(const RankCommandOptions& options, std::size_t neurons) {
  if (options.merge_correlated > 0 && neurons > kMostCorrelated)
    throw usage_error(
        "--merge-correlated: {} neurons, whose correlations would be {} numbers; choose at most "
        "{} with --neurons",
        neurons, neurons * neurons, kMostCorrelated);
}

/// @throws Error{Usage} where a search or the sets take more neurons than there are
void check_count(const RankCommandOptions& options, std::span<const RankMethod* const> methods,
                 Index neurons) {
  for (const RankMethod* method : methods)
    if (options.count_given && method->is(kSearchesSets) && options.settings.count > neurons)
      throw usage_error("--count {}: {} chooses among {} neurons; give {} or fewer", options.settings.count,
                        method->name, neurons, neurons);
  for (const Index size : options.sets.sizes)
    if (size > neurons)
      throw usage_error("--sets {}: there are {} neurons; give {} or fewer", size, neurons, neurons);
}

/// What never varies tells nothing apart: it is ranked last, and said.
void warn_of_constants(Console& console, const io::Table& neurons, const NeuronAxis& axis) {
  if (neurons.find("min") == nullptr || neurons.find("max") == nullptr) return;
  const auto low = neurons.numbers("min", "var"), high = neurons.numbers("max", "var");
  std::vector<std::string> constant;
  for (std::size_t i = 0; i < axis.size(); ++i)
    if (low[i] == high[i]) constant.push_back(axis.address(i));
  if (!constant.empty())
    console.warn(fmt::format("{} of {} neurons are constant and tell nothing apart (the first: {})",
                             constant.size(), axis.size(), constant.front()));
}

}  // namespace

void rank_activations(const RankCommandOptions& options) {
  Console console(options.common);
  use_threads(options.common.threads);
  check_sets_options(options.sets);
  io::WriteOptions writing{options.output.force, {options.input}};
  for (const auto* files : {&options.topic.label_files, &options.sets.eval_labels})
    writing.inputs.insert(writing.inputs.end(), files->begin(), files->end());
  for (const std::string& other :
       {options.sets.eval, options.sets.random_model, file_of_choice(options.neurons)})
    if (!other.empty()) writing.inputs.emplace_back(other);

  const auto file = io::ActivationReader::open(options.input);
  const std::vector<const RankMethod*> methods = methods_of(options, file->provenance().kind);
  std::vector<std::string> names;
  for (const RankMethod* method : methods) names.emplace_back(method->name);
  const std::vector<std::string> outputs = ranking_targets(options.output.path, names);
  for (const std::string& path : outputs) io::check_output(path, writing);
  // The hash of a large file takes as long as a pass over it: on a thread of its own.
  auto inputs = std::async(std::launch::async, [&] {
    io::Provenance provenance;
    for (const auto& input : writing.inputs) provenance.add_input(input);
    return provenance.inputs;
  });

  io::StringIds words;
  ConceptRows chosen = concept_rows(*file, options.topic, NumericLabels::Taken, options.seed, words);
  std::optional<SetsInput> sets;
  if (options.sets.wanted()) {
    sets = sets_input(file, chosen, options.topic, options.sets, options.seed, words);
    chosen = sets->train;
  }
  check_methods_take(methods, chosen);
  const RankedActivations activations(file, options.neurons, ranked_tokens(chosen));
  std::optional<RankedActivations> random_model;
  if (!options.sets.random_model.empty())
    random_model.emplace(
        open_same_text(options.sets.random_model, *file, "extract the same text with --random-init"),
        options.neurons, ranked_tokens(chosen));
  const NeuronAxis& axis = activations.axis();
  check_merging(options, axis.size());
  check_count(options, methods, static_cast<Index>(axis.size()));
  const Labelling labelling = labelling_of(chosen);
  const RankData data = activations.data();
  const std::vector<std::string> classes =
      chosen.numeric ? std::vector<std::string>{} : chosen.labelled.classes;
  RankOptions settings = options.settings;
  settings.seed = options.seed;
  settings.progress = &console.progress();
  settings.standardise =
      options.standardise == "yes" || (options.standardise == "auto" && axis.sites.size() > 1);
  BeliefOptions belief = options.belief;
  belief.seed = options.seed;
  const std::vector<std::int32_t> type_of = word_groups(chosen);
  const TokenGroups groups{options.shuffle == "words" ? std::span<const std::int32_t>(type_of)
                           : options.shuffle == "sentences"
                               ? std::span<const std::int32_t>(chosen.sentences())
                               : std::span<const std::int32_t>(),
                           chosen.sentences()};

  std::optional<SetsInput> margins;
  if (!sets) margins = margins_input(file, chosen, options.seed);
  std::optional<HeldOutPrecision> precision;
  if (options.held_out > 0) {
    console.progress().stage("held-out precision", data.X.cols(), "neurons");
    precision = held_out_precision(data, labelling, settings, {options.held_out, options.seed});
  }
  std::vector<Index> groups_of_neurons;
  if (options.merge_correlated > 0)
    groups_of_neurons = correlated_groups(data.X, options.merge_correlated, console.progress());

  RankTables tables(options);
  std::vector<io::AnnData> files;
  std::vector<MethodSets> studies;
  for (const RankMethod* method : methods) {
    console.progress().stage(fmt::format("rank by {}", method->name), data.X.cols(), "neurons");
    NeuronScores scores = std::move(method->score(data, {&labelling, 1}, settings).front());
    const Belief judged = judge(*method, data, labelling, scores, groups, settings, belief);
    if (!groups_of_neurons.empty()) stand_for_members(scores, groups_of_neurons);
    const LabelRanking ranking{*method, scores, judged, classes, options.rate};
    files.push_back(ranking_file(ranking));
    files.back().uns["ranking"] = settings_of(options, *method, settings.standardise);
    if (const Tree prints = fingerprint_figures(ranking, axis); !prints.empty())
      files.back().uns["fingerprint"] = prints;
    if (method->name == "average-precision")
      add_expert_figures(files.back().uns, ranking, axis, options.expert_bounds);
    if (precision && scores.scores.cols() == precision->precision.cols())
      add_precision(files.back(), *precision);
    tables.add(ranking, axis, precision ? &*precision : nullptr);
    if (margins) {
      const RankSetsOptions set = margin_set(static_cast<Index>(axis.size()));
      const SetsRun run{activations.columns(), set, settings.memory_bytes, options.seed, &console.progress()};
      const Margins found = margins_of(run_sets(*margins, order_of(ranking, overall_of(scores)), run), {});
      files.back().uns["margins"] = margin_figures(found);
      warn_of_margins(console, std::string(method->name), found);
    }
    if (!sets) continue;
    const SetsRun run{activations.columns(), options.sets, settings.memory_bytes, options.seed,
                      &console.progress()};
    auto& [name, study, random] = studies.emplace_back(MethodSets{
        std::string(method->name), run_sets(*sets, order_of(ranking, overall_of(scores)), run), {}});
    if (random_model) {
      const NeuronScores chance =
          std::move(method->score(random_model->data(), {&labelling, 1}, settings).front());
      random = run_random_model(*sets, random_model->reader(),
                                order_of({*method, chance, {}, classes}, overall_of(chance)), run);
    }
    files.back().uns["sets"] = set_figures(study, random);
    const Margins found = margins_of(study, random);
    files.back().uns["margins"] = margin_figures(found);
    warn_of_margins(console, name, found);
    files.back().uns["ranking"]["sets"] = set_summary(study, options.sets);
    if (study.smallest)
      files.back().uns["smallest_spread"] =
          spread_figures(choose_top(order_of(ranking, overall_of(scores)), *study.smallest), axis);
  }

  io::Provenance provenance = provenance_of("ranking");
  const io::Provenance& from = file->provenance();
  provenance.seed = options.seed;
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  provenance.inputs = inputs.get();
  provenance.settings = {{"activations", from.settings},
                         {"concept", concept_settings(chosen, options.topic)}};
  io::Table neurons = io::neurons_with_statistics(*file, axis, activations.columns());
  if (!groups_of_neurons.empty())
    neurons.add("group", std::vector<std::int64_t>(groups_of_neurons.begin(), groups_of_neurons.end()));
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].obs = neurons;
    files[i].uns["neurox"] = io::to_tree(provenance);
    files[i].uns["sites"] = io::sites_tree(axis);
    io::write_anndata(outputs[i], files[i], writing);
  }

  show_concept(console, chosen, options.topic);
  warn_of_constants(console, neurons, axis);
  console.figure("neurons", axis.size());
  if (!groups_of_neurons.empty())
    console.figure("groups", 1 + *std::max_element(groups_of_neurons.begin(), groups_of_neurons.end()));
  tables.show(console);
  if (sets) show_sets(console, studies, options.sets.keep);
  if (outputs.size() == 1)
    console.figure("output", outputs.front());
  else
    console.figure("outputs", outputs);
  console.finish();
}

}  // namespace neurox::apps
