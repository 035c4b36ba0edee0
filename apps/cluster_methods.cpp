#include "cluster_methods.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cluster_correlation.h"
#include "cluster_factors.h"
#include "cluster_map.h"
#include "cluster_redundancy.h"
#include "cluster_similarity.h"
#include "cluster_subclasses.h"
#include "cluster_tokens.h"
#include "neurox/core/error.h"

namespace neurox::apps {
namespace {

/// Models side by side by one measure.
ClusterMethod similarity_method(const char* name) {
  return cluster_method(name, similarity_summary(name), {"--neurons", "--also"}, declare_cluster_similarity,
                        run_cluster_similarity);
}

}  // namespace

std::span<const ClusterMethod> cluster_methods() {
  static const std::vector<ClusterMethod> table{
      cluster_method("correlation", "neurons whose values rise and fall together, by hierarchical clustering",
                     {"--neurons", "--threshold", "--clusters", "--linkage"}, declare_cluster_correlation,
                     run_cluster_correlation),
      cluster_method("nmf", "factors without negative numbers: where in the text, by which neurons",
                     {"--neurons", "--count", "--sentence", "--match", "--factors-out"}, declare_cluster_nmf,
                     run_cluster_nmf),
      cluster_method("pca", "directions in which activations vary most",
                     {"--neurons", "--count", "--sentence", "--match", "--factors-out"}, declare_cluster_pca,
                     run_cluster_pca),
      cluster_method("tokens", "tokens whose representations lie together, by hierarchical clustering",
                     {"--neurons", "--threshold", "--clusters", "--linkage", "--sheet", "--names", "--align",
                      "--contexts", "--label", "--least-seen", "--per-word"},
                     declare_cluster_tokens, run_cluster_tokens),
      cluster_method("kmeans", "tokens around so many middles",
                     {"--neurons", "--clusters", "--sheet", "--names", "--align", "--contexts", "--label",
                      "--least-seen", "--per-word"},
                     declare_cluster_kmeans, run_cluster_kmeans),
      cluster_method("subclasses", "hidden classes under one binary label, by a probe",
                     {"--neurons", "--clusters", "--sheet", "--names", "--align", "--contexts", "--label"},
                     declare_cluster_subclasses, run_cluster_subclasses),
      similarity_method("maxcorr"),
      similarity_method("mincorr"),
      similarity_method("linreg"),
      similarity_method("svcca"),
      similarity_method("pwcca"),
      similarity_method("cka"),
      cluster_method("map",
                     "a drawing of neurons or tokens where those that are alike lie near each other (UMAP)",
                     {"--neurons", "--label"}, declare_cluster_map, run_cluster_map),
      cluster_method("redundancy", "how few layers and neurons would do for a label (Dalvi et al. 2020)",
                     {"--neurons", "--threshold", "--clusters", "--linkage", "--label"},
                     declare_cluster_redundancy, run_cluster_redundancy),
  };
  return table;
}

namespace {

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(option->get_name());
  return names;
}

}  // namespace

void OptionOwners::add(CLI::App& app, const std::string& method, const std::function<void()>& declare) {
  const std::vector<std::string> before = names_of(app);
  const std::set<std::string> known(before.begin(), before.end());
  declare();
  for (const std::string& name : names_of(app)) {
    if (known.contains(name)) continue;
    app.get_option(name)->group("Method " + method);
    share(name, method);
  }
}

void OptionOwners::share(const std::string& option, const std::string& method) {
  for (auto& [name, methods] : methods_of_)
    if (name == option) return methods.push_back(method);
  methods_of_.push_back({option, {method}});
}

void OptionOwners::check(const CLI::App& app, const std::string& method) const {
  for (const auto& [name, methods] : methods_of_) {
    if (app.get_option(name)->count() == 0) continue;
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
      throw usage_error("cluster: {} goes with --method {}, not {}", name, fmt::join(methods, ", "), method);
  }
}

std::vector<std::string> options_with(const std::string& name) {
  if (name != "--label") return {name};
  return {"--label", "--labels", "--classes", "--against", "--split-by", "--min-class", "--balance"};
}

namespace {

void declare_token_clusters(CLI::App& app, TokenClusterOptions& options) {
  app.add_option("--sheet", options.sheet,
                 "Write a sheet for people: cluster, size, words, contexts, empty name (.tsv)")
      ->group("Of several methods")
      ->type_name("FILE");
  app.add_option("--names", options.names, "The same sheet with names in it: they become labels")
      ->group("Of several methods")
      ->type_name("FILE");
  app.add_option("--align", options.align,
                 "A label explains a cluster from this share of its labelled tokens on")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("X");
  app.add_option("--least-seen", options.least_seen, "Leave out words that stand fewer times in the text")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("N");
  app.add_option("--per-word", options.per_word, "At most so many tokens of a word, drawn by --seed (0: all)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("N");
  app.add_option("--contexts", options.contexts, "Sentences of each cluster, those nearest to its middle")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("N");
}

}  // namespace

void declare_shared_cluster(CLI::App& app, ClusterCommandOptions& options) {
  app.add_option("--neurons", options.neurons, "These neurons alone, e.g. resid_post@-1 or mlp_post@3:0-99")
      ->group("Of several methods")
      ->type_name("PATTERN");
  app.add_option("--threshold", options.thresholds,
                 "Largest distance at which groups are joined, 1 - |r| of neurons (several: one cut each)")
      ->delimiter(',')
      ->group("Of several methods")
      ->type_name("X");
  app.add_option("--clusters", options.clusters, "Number of groups (several: one cut each)")
      ->delimiter(',')
      ->group("Of several methods")
      ->type_name("N");
  app.add_option(
         "--linkage", options.linkage,
         "Distance between groups: single, complete, average (default of neurons) or ward (of tokens)")
      ->check(CLI::IsMember({"single", "complete", "average", "ward"}))
      ->group("Of several methods")
      ->type_name("NAME");
  app.add_option(
         "--also", options.also,
         "Further measures of models side by side in the same passes (`{method}` in -o stands for each)")
      ->delimiter(',')
      ->group("Of several methods")
      ->type_name("NAMES");
  app.add_option("--count", options.count, "Factors, components")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("N");
  app.add_option("--sentence", options.sentence, "Factors of this sentence alone (from 0)")
      ->check(CLI::NonNegativeNumber)
      ->group("Of several methods")
      ->type_name("N");
  app.add_option("--match", options.match,
                 "Factors of another run, of the same neurons, to be matched with these")
      ->group("Of several methods")
      ->type_name("FILE");
  app.add_option("--factors-out", options.factors_out,
                 "Write factors over the text as activations, one neuron a factor (.h5ad)")
      ->group("Of several methods")
      ->type_name("FILE");
  declare_token_clusters(app, options.tokens);
  declare_concept(app, options.topic, NumericLabels::Refused, false);
}

}  // namespace neurox::apps
