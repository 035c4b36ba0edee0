#include <algorithm>
#include <future>

#include "checked_rows.h"
#include "command_rank.h"
#include "console.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/neuron_table.h"
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
    for (const RankMethod& method : rank_methods()) methods.push_back(&method);
    return methods;
  }
  for (const std::string& name : options.methods) methods.push_back(&rank_method(name));
  return methods;
}

/// The neurons of an activation file that are ranked, read by bands or by blocks, always checked.
struct Activations {
  std::shared_ptr<const io::ActivationReader> file;
  std::vector<std::int64_t> columns;
  NeuronAxis axis;
  std::vector<std::int64_t> rows;

  std::unique_ptr<RowSource> read(std::size_t first, std::size_t width) const {
    const std::vector<std::int64_t> part(columns.begin() + static_cast<std::ptrdiff_t>(first),
                                         columns.begin() + static_cast<std::ptrdiff_t>(first + width));
    return std::make_unique<CheckedRows>(file->select_rows(rows, part), rows, select(file->neurons(), part),
                                         file->name());
  }
};

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
  io::WriteOptions writing{options.output.force, {options.input}};
  writing.inputs.insert(writing.inputs.end(), options.topic.label_files.begin(),
                        options.topic.label_files.end());

  const auto file = io::ActivationReader::open(options.input);
  const std::vector<const RankMethod*> methods = methods_of(options, file->provenance().kind);
  const std::vector<std::string> outputs = targets(options, methods);
  for (const std::string& path : outputs) io::check_output(path, writing);
  // The hash of a large file takes as long as a pass over it: on a thread of its own.
  auto inputs = std::async(std::launch::async, [&] {
    io::Provenance provenance;
    provenance.add_input(options.input);
    for (const std::string& labels : options.topic.label_files) provenance.add_input(labels);
    return provenance.inputs;
  });

  io::StringIds words;
  const ConceptRows chosen = concept_rows(*file, options.topic, NumericLabels::Taken, options.seed, words);
  Activations activations{file,
                          select_neurons(options.neurons.empty() ? "all" : options.neurons, file->neurons()),
                          {},
                          chosen.rows()};
  activations.axis = select(file->neurons(), activations.columns);
  const NeuronAxis& axis = activations.axis;
  Labelling labelling;
  if (chosen.numeric)
    labelling.numbers = chosen.numbered.numbers;
  else
    labelling.y = chosen.labelled.y;
  for (const RankMethod* method : methods)
    if (chosen.numeric && !method->numbers)
      throw usage_error(
          "--method {} needs classes, but '{}' holds numbers; correlation, spearman and "
          "mutual-information take numbers",
          method->name, options.topic.label);

  const std::unique_ptr<RowSource> X = activations.read(0, axis.size());
  const std::vector<std::string> classes =
      chosen.numeric ? std::vector<std::string>{} : chosen.labelled.classes;
  RankData data{*X, static_cast<int>(classes.size())};
  data.columns = [&](Index first, Index width) {
    return activations.read(static_cast<std::size_t>(first), static_cast<std::size_t>(width));
  };
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
  for (const RankMethod* method : methods) {
    console.progress().stage(fmt::format("rank by {}", method->name), data.X.cols(), "neurons");
    const NeuronScores scores = std::move(method->score(data, {&labelling, 1}, settings).front());
    const Belief judged = judge(*method, data, labelling, scores, groups, settings, belief);
    const LabelRanking ranking{*method, scores, judged, classes, options.rate};
    files.push_back(ranking_file(ranking));
    files.back().uns["ranking"] = settings_of(options, *method, settings.standardise);
    add_rows(rows, ranking, axis, options);
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
  const io::Table neurons = io::neurons_with_statistics(*file, axis, activations.columns);
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].obs = neurons;
    files[i].uns["neurox"] = io::to_tree(provenance);
    files[i].uns["sites"] = io::sites_tree(axis);
    io::write_anndata(outputs[i], files[i], writing);
  }

  show_concept(console, chosen, options.topic);
  console.figure("neurons", axis.size());
  show(console, rows, options.belief, options.rate);
  if (outputs.size() == 1)
    console.figure("output", outputs.front());
  else
    console.figure("outputs", outputs);
  console.finish();
}

}  // namespace neurox::apps
