#include "cluster_factors.h"

#include <cmath>
#include <memory>
#include <optional>

#include "console.h"
#include "factor_file.h"
#include "joined_activations.h"
#include "neuron_choice.h"
#include "neurox/cluster/pca.h"
#include "neurox/core/error.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// What both methods begin with.
class FactorRun {
 public:
  explicit FactorRun(const ClusterCommandOptions& options)
      : console(options.common), options_(options), writing_{options.output.force, {}} {
    use_threads(options.common.threads);
    writing_.inputs.assign(options.inputs.begin(), options.inputs.end());
    if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
      writing_.inputs.emplace_back(of_neurons);
    if (!options.match.empty()) writing_.inputs.emplace_back(options.match);
    if (options.sentence >= 0 && !options.factors_out.empty())
      throw usage_error("--factors-out holds factors over the whole text: leave --sentence out");
    io::check_output(options.output.path, writing_);
    if (!options.factors_out.empty()) io::check_output(options.factors_out, writing_);
    activations.emplace(options.inputs, options.neurons);
    text = factor_text(*activations, options.sentence);
    source = activations->source(text.rows);
    const std::int64_t bytes = source->rows() * source->cols() * static_cast<std::int64_t>(sizeof(float));
    if (bytes > options.memory_bytes / 2) return;  // read again for each pass
    MatrixF X(source->rows(), source->cols());
    source->read(0, X);
    source = std::make_unique<MatrixRows>(std::move(X));
  }

  void finish(FoundFactors& found, Tree settings) {
    if (!options_.match.empty()) add_matches(found, *activations, options_.match);
    write_factors(options_, *activations, text, found, std::move(settings), writing_);
    console.figure("neurons", activations->axis().size());
    console.figure("tokens", text.rows.size());
    for (const auto& [name, value] : found.figures) console.figure(name, value);
    show_factors(console, *activations, text, found);
    console.figure("output", options_.output.path);
    if (!options_.factors_out.empty()) console.figure("factors over the text", options_.factors_out);
    console.finish();
  }

  Console console;
  std::optional<JoinedActivations> activations;
  FactorText text;
  std::unique_ptr<RowSource> source;

 private:
  const ClusterCommandOptions& options_;
  io::WriteOptions writing_;
};

}  // namespace

void declare_cluster_nmf(CLI::App& app, ClusterNmfOptions& own) {
  app.add_option("--solver", own.solver, "cd: coordinate descent; mu: multiplicative updates")
      ->check(CLI::IsMember({"cd", "mu"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--init", own.start, "nndsvd: from singular vectors; random: by --seed")
      ->check(CLI::IsMember({"nndsvd", "random"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_option("--iterations", own.iterations, "At most so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--tolerance", own.tolerance, "When it is done, as scikit-learn's; 0: after all iterations")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("X");
}

void run_cluster_nmf(const ClusterCommandOptions& options, const ClusterNmfOptions& own) {
  FactorRun run(options);
  NmfOptions settings;
  settings.components = options.count;
  settings.solver = own.solver == "cd" ? NmfSolver::CoordinateDescent : NmfSolver::Multiplicative;
  settings.start = own.start == "nndsvd" ? NmfStart::Nndsvd : NmfStart::Random;
  settings.iterations = own.iterations;
  settings.tolerance = own.tolerance;
  settings.seed = options.seed;
  settings.memory_bytes = options.memory_bytes;
  settings.progress = &run.console.progress();
  Nmf factors = nmf(*run.source, settings);
  if (!factors.converged && own.tolerance > 0)
    run.console.warn(
        fmt::format("nmf: stopped after {} iterations before the tolerance was met; give more "
                    "(--iterations)",
                    factors.iterations));
  FoundFactors found;
  found.method = "nmf", found.name = "factor";
  // Of all that is above zero, what each factor restores.
  found.share.resize(options.count);
  for (Index k = 0; k < factors.H.rows(); ++k)
    found.share(k) = factors.W.col(k).sum() * factors.H.row(k).sum();
  if (const double all = found.share.sum(); all > 0) found.share /= all;
  found.of_neurons = std::move(factors.H);
  found.of_tokens = std::move(factors.W);
  found.weight = found.of_tokens.colwise().norm();
  found.figures = {{"error", factors.error / factors.norm},
                   {"negative share", factors.negative},
                   {"iterations", factors.iterations},
                   {"converged", factors.converged}};
  run.finish(found, {{"solver", own.solver},
                     {"init", own.start},
                     {"iterations", own.iterations},
                     {"tolerance", own.tolerance}});
}

void declare_cluster_pca(CLI::App&, ClusterPcaOptions&) {}

void run_cluster_pca(const ClusterCommandOptions& options, const ClusterPcaOptions&) {
  FactorRun run(options);
  DirectionOptions settings;
  settings.count = options.count;
  settings.memory_bytes = options.memory_bytes;
  settings.progress = &run.console.progress();
  Pca components = pca(*run.source, settings);
  if (!components.exact)
    run.console.warn(
        "pca: the last components are not settled (values too close to each other); ask for fewer "
        "or for more (--count)");
  FoundFactors found;
  found.method = "pca", found.name = "component";
  found.share = components.share;
  found.of_neurons = std::move(components.components);
  found.of_tokens = std::move(components.scores);
  found.weight = components.variance.cwiseSqrt();
  found.figures = {{"share of the variance", components.share.sum()}};
  run.finish(found, Tree::object());
}

}  // namespace neurox::apps
