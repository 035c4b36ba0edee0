#include "cluster_methods.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "cluster_correlation.h"
#include "cluster_redundancy.h"
#include "neurox/core/error.h"

namespace neurox::apps {

std::span<const ClusterMethod> cluster_methods() {
  static const std::vector<ClusterMethod> table{
      cluster_method("correlation", "neurons whose values rise and fall together, by hierarchical clustering",
                     {"--neurons", "--threshold", "--clusters", "--linkage"}, declare_cluster_correlation,
                     run_cluster_correlation),
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
  app.add_option("--linkage", options.linkage, "Distance between groups: single, complete, average or ward")
      ->check(CLI::IsMember({"single", "complete", "average", "ward"}))
      ->capture_default_str()
      ->group("Of several methods")
      ->type_name("NAME");
  declare_concept(app, options.topic, NumericLabels::Refused, false);
}

}  // namespace neurox::apps
