#include "cluster_subclasses.h"

#include <algorithm>

#include "concept_options.h"
#include "console.h"
#include "neurox/cluster/quality.h"
#include "neurox/core/error.h"
#include "threads.h"
#include "token_clusters.h"

namespace neurox::apps {
namespace {

/// Rows with a class, and 1 where that is not the class of --against.
struct BinaryRows {
  std::vector<std::int64_t> rows;
  std::vector<int> y;
};

BinaryRows binary_rows(const ClusterCommandOptions& options, const io::ActivationReader& file) {
  if (options.topic.label.empty() || options.topic.classes.empty() || options.topic.against.empty())
    throw usage_error(
        "subclasses: say what is positive: --label NAME --classes A,B --against NAME-FOR-ALL-OTHERS");
  io::StringIds words;
  const ConceptRows chosen = concept_rows(file, options.topic, NumericLabels::Refused, options.seed, words);
  const io::LabelledRows& labelled = chosen.labelled;
  BinaryRows out;
  out.rows = labelled.rows;
  for (const int y : labelled.y)
    out.y.push_back(labelled.classes[static_cast<std::size_t>(y)] == options.topic.against ? 0 : 1);
  return out;
}

}  // namespace

void declare_cluster_subclasses(CLI::App& app, ClusterSubclassesOptions& own) {
  app.add_option("--score-by", own.score_by, "Label set that the hidden classes are held against")
      ->type_name("NAME");
  app.add_option("--spread", own.settings.spread,
                 "Weight of what makes hidden classes differ: all are used, each token is of one")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--starts", own.settings.starts, "Starts, of which the one of least loss is taken")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--steps", own.settings.iterations, "Steps of the optimiser")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
}

void run_cluster_subclasses(const ClusterCommandOptions& options, const ClusterSubclassesOptions& own) {
  Console console(options.common);
  use_threads(options.common.threads);
  if (options.clusters.size() > 1) throw usage_error("--clusters: subclasses takes one number");
  TokenRun run(options, console);
  const BinaryRows binary = binary_rows(options, run.activations().first());
  run.use_rows(binary.rows);
  SubclassOptions settings = own.settings;
  if (!options.clusters.empty()) settings.subclasses = options.clusters.front();
  settings.seed = options.seed;
  settings.progress = &console.progress();
  const LatentSubclasses found = latent_subclasses(run.X(), binary.y, settings);

  std::vector<int> cluster(binary.y.size(), -1);
  std::vector<Index> positives;
  for (std::size_t i = 0; i < binary.y.size(); ++i) {
    if (binary.y[i] == 0) continue;
    Index best = 0;
    found.probability.row(static_cast<Index>(i)).maxCoeff(&best);
    cluster[i] = static_cast<int>(best);
    positives.push_back(static_cast<Index>(i));
  }
  const MatrixF of_positives = found.probability(positives, Eigen::all);
  const ClustersInUse spread = spread_of(of_positives);
  TokenClustering clustering;
  clustering.cluster = by_size(cluster);
  clustering.count = 1 + *std::max_element(clustering.cluster.begin(), clustering.cluster.end());
  clustering.figures = {
      {"accuracy", found.accuracy}, {"diversity", spread.diversity}, {"uncertainty", spread.uncertainty}};
  clustering.settings = {{"method", "subclasses"},
                         {"subclasses", settings.subclasses},
                         {"positive", options.topic.classes},
                         {"spread", settings.spread},
                         {"steps", settings.iterations},
                         {"starts", settings.starts},
                         {"loss", found.loss.back()},
                         {"accuracy", found.accuracy},
                         {"diversity", spread.diversity},
                         {"uncertainty", spread.uncertainty}};
  ConceptOptions gold;
  gold.label = own.score_by;
  gold.label_files = options.topic.label_files;
  gold.min_class = options.topic.min_class;
  run.finish(clustering, gold);
}

}  // namespace neurox::apps
