#include "neurox/cluster/redundancy.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/rank/choose.h"

namespace neurox {
namespace {

/// Trains on sets of neurons and says how they do.
class Trials {
 public:
  Trials(const ProbeTokens& train, const ProbeTokens& eval, const RedundancyOptions& options)
      : train_(train), eval_(eval), options_(options) {}

  RedundancySet operator()(NeuronList neurons) {
    // Ascending neurons are read in the order of the file.
    std::sort(neurons.begin(), neurons.end());
    fit_ = fit_logistic(*train_.neurons(neurons), train_.y, options_.fit);
    const std::vector<int> said = predict_classes(*eval_.neurons(neurons), fit_);
    std::vector<bool> right;
    for (std::size_t i = 0; i < said.size(); ++i) right.push_back(said[i] == eval_.y[i]);
    if (first_right_.empty()) first_right_ = right;
    const double n = static_cast<double>(std::max<std::size_t>(1, right.size()));
    const double accuracy = static_cast<double>(std::count(right.begin(), right.end(), true)) / n;
    return {static_cast<Index>(neurons.size()), accuracy, loss_error(right, n), fit_.objective};
  }
  /// The probe of the last trial; its neurons ascend.
  const LogisticFit& fit() const { return fit_; }

 private:
  /// Of what the first trial has more: a token is 1 where it alone is right, -1 where this one alone is, else
  /// 0.
  double loss_error(const std::vector<bool>& right, double n) const {
    double lost = 0, differ = 0;
    for (std::size_t i = 0; i < right.size(); ++i)
      if (right[i] != first_right_[i]) lost += first_right_[i] ? 1 : -1, ++differ;
    return std::sqrt((differ / n - (lost / n) * (lost / n)) / n);
  }

  const ProbeTokens& train_;
  const ProbeTokens& eval_;
  const RedundancyOptions& options_;
  LogisticFit fit_;
  std::vector<bool> first_right_;  ///< by evaluation token
};

void check(const std::vector<NeuronList>& layers, const RedundancyOptions& options) {
  if (layers.empty()) throw usage_error("redundancy: no layers");
  for (const double loss : {options.layer_loss, options.neuron_loss})
    if (!(loss >= 0 && loss <= 100))
      throw usage_error("redundancy: a loss of {} % is none of 0 to 100", loss);
  for (const double share : options.shares)
    if (!(share > 0 && share <= 1)) throw usage_error("redundancy: a share of {} is none of (0, 1]", share);
}

NeuronList all_of(const std::vector<NeuronList>& layers, std::size_t count) {
  NeuronList out;
  for (std::size_t l = 0; l < count; ++l) out.insert(out.end(), layers[l].begin(), layers[l].end());
  std::sort(out.begin(), out.end());
  return out;
}

NeuronList representatives_of(const NeuronClusters& clusters, const NeuronList& neurons) {
  NeuronList out;
  for (std::size_t i = 0; i < neurons.size(); ++i)
    if (clusters.representative[i]) out.push_back(neurons[i]);
  return out;
}

void choose_layers(Redundancy& out, const std::vector<NeuronList>& layers, double wanted, Trials& trial) {
  for (std::size_t count = 1; count <= layers.size(); ++count) {
    out.layers.push_back(count == layers.size() ? out.all : trial(all_of(layers, count)));
    out.layers_kept = static_cast<Index>(count);
    if (out.layers.back().accuracy > wanted) break;
  }
  out.layer_neurons = all_of(layers, static_cast<std::size_t>(out.layers_kept));
}

void choose_cut(Redundancy& out, const ProbeTokens& train, double wanted, const RedundancyOptions& options,
                Trials& trial) {
  out.candidates = out.layer_neurons;
  if (options.clustering.cuts.empty()) return;
  NeuronClustering found = cluster_neurons(*train.neurons(out.layer_neurons), options.clustering);
  out.cuts = std::move(found.cuts);
  for (std::size_t c = 0; c < out.cuts.size(); ++c) {
    NeuronList chosen = representatives_of(out.cuts[c], out.layer_neurons);
    out.clusters.push_back(trial(chosen));
    if (out.clusters.back().accuracy > wanted && chosen.size() < out.candidates.size()) {
      out.candidates = std::move(chosen);
      out.cut = c;
    }
  }
}

void choose_minimal(Redundancy& out, double wanted, const RedundancyOptions& options, Trials& trial) {
  const RedundancySet everything = trial(out.candidates);
  for (const Index i : order_by_mass(trial.fit().W, options.stride).neurons)
    out.order.push_back(out.candidates[static_cast<std::size_t>(i)]);
  const auto left = static_cast<Index>(out.order.size());
  Index last = 0;
  for (const double share : options.shares) {
    // The peer rounds down; a set has one neuron at least.
    const Index size =
        std::max<Index>(1, static_cast<Index>(share * static_cast<double>(out.all.neurons) + 1e-9));
    if (size >= left) break;
    if (size == std::exchange(last, size)) continue;
    out.sets.push_back(trial(choose_top(out.order, size)));
    if (out.sets.back().accuracy <= wanted) continue;
    out.minimal = choose_top(out.order, size);
    out.kept = out.sets.back();
    return;
  }
  out.sets.push_back(everything);
  out.minimal = out.order;
  out.kept = everything;
}

}  // namespace

std::vector<double> redundancy_shares() {
  std::vector<double> out;
  for (int i = 1; i <= 5; ++i) out.push_back(i / 1000.0);
  for (int i = 1; i <= 10; ++i) out.push_back(i / 100.0);
  for (int i = 15; i <= 50; i += 5) out.push_back(i / 100.0);
  for (int i = 60; i <= 90; i += 10) out.push_back(i / 100.0);
  return out;
}

Redundancy find_redundancy(const std::vector<NeuronList>& layers, const ProbeTokens& train,
                           const ProbeTokens& eval, const RedundancyOptions& options) {
  check(layers, options);
  Redundancy out;
  Trials trial(train, eval, options);
  out.all = trial(all_of(layers, layers.size()));
  const double for_layers = out.all.accuracy * (1 - options.layer_loss / 100),
               for_neurons = out.all.accuracy * (1 - options.neuron_loss / 100);
  choose_layers(out, layers, for_layers, trial);
  choose_cut(out, train, for_layers, options, trial);
  choose_minimal(out, for_neurons, options, trial);
  return out;
}

}  // namespace neurox
