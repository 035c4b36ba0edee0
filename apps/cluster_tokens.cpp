#include "cluster_tokens.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "cluster_correlation.h"
#include "console.h"
#include "neurox/cluster/kmeans.h"
#include "neurox/cluster/token_distances.h"
#include "neurox/core/error.h"
#include "row_sample.h"
#include "threads.h"
#include "token_clusters.h"

namespace neurox::apps {
namespace {

constexpr int kDefaultClusters = 50;

}  // namespace

void declare_cluster_kmeans(CLI::App& app, ClusterKMeansOptions& own) {
  app.add_option("--restarts", own.restarts, "Starts, of which the best is taken")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--rounds", own.iterations, "At most so many rounds")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
}

void run_cluster_kmeans(const ClusterCommandOptions& options, const ClusterKMeansOptions& own) {
  Console console(options.common);
  use_threads(options.common.threads);
  if (options.clusters.size() > 1) throw usage_error("--clusters: kmeans takes one number");
  TokenRun run(options, console);
  run.use_rows(run.eligible_rows());
  KMeansOptions settings;
  settings.clusters = options.clusters.empty() ? kDefaultClusters : options.clusters.front();
  settings.restarts = own.restarts;
  settings.iterations = own.iterations;
  settings.seed = options.seed;
  settings.progress = &console.progress();
  KMeans found = k_means(run.X(), settings);
  if (!found.converged)
    console.warn(fmt::format("kmeans: clusters still changed after {} rounds; give more (--rounds)",
                             found.iterations));
  TokenClustering clustering;
  clustering.cluster = std::move(found.cluster);
  clustering.count = settings.clusters;
  clustering.figures = {{"inertia", found.inertia}, {"rounds", found.iterations}};
  clustering.settings = {{"method", "kmeans"},         {"clusters", settings.clusters},
                         {"restarts", own.restarts},   {"inertia", found.inertia},
                         {"rounds", found.iterations}, {"converged", found.converged}};
  run.add_limits(clustering.settings);
  run.finish(clustering, options.topic);
}

void declare_cluster_tokens(CLI::App& app, ClusterTokensOptions& own) {
  app.add_option("--max-tokens", own.max_tokens, "Of more, so many are drawn by --seed (4 bytes a pair)")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{200000}))
      ->capture_default_str()
      ->type_name("N");
}

void run_cluster_tokens(const ClusterCommandOptions& options, const ClusterTokensOptions& own) {
  Console console(options.common);
  use_threads(options.common.threads);
  std::vector<Cut> cuts = asked_cuts(options, std::numeric_limits<double>::max());
  if (cuts.size() > 1)
    throw usage_error("cluster: --method tokens takes one cut: --threshold X or --clusters N");
  TokenRun run(options, console);
  const std::vector<std::int64_t> rows = sampled_rows(run.eligible_rows(), own.max_tokens, options.seed);
  const auto n = static_cast<std::int64_t>(rows.size());
  if (n < 2) throw input_error("{}: one token is left; clusters need 2 or more", options.inputs.front());
  if (cuts.empty())
    cuts.push_back({Cut::By::Count, static_cast<double>(std::min<std::int64_t>(kDefaultClusters, n))});
  if (cuts[0].by == Cut::By::Count && cuts[0].value > static_cast<double>(n))
    throw usage_error("--clusters {}: there are {} tokens", cuts[0].value, n);
  run.use_rows(rows);
  const std::string linkage = options.linkage.empty() ? "ward" : options.linkage;
  const std::shared_ptr<float> distances = scratch_of(options)(n * n);
  const SquareMatrix matrix{distances.get(), n};
  euclidean_distances(run.X(), matrix, console.progress());
  const Dendrogram dendrogram = link_things(matrix, linkage_of(linkage), console.progress());
  TokenClustering clustering;
  clustering.cluster = by_size(cuts[0](dendrogram));
  clustering.count = 1 + *std::max_element(clustering.cluster.begin(), clustering.cluster.end());
  clustering.settings = {{"method", "tokens"},
                         {"linkage", linkage},
                         {"cut", cuts[0].name()},
                         {"tokens", n},
                         {"tokens_in_the_text", run.activations().rows().size()}};
  run.add_limits(clustering.settings);
  run.finish(clustering, options.topic);
}

}  // namespace neurox::apps
