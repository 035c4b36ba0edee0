#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <optional>

#include "checked_rows.h"
#include "command_rank.h"
#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/neuron_table.h"
#include "neurox/rank/choose.h"
#include "neurox/rank/counts.h"
#include "neurox/rank/methods.h"
#include "ranking_file.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::string_view kMethodPlace = "{method}";

/// One file per method.
std::vector<std::string> targets(const RankCommandOptions& options,
                                 const std::vector<const RankMethod*>& methods) {
  std::vector<std::string> paths;
  for (const RankMethod* method : methods) {
    std::string path = options.output.path;
    if (const std::size_t at = path.find(kMethodPlace); at != std::string::npos)
      path.replace(at, kMethodPlace.size(), method->name);
    if (std::find(paths.begin(), paths.end(), path) != paths.end())
      throw usage_error(
          "-o {}: {} methods would be written to one file; put {{method}} in the name, e.g. "
          "upos.{{method}}.h5ad",
          options.output.path, methods.size());
    paths.push_back(std::move(path));
  }
  return paths;
}

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
      if (options.topic.numeric ? method.numbers : method.classes) methods.push_back(&method);
    return methods;
  }
  for (const std::string& name : options.methods) methods.push_back(&rank_method(name));
  return methods;
}

void check_methods_take(const std::vector<const RankMethod*>& methods, const ConceptRows& rows) {
  for (const RankMethod* method : methods) {
    if (rows.numeric ? method->numbers : method->classes) continue;
    std::vector<std::string_view> others;
    for (const RankMethod& other : rank_methods())
      if (rows.numeric ? other.numbers : other.classes) others.push_back(other.name);
    throw usage_error("--method {} takes no {}, but '{}' holds them; these do: {}", method->name,
                      rows.numeric ? "numbers" : "classes", rows.label(), fmt::join(others, ", "));
  }
}

/// The neurons and labelled rows of an activation file that are ranked, read by bands or by blocks, always
/// checked.
class Activations {
 public:
  Activations(std::shared_ptr<const io::ActivationReader> file, const std::string& pattern,
              const ConceptRows& rows)
      : file_(std::move(file)),
        columns_(chosen_neurons(pattern.empty() ? "all" : pattern, file_->neurons())),
        axis_(select(file_->neurons(), columns_)),
        rows_(rows.rows()),
        sentences_(rows.sentences()),
        num_classes_(static_cast<int>(rows.numeric ? 0 : rows.labelled.classes.size())),
        X_(read(0, static_cast<Index>(columns_.size()))) {}

  const std::shared_ptr<const io::ActivationReader>& reader() const { return file_; }
  const std::vector<std::int64_t>& columns() const { return columns_; }
  const NeuronAxis& axis() const { return axis_; }
  RankData data() const {
    RankData data{*X_, num_classes_};
    data.columns = [this](Index first, Index width) { return read(first, width); };
    data.sentences = sentences_;
    return data;
  }

 private:
  std::unique_ptr<RowSource> read(Index first, Index width) const {
    const std::vector<std::int64_t> part(columns_.begin() + first, columns_.begin() + first + width);
    return std::make_unique<CheckedRows>(file_->select_rows(rows_, part), rows_,
                                         select(file_->neurons(), part), file_->name());
  }

  std::shared_ptr<const io::ActivationReader> file_;
  std::vector<std::int64_t> columns_;
  NeuronAxis axis_;
  std::vector<std::int64_t> rows_;
  std::vector<std::int32_t> sentences_;
  int num_classes_;
  std::unique_ptr<RowSource> X_;
};

Labelling labelling_of(const ConceptRows& rows) {
  Labelling labelling;
  if (rows.numeric)
    labelling.numbers = rows.numbered.numbers;
  else
    labelling.y = rows.labelled.y;
  return labelling;
}

/// Activations of the same text from another model of the same shape.
std::shared_ptr<const io::ActivationReader> open_random_model(const std::string& path,
                                                              const io::ActivationReader& like) {
  auto file = io::ActivationReader::open(path);
  if (const std::string differs = difference(file->neurons(), like.neurons()); !differs.empty())
    throw input_error("{} and {} differ in their neurons: {}", path, like.name(), differs);
  if (file->rows() != like.rows())
    throw input_error("{}: {} rows but {} in {}; extract the same text with --random-init", path,
                      file->rows(), like.rows(), like.name());
  if (file->obs().find("token") != nullptr && like.obs().find("token") != nullptr) {
    const auto found = file->obs().strings("token", path), wanted = like.obs().strings("token", like.name());
    const auto at = std::mismatch(found.begin(), found.end(), wanted.begin());
    if (at.first != found.end())
      throw input_error("{}: row {} is '{}' but '{}' in {}; extract the same text with --random-init", path,
                        at.first - found.begin(), *at.first, *at.second, like.name());
  }
  return file;
}

std::vector<std::int32_t> word_groups(const ConceptRows& rows) {
  return {rows.words().begin(), rows.words().end()};
}

Tree settings_of(const RankCommandOptions& options, const RankMethod& method, bool standardised) {
  Tree t{{"method", method.name}, {"label", options.topic.label}, {"larger_is_more_important", true}};
  if (method.has_unit) t["standardised"] = standardised;
  if (method.name == "iou-quantile") t["quantile"] = options.settings.quantile;
  if (method.name == "iou-threshold") t["threshold"] = options.settings.threshold;
  if (method.name.starts_with("mutual-information")) {
    if (method.name.ends_with("nearest"))
      t["neighbours"] = options.settings.neighbours;
    else
      t["bins"] = options.settings.bins;
  }
  if (method.name == "forest") t["trees"] = options.settings.trees;
  if (!method.each && method.classes && method.name != "forest") t["count"] = options.settings.count;
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
  return t;
}

Index overall_of(const NeuronScores& scores) {
  return scores.scores.cols() - 1;
}

/// Neurons of a list per site.
Tree spread_figures(const NeuronList& neurons, const NeuronAxis& axis) {
  Tree t;
  std::vector<std::int32_t> sites;
  for (const Neuron& n : axis.neurons) sites.push_back(n.site);
  const auto counts = spread_over_sites(neurons, sites, static_cast<int>(axis.sites.size()));
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (axis.sites[s].width == 0) continue;
    t["site"].push_back(axis.sites[s].site);
    t["block"].push_back(axis.sites[s].block);
    t["count"].push_back(counts[s]);
  }
  return t;
}

/// The best class of a neuron, by score; -1 where only overall scores are known.
Index best_class(const MatrixD& scores, Index neuron) {
  if (scores.cols() < 2) return -1;
  Index best = 0;
  scores.row(neuron).head(scores.cols() - 1).maxCoeff(&best);
  return best;
}

struct Rows {
  std::vector<std::vector<Tree>> top, concepts;
};

void add_rows(Rows& out, const LabelRanking& ranking, const NeuronAxis& axis,
              const RankCommandOptions& options) {
  const MatrixD& scores = ranking.scores.scores;
  const std::vector<std::string> names = concepts_of(ranking);
  const NeuronList order = order_of(ranking, scores.cols() - 1);
  for (std::size_t k = 0; k < order.size() && k < static_cast<std::size_t>(options.show); ++k) {
    const Index c = best_class(scores, order[k]);
    out.top.push_back({ranking.method.name, k + 1, axis.address(static_cast<std::size_t>(order[k])),
                       scores(order[k], scores.cols() - 1),
                       c < 0 ? Tree() : Tree(names[static_cast<std::size_t>(c)]),
                       c < 0 ? Tree() : Tree(scores(order[k], c))});
  }
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = static_cast<Index>(c);
    const Index best = order_of(ranking, column).front();
    std::vector<Tree> row{ranking.method.name, names[c], axis.address(static_cast<std::size_t>(best)),
                          scores(best, column)};
    if (ranking.belief.low) {
      row.emplace_back((*ranking.belief.low)(best, column));
      row.emplace_back((*ranking.belief.high)(best, column));
    }
    if (ranking.belief.q) row.emplace_back(discoveries(ranking, column));
    if (!ranking.belief.half_correlation.empty()) {
      row.emplace_back(ranking.belief.half_correlation[c]);
      row.emplace_back(ranking.belief.half_overlap[c]);
    }
    out.concepts.push_back(std::move(row));
  }
}

void show(Console& console, const Rows& rows, const BeliefOptions& belief, double rate) {
  console.table("top", {"method", "rank", "neuron", "overall", "class", "score"}, rows.top);
  std::vector<std::string> columns{"method", "concept", "best neuron", "score"};
  if (belief.bootstraps > 0) columns.insert(columns.end(), {"low", "high"});
  if (belief.permutations > 0) columns.push_back(fmt::format("q <= {}", rate));
  if (belief.halves > 0) columns.insert(columns.end(), {"halves' correlation", "top tenth shared"});
  console.table("concepts", columns, rows.concepts);
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
  const std::vector<std::string> outputs = targets(options, methods);
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
  const Activations activations(file, options.neurons, chosen);
  std::optional<Activations> random_model;
  if (!options.sets.random_model.empty())
    random_model.emplace(open_random_model(options.sets.random_model, *file), options.neurons, chosen);
  const NeuronAxis& axis = activations.axis();
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

  Rows rows;
  std::vector<io::AnnData> files;
  std::vector<MethodSets> studies;
  for (const RankMethod* method : methods) {
    console.progress().stage(fmt::format("rank by {}", method->name), data.X.cols(), "neurons");
    const NeuronScores scores = std::move(method->score(data, {&labelling, 1}, settings).front());
    const Belief judged = judge(*method, data, labelling, scores, groups, settings, belief);
    const LabelRanking ranking{*method, scores, judged, classes, options.rate};
    files.push_back(ranking_file(ranking));
    files.back().uns["ranking"] = settings_of(options, *method, settings.standardise);
    add_rows(rows, ranking, axis, options);
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
  const io::Table neurons = io::neurons_with_statistics(*file, axis, activations.columns());
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].obs = neurons;
    files[i].uns["neurox"] = io::to_tree(provenance);
    files[i].uns["sites"] = io::sites_tree(axis);
    io::write_anndata(outputs[i], files[i], writing);
  }

  show_concept(console, chosen, options.topic);
  console.figure("neurons", axis.size());
  show(console, rows, options.belief, options.rate);
  if (sets) show_sets(console, studies, options.sets.keep);
  if (outputs.size() == 1)
    console.figure("output", outputs.front());
  else
    console.figure("outputs", outputs);
  console.finish();
}

}  // namespace neurox::apps
