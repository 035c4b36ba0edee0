#include "cluster_correlation.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <set>
#include <span>

#include "cluster_file.h"
#include "console.h"
#include "joined_activations.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/cluster/quality.h"
#include "neurox/core/error.h"
#include "neurox/io/scratch.h"
#include "neurox/probe/split.h"
#include "ranked_rows.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<Cut> cuts_of(const ClusterCommandOptions& options, const ClusterCorrelationOptions& own) {
  std::vector<Cut> cuts = asked_cuts(options, own.signed_distance ? 2 : 1);
  if (own.cut == "dynamic") cuts.push_back({Cut::By::Lifetime, static_cast<double>(own.min_size)});
  if (cuts.empty()) cuts.push_back({Cut::By::Threshold, 0.5});
  return cuts;
}

/// The activations of some rows, or their ranks among them.
std::unique_ptr<RowSource> values_of(const JoinedActivations& activations,
                                     const std::vector<std::int64_t>& rows,
                                     const NeuronClusteringOptions& settings, std::int64_t memory_bytes,
                                     const ClusterCorrelationOptions& own) {
  if (own.correlation == "pearson") return activations.source(rows);
  return ranked_rows(activations, rows, settings.scratch, memory_bytes, *settings.progress);
}

/// Adjusted Rand between the clusterings of two halves of the sentences, per cut; one row a halving.
std::vector<std::vector<double>> stability_of(const JoinedActivations& activations,
                                              const NeuronClusteringOptions& settings,
                                              const ClusterCommandOptions& options,
                                              const ClusterCorrelationOptions& own) {
  std::vector<std::vector<double>> out;
  NeuronClusteringOptions bare = settings;
  bare.silhouettes = false;
  for (int draw = 0; draw < own.halves; ++draw) {
    const Split halves =
        split_by_sentence(activations.sentences(), 0.5, options.seed + static_cast<std::uint64_t>(draw));
    std::vector<NeuronClustering> found;
    for (const std::vector<Index>* places : {&halves.train, &halves.held_out}) {
      std::vector<std::int64_t> rows;
      for (const Index p : *places) rows.push_back(activations.rows()[static_cast<std::size_t>(p)]);
      found.push_back(
          cluster_neurons(*values_of(activations, rows, settings, options.memory_bytes, own), bare));
    }
    std::vector<double>& of_draw = out.emplace_back();
    for (std::size_t c = 0; c < settings.cuts.size(); ++c)
      of_draw.push_back(adjusted_rand(found[0].cuts[c].cluster, found[1].cuts[c].cluster));
  }
  return out;
}

}  // namespace

std::vector<Cut> asked_cuts(const ClusterCommandOptions& options, double most) {
  std::vector<Cut> cuts;
  for (const double t : options.thresholds) {
    if (!(t >= 0 && t <= most)) throw usage_error("--threshold {}: distances lie between 0 and {}", t, most);
    cuts.push_back({Cut::By::Threshold, t});
  }
  for (const int k : options.clusters) {
    if (k < 1) throw usage_error("--clusters {}: give 1 or more", k);
    cuts.push_back({Cut::By::Count, static_cast<double>(k)});
  }
  std::set<std::string> names;
  for (const Cut& cut : cuts)
    if (!names.insert(cut.name()).second)
      throw usage_error("cluster: the cut {} is asked for twice", cut.name());
  return cuts;
}

ScratchMaker scratch_of(const ClusterCommandOptions& options) {
  // What is left, so that several matrices together keep to the budget.
  auto left = std::make_shared<std::int64_t>(options.memory_bytes);
  return [left, beside = options.output.path](std::int64_t floats) {
    const std::int64_t bytes = floats * static_cast<std::int64_t>(sizeof(float));
    std::shared_ptr<float> memory = io::scratch_floats(floats, *left, beside);
    if (bytes > *left) return memory;
    *left -= bytes;
    float* at = memory.get();
    return std::shared_ptr<float>(at, [memory = std::move(memory), left, bytes](float*) mutable {
      memory.reset();
      *left += bytes;
    });
  };
}

void keep_to_memory(NeuronClusteringOptions& settings, const ClusterCommandOptions& options,
                    std::size_t neurons) {
  const auto n = static_cast<std::int64_t>(neurons);
  const bool fits = n * n * static_cast<std::int64_t>(sizeof(float)) <= options.memory_bytes;
  settings.panel_bytes = fits ? options.memory_bytes : options.memory_bytes / 2;
  settings.scratch = scratch_of(options);
}

void declare_cluster_correlation(CLI::App& app, ClusterCorrelationOptions& own) {
  app.add_option("--correlation", own.correlation, "Of values (pearson) or of their ranks (spearman)")
      ->check(CLI::IsMember({"pearson", "spearman"}))
      ->capture_default_str()
      ->type_name("NAME");
  app.add_flag("--signed", own.signed_distance,
               "Distance 1 - r in place of 1 - |r|: neurons that say the opposite are far apart");
  app.add_option("--cut", own.cut, "dynamic: each branch where its clusters live longest")
      ->check(CLI::IsMember({"dynamic"}))
      ->type_name("HOW");
  app.add_option("--min-size", own.min_size, "--cut dynamic: least neurons of a cluster")
      ->check(CLI::Range(2, 1 << 30))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--halves", own.halves, "Halvings of the sentences, whose two clusterings are compared")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("N");
}

void run_cluster_correlation(const ClusterCommandOptions& options, const ClusterCorrelationOptions& own) {
  Console console(options.common);
  use_threads(options.common.threads);
  io::WriteOptions writing{options.output.force, {options.inputs.begin(), options.inputs.end()}};
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);
  NeuronClusteringOptions settings;
  settings.cuts = cuts_of(options, own);
  settings.absolute = !own.signed_distance;
  const std::string linkage = options.linkage.empty() ? "average" : options.linkage;
  settings.linkage = linkage_of(linkage);
  settings.progress = &console.progress();

  const JoinedActivations activations(options.inputs, options.neurons);
  keep_to_memory(settings, options, activations.axis().size());
  for (const int k : options.clusters)
    if (static_cast<std::size_t>(k) > activations.axis().size())
      throw usage_error("--clusters {}: there are {} neurons", k, activations.axis().size());
  if (activations.axis().size() < 2)
    throw input_error("{}: one neuron; clusters need 2 or more", options.inputs.front());
  const NeuronClustering found =
      cluster_neurons(*values_of(activations, {}, settings, options.memory_bytes, own), settings);
  const auto stability = stability_of(activations, settings, options, own);

  io::AnnData out = cluster_file(activations, found);
  out.uns["clusters"] = {
      {"method", "correlation"}, {"correlation", own.correlation},      {"absolute", settings.absolute},
      {"linkage", linkage},      {"tokens", activations.rows().size()}, {"constant", found.constant.size()}};
  if (own.cut == "dynamic") out.uns["clusters"]["min_size"] = own.min_size;
  if (own.halves > 0) out.uns["clusters"]["halves"] = own.halves;
  out.uns["cuts"] = cut_figures(found, stability);
  io::Provenance provenance = provenance_of("clusters");
  const io::Provenance& from = activations.first().provenance();
  if (own.halves > 0) provenance.seed = options.seed;
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  for (const auto& input : writing.inputs) provenance.add_input(input);
  provenance.settings = {{"activations", from.settings}};
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);

  console.figure("neurons", activations.axis().size());
  console.figure("tokens", activations.rows().size());
  show_constant(console, activations.axis(), found.constant);
  show_cuts(console, found, stability);
  show_largest(console, activations.axis(), found, options.show);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
