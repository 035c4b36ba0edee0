#include "rank_sets.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/io/provenance.h"
#include "neurox/probe/split.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr double kHeldOut = 0.2;

SetTokens tokens_of(const io::ActivationReader& file, const ConceptRows& rows,
                    const std::vector<std::int64_t>& columns) {
  return {[&](const NeuronList& neurons) {
            std::vector<std::int64_t> wanted;
            for (const Index j : neurons) wanted.push_back(columns[static_cast<std::size_t>(j)]);
            const auto source = file.select_rows(rows.rows(), wanted);
            MatrixF X(source->rows(), source->cols());
            for (Index first = 0; first < X.rows(); first += 8192)
              source->read(first, X.middleRows(first, std::min<Index>(8192, X.rows() - first)));
            return X;
          },
          rows.labelled.y, rows.words()};
}

SetStudyOptions study_options(const SetsInput& input, const SetsRun& run) {
  SetStudyOptions study;
  study.fit.lambda = run.options.lambda;
  study.fit.l1_ratio = run.options.l1_ratio;
  study.fit.num_classes = static_cast<int>(input.train.labelled.classes.size());
  study.fit.memory_bytes = run.memory_bytes;
  study.sizes = run.options.sizes;
  study.draws = run.options.draws;
  study.keep = run.options.keep;
  study.smallest = run.options.smallest;
  study.seed = run.seed;
  study.progress = run.progress;
  return study;
}

}  // namespace

void declare_sets(CLI::App& app, RankSetsOptions& options) {
  app.add_option(
         "--sets", options.sizes,
         "Sizes of sets: a probe is trained on the first so many neurons, on random ones, and on the control "
         "task")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->group("Sets")
      ->type_name("N");
  app.add_option("--eval", options.eval,
                 "Activations that sets are evaluated on (default: a fifth of the sentences, kept out of the "
                 "ranking)")
      ->group("Sets")
      ->type_name("FILE");
  app.add_option("--eval-labels", options.eval_labels, "Label files for --eval")
      ->group("Sets")
      ->type_name("FILE");
  app.add_option("--random-model", options.random_model,
                 "Activations of the same text from the randomly initialised model, ranked and probed alike")
      ->group("Sets")
      ->type_name("FILE");
  app.add_option("--random-sets", options.draws, "Random sets of each size")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Sets")
      ->type_name("N");
  app.add_option("--keep", options.keep, "Share of the accuracy of all neurons that the smallest set keeps")
      ->capture_default_str()
      ->group("Sets")
      ->type_name("X");
  app.add_option("--lambda", options.lambda, "Strength of the penalty of the sets' probes")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Sets")
      ->type_name("X");
  app.add_option("--l1-ratio", options.l1_ratio, "Share of it that is L1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("Sets")
      ->type_name("X");
}

void check_sets_options(const RankSetsOptions& options) {
  if (options.wanted()) return;
  const char* given = !options.eval.empty()           ? "--eval"
                      : !options.eval_labels.empty()  ? "--eval-labels"
                      : !options.random_model.empty() ? "--random-model"
                                                      : nullptr;
  if (given != nullptr) throw usage_error("{} goes with --sets: say the sizes, e.g. --sets 10,50,200", given);
}

SetsInput sets_input(const std::shared_ptr<const io::ActivationReader>& file, const ConceptRows& rows,
                     const ConceptOptions& topic, const RankSetsOptions& options, std::uint64_t seed,
                     io::StringIds& words) {
  if (rows.numeric) throw usage_error("--sets needs classes, but '{}' holds numbers", rows.label());
  if (options.eval.empty()) {
    if (!options.eval_labels.empty())
      throw usage_error("--eval-labels without --eval: held-out sentences have the labels of --labels");
    const Split split = split_by_sentence(rows.sentences(), kHeldOut, seed);
    return {file, file, take(rows, {split.train.begin(), split.train.end()}),
            take(rows, {split.held_out.begin(), split.held_out.end()})};
  }
  if (!options.random_model.empty())
    throw usage_error("--random-model goes with held-out sentences of the same file: leave --eval out");
  const auto eval = io::ActivationReader::open(options.eval);
  if (const std::string differs = difference(eval->neurons(), file->neurons()); !differs.empty())
    throw input_error("{} and {} differ in their neurons: {}", options.eval, file->name(), differs);
  io::check_same_model(file->name(), file->provenance(), options.eval, eval->provenance());
  return {file, eval, rows, concept_rows_like(rows, *eval, topic, options.eval_labels, words)};
}

SetStudy run_sets(const SetsInput& input, const NeuronList& order, const SetsRun& run) {
  return study_sets(order, static_cast<Index>(run.columns.size()),
                    tokens_of(*input.train_file, input.train, run.columns),
                    tokens_of(*input.eval_file, input.eval, run.columns), study_options(input, run));
}

std::vector<double> run_random_model(const SetsInput& input,
                                     const std::shared_ptr<const io::ActivationReader>& random_file,
                                     const NeuronList& order, const SetsRun& run) {
  SetStudyOptions options = study_options(input, run);
  options.draws = 0;
  options.smallest = false;
  const SetStudy study = study_sets(order, static_cast<Index>(run.columns.size()),
                                    tokens_of(*random_file, input.train, run.columns),
                                    tokens_of(*random_file, input.eval, run.columns), options);
  std::vector<double> accuracies;
  for (const SetResult& set : study.sets) accuracies.push_back(set.accuracy);
  return accuracies;
}

Tree set_figures(const SetStudy& study, const std::vector<double>& random_model) {
  Tree t;
  for (std::size_t i = 0; i < study.sets.size(); ++i) {
    const SetResult& set = study.sets[i];
    t["neurons"].push_back(set.size);
    t["accuracy"].push_back(set.accuracy);
    t["random"].push_back(set.random);
    t["random_low"].push_back(set.random_low);
    t["random_high"].push_back(set.random_high);
    t["control"].push_back(set.control);
    t["selectivity"].push_back(set.accuracy - set.control);
    t["random_model"].push_back(i < random_model.size() ? random_model[i] : no_value);
  }
  return t;
}

Tree set_summary(const SetStudy& study, const RankSetsOptions& options) {
  Tree t{{"majority", study.majority},
         {"word_majority", study.lookup},
         {"all_neurons", study.all.value_or(no_value)},
         {"keep", options.keep},
         {"random_sets", options.draws},
         {"lambda", options.lambda},
         {"l1_ratio", options.l1_ratio}};
  t["smallest"] = study.smallest.value_or(-1);
  if (study.smallest) t["smallest_accuracy"] = study.smallest_accuracy;
  return t;
}

void show_sets(Console& console, const std::vector<MethodSets>& all, double keep) {
  const bool random_model = !all.empty() && !all.front().random_model.empty();
  std::vector<std::vector<Tree>> rows, smallest;
  for (const auto& [method, study, random] : all) {
    for (std::size_t i = 0; i < study.sets.size(); ++i) {
      const SetResult& set = study.sets[i];
      rows.push_back({method, set.size, set.accuracy, set.random, set.random_low, set.random_high,
                      set.control, set.accuracy - set.control});
      if (random_model) rows.back().emplace_back(random[i]);
    }
    smallest.push_back({method, study.smallest ? Tree(*study.smallest) : Tree(),
                        study.smallest ? Tree(study.smallest_accuracy) : Tree()});
  }
  std::vector<std::string> columns{"method", "neurons", "accuracy", "random",
                                   "least",  "most",    "control",  "selectivity"};
  if (random_model) columns.emplace_back("random model");
  console.table("sets", columns, rows);
  console.table("smallest_sets", {"method", fmt::format("neurons keeping {}", keep), "accuracy"}, smallest);
  if (all.empty()) return;
  console.figure("majority class", all.front().study.majority);
  console.figure("tag lookup per word", all.front().study.lookup);
  if (all.front().study.all) console.figure("all neurons", *all.front().study.all);
}

}  // namespace neurox::apps
