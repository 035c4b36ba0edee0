#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "command_cluster.h"

namespace neurox::apps {

/// One way to group: its name, what it says, the options of several methods that it takes, how its own are
/// declared, and what runs it once they are parsed.
struct ClusterMethod {
  std::string name;
  std::string summary;
  std::vector<std::string> takes;  ///< of declare_shared_cluster()
  std::function<std::function<void(const ClusterCommandOptions&)>(CLI::App& app)> attach;
};

/// The one table of methods: help, refusals and dispatch read it.
std::span<const ClusterMethod> cluster_methods();

/// A row of the table. `declare` puts the method's own options on the parser (their help group is set by the
/// caller); `run` reads the files, computes and writes.
template <class Own>
ClusterMethod cluster_method(std::string name, std::string summary, std::vector<std::string> takes,
                             void (*declare)(CLI::App&, Own&),
                             void (*run)(const ClusterCommandOptions&, const Own&)) {
  return {std::move(name), std::move(summary), std::move(takes),
          [declare, run](CLI::App& app) -> std::function<void(const ClusterCommandOptions&)> {
            auto own = std::make_shared<Own>();
            declare(app, *own);
            return [own, run](const ClusterCommandOptions& options) { run(options, *own); };
          }};
}

/// Which methods take which option.
class OptionOwners {
 public:
  /// The options that `declare` puts on the parser are `method`'s; they get its name as their help group.
  void add(CLI::App& app, const std::string& method, const std::function<void()>& declare);
  /// An option that is declared once for several methods.
  void share(const std::string& option, const std::string& method);
  /// @throws Error{Usage} for an option that was given and is of other methods:
  ///         `cluster: --linkage goes with --method correlation, not nmf`
  void check(const CLI::App& app, const std::string& method) const;

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> methods_of_;  ///< option, methods
};

/// Declares the options of several methods (ClusterMethod::takes names them; `--label` stands for all options
/// of concepts).
void declare_shared_cluster(CLI::App& app, ClusterCommandOptions& options);

/// The options that come with `name` (`--label`: all of concepts; else itself).
std::vector<std::string> options_with(const std::string& name);

}  // namespace neurox::apps
