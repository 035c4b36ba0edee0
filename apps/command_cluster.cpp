#include "command_cluster.h"

#include <memory>

#include "cluster_methods.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::apps {
namespace {

std::string grouping_help() {
  std::string text = "What is grouped, and how";
  for (const ClusterMethod& method : cluster_methods())
    text += fmt::format("\n{}: {}", method.name, method.summary);
  return text;
}

std::size_t place_of(const std::string& name) {
  std::vector<std::string> names;
  for (const ClusterMethod& method : cluster_methods()) {
    if (method.name == name) return names.size();
    names.push_back(method.name);
  }
  throw usage_error("cluster: no method '{}'{}; `neurox cluster --help` lists them", name,
                    did_you_mean(name, names));
}

}  // namespace

std::function<void()> attach_cluster(CLI::App& app) {
  auto options = std::make_shared<ClusterCommandOptions>();
  app.add_option("ACTIVATIONS", options->inputs, "Activations, as `neurox extract` writes them")
      ->required()
      ->type_name("");
  app.add_option("--method", options->method, grouping_help())->capture_default_str()->type_name("NAME");
  declare_output(app, options->output, "What was found (.h5ad)");
  app.add_option("--show", options->show, "Rows to print")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
  declare_seed(app, options->seed);
  declare_memory(app, options->memory_bytes);
  declare_shared_cluster(app, *options);
  declare_common(app, options->common);
  app.footer("Groups what belongs together, without labels or (quality of groups) beside them.");

  auto owners = std::make_shared<OptionOwners>();
  auto runners = std::make_shared<std::vector<std::function<void(const ClusterCommandOptions&)>>>();
  for (const ClusterMethod& method : cluster_methods()) {
    for (const std::string& shared : method.takes)
      for (const std::string& option : options_with(shared)) owners->share(option, method.name);
    owners->add(app, method.name, [&] { runners->push_back(method.attach(app)); });
  }
  return [&app, options, owners, runners] {
    const std::size_t method = place_of(options->method);
    owners->check(app, options->method);
    (*runners)[method](*options);
  };
}

}  // namespace neurox::apps
