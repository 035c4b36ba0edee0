#include "cluster_redundancy.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "cluster_correlation.h"
#include "console.h"
#include "joined_activations.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/cluster/redundancy.h"
#include "neurox/core/error.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/probe/split.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// The neurons of each block, in the order of the axis.
struct Layers {
  std::vector<int> blocks;
  std::vector<NeuronList> neurons;
};

Layers layers_of(const NeuronAxis& axis) {
  Layers out;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const auto at = std::find(out.blocks.begin(), out.blocks.end(), axis.block(i)) - out.blocks.begin();
    if (static_cast<std::size_t>(at) == out.blocks.size()) {
      out.blocks.push_back(axis.block(i));
      out.neurons.emplace_back();
    }
    out.neurons[static_cast<std::size_t>(at)].push_back(static_cast<Index>(i));
  }
  return out;
}

ProbeTokens tokens_of(const JoinedActivations& activations, const io::LabelledRows& rows) {
  return {[&](const NeuronList& neurons) {
            return activations.source(rows.rows, {neurons.begin(), neurons.end()});
          },
          rows.y};
}

/// One row of the table of steps.
struct Step {
  std::string name;
  RedundancySet set;
};

std::vector<Step> steps_of(const Redundancy& found, const Layers& layers) {
  std::vector<Step> out{{"all", found.all}};
  for (std::size_t l = 0; l < found.layers.size(); ++l)
    out.push_back({fmt::format("up to block {}", layers.blocks[l]), found.layers[l]});
  for (std::size_t c = 0; c < found.clusters.size(); ++c)
    out.push_back({"clusters " + found.cuts[c].cut.name(), found.clusters[c]});
  for (const RedundancySet& set : found.sets) out.push_back({fmt::format("top {}", set.neurons), set});
  out.push_back({"minimal", found.kept});
  return out;
}

Tree step_figures(const std::vector<Step>& steps) {
  Tree out = Tree::object();
  const RedundancySet& all = steps.front().set;
  for (const Step& step : steps) {
    out["step"].push_back(step.name);
    out["neurons"].push_back(step.set.neurons);
    out["share"].push_back(static_cast<double>(step.set.neurons) / static_cast<double>(all.neurons));
    out["accuracy"].push_back(step.set.accuracy);
    out["accuracy_kept"].push_back(all.accuracy > 0 ? step.set.accuracy / all.accuracy : std::nan(""));
    out["loss_error"].push_back(step.set.loss_error);
    out["objective"].push_back(step.set.objective);
  }
  return out;
}

io::AnnData file_of(const JoinedActivations& activations, const Redundancy& found, const Layers& layers) {
  const std::size_t n = activations.axis().size();
  io::AnnData out;
  out.obs = activations.table();
  std::vector<bool> kept(n, false), in_layers(n, false), candidate(n, false);
  std::vector<std::int32_t> cluster(n, -1), order(n, 0);
  for (const Index i : found.minimal) kept[static_cast<std::size_t>(i)] = true;
  for (const Index i : found.candidates) candidate[static_cast<std::size_t>(i)] = true;
  for (std::size_t i = 0; i < found.order.size(); ++i)
    order[static_cast<std::size_t>(found.order[i])] = static_cast<std::int32_t>(i + 1);
  for (std::size_t i = 0; i < found.layer_neurons.size(); ++i) {
    const auto neuron = static_cast<std::size_t>(found.layer_neurons[i]);
    in_layers[neuron] = true;
    if (found.cut) cluster[neuron] = found.cuts[*found.cut].cluster[i];
  }
  out.obs.add("kept", kept);
  out.obs.add("order", order);
  out.obs.add("representative", candidate);
  if (found.cut) out.obs.add("cluster", cluster);
  out.obs.add("in_layers", in_layers);
  out.uns["sites"] = io::sites_tree(activations.axis());
  out.uns["steps"] = step_figures(steps_of(found, layers));
  return out;
}

void check_options(const ClusterCommandOptions& options, const ClusterRedundancyOptions& own) {
  if (options.topic.label.empty())
    throw usage_error("cluster: --method redundancy asks what a label needs: give --label NAME");
  if (!own.eval_labels.empty() && own.eval.empty())
    throw usage_error("--eval-labels without --eval: held-out sentences have the labels of --labels");
  if (!own.eval.empty() && options.inputs.size() > 1)
    throw usage_error("--eval is one file; the activations are {}", options.inputs.size());
}

}  // namespace

void declare_cluster_redundancy(CLI::App& app, ClusterRedundancyOptions& own) {
  app.add_option("--eval", own.eval, "Activations to evaluate on (default: sentences held out)")
      ->type_name("FILE");
  app.add_option("--eval-labels", own.eval_labels, "Label file for those of --eval; may be given again")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("--held-out", own.held_out, "Share of the tokens to hold out when there is no --eval")
      ->check(CLI::Range(0.01, 0.9))
      ->capture_default_str()
      ->type_name("SHARE");
  app.add_option("--layer-loss", own.layer_loss,
                 "Accuracy that fewer layers and clusters may cost, in percent of that of all neurons")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--neuron-loss", own.neuron_loss, "Likewise of the minimal set of neurons")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--lambda", own.lambda, "Strength of the probes' penalty")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--l1-ratio", own.l1_ratio, "Share of the penalty that is L1; the rest is L2")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("X");
}

void run_cluster_redundancy(const ClusterCommandOptions& options, const ClusterRedundancyOptions& own) {
  Console console(options.common);
  use_threads(options.common.threads);
  check_options(options, own);
  io::WriteOptions writing{options.output.force, {options.inputs.begin(), options.inputs.end()}};
  if (!own.eval.empty()) writing.inputs.emplace_back(own.eval);
  for (const auto* files : {&options.topic.label_files, &own.eval_labels})
    writing.inputs.insert(writing.inputs.end(), files->begin(), files->end());
  const std::string of_neurons = file_of_choice(options.neurons);
  if (!of_neurons.empty()) writing.inputs.emplace_back(of_neurons);
  io::check_output(options.output.path, writing);
  RedundancyOptions settings;
  settings.clustering.cuts = asked_cuts(options, 1);
  if (settings.clustering.cuts.empty()) settings.clustering.cuts = {{Cut::By::Threshold, 0.3}};

  const JoinedActivations train(options.inputs, options.neurons);
  std::optional<JoinedActivations> eval_file;
  if (!own.eval.empty()) {
    eval_file.emplace(std::vector<std::string>{own.eval}, options.neurons);
    if (const std::string differs = difference(eval_file->axis(), train.axis()); !differs.empty())
      throw input_error("{} and {} differ in their neurons: {}", own.eval, options.inputs.front(), differs);
    io::check_same_model(options.inputs.front(), train.first().provenance(), own.eval,
                         eval_file->first().provenance());
  }
  const JoinedActivations& eval = eval_file ? *eval_file : train;
  io::StringIds words;
  const ConceptRows all_rows =
      concept_rows(train.first(), options.topic, NumericLabels::Refused, options.seed, words);
  io::LabelledRows train_rows = all_rows.labelled, eval_rows;
  if (own.eval.empty()) {
    const Split split = split_by_sentence(all_rows.sentences(), own.held_out, options.seed);
    eval_rows = io::take(all_rows.labelled, {split.held_out.begin(), split.held_out.end()});
    train_rows = io::take(all_rows.labelled, {split.train.begin(), split.train.end()});
  } else {
    eval_rows = concept_rows_like(all_rows, eval.first(), options.topic, own.eval_labels, words).labelled;
  }

  settings.fit.num_classes = static_cast<int>(train_rows.classes.size());
  settings.fit.lambda = own.lambda;
  settings.fit.l1_ratio = own.l1_ratio;
  settings.fit.memory_bytes = options.memory_bytes;
  const std::string linkage = options.linkage.empty() ? "average" : options.linkage;
  settings.clustering.linkage = linkage_of(linkage);
  settings.clustering.silhouettes = false;
  keep_to_memory(settings.clustering, options, train.axis().size());
  settings.layer_loss = own.layer_loss;
  settings.neuron_loss = own.neuron_loss;
  settings.fit.progress = settings.clustering.progress = settings.progress = &console.progress();
  const Layers layers = layers_of(train.axis());
  const Redundancy found =
      find_redundancy(layers.neurons, tokens_of(train, train_rows), tokens_of(eval, eval_rows), settings);

  io::AnnData out = file_of(train, found, layers);
  out.uns["redundancy"] = {{"method", "redundancy"},
                           {"label", options.topic.label},
                           {"linkage", linkage},
                           {"layer_loss", own.layer_loss},
                           {"neuron_loss", own.neuron_loss},
                           {"lambda", own.lambda},
                           {"l1_ratio", own.l1_ratio},
                           {"layers", layers.blocks.size()},
                           {"layers_kept", found.layers_kept},
                           {"cut", found.cut ? found.cuts[*found.cut].cut.name() : "none"}};
  io::Provenance provenance = provenance_of("redundancy");
  const io::Provenance& from = train.first().provenance();
  provenance.seed = options.seed;
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  for (const auto& input : writing.inputs) provenance.add_input(input);
  provenance.settings = {{"activations", from.settings},
                         {"concept", concept_settings(all_rows, options.topic)}};
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);

  show_concept(console, all_rows, options.topic);
  console.figure("layers", fmt::format("{} of {}", found.layers_kept, layers.blocks.size()));
  console.figure("clusters", found.cut ? found.cuts[*found.cut].cut.name() : "none");
  console.figure("neurons", fmt::format("{} of {}", found.minimal.size(), train.axis().size()));
  console.figure("accuracy", found.kept.accuracy);
  console.figure("accuracy of all", found.all.accuracy);
  std::vector<std::vector<Tree>> rows;
  const Tree figures = step_figures(steps_of(found, layers));
  for (std::size_t i = 0; i < figures["step"].size(); ++i)
    rows.push_back({figures["step"][i], figures["neurons"][i], figures["share"][i], figures["accuracy"][i],
                    figures["accuracy_kept"][i], figures["loss_error"][i]});
  console.table("steps", {"step", "neurons", "share", "accuracy", "accuracy kept", "error of the loss"},
                rows);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
