#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "neurox/cluster/neuron_clusters.h"
#include "neurox/probe/logistic.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// Tokens of which any set of neurons can be read, with their classes.
struct ProbeTokens {
  /// #tokens x #neurons of the list, in its order.
  std::function<std::unique_ptr<RowSource>(const NeuronList&)> neurons;
  std::span<const int> y;  ///< #tokens classes; -1 (evaluation only): none that training has
};

/// 0.1 % to 0.5 %, 1 % to 10 %, 15 % to 50 % by 5, 60 % to 90 % by 10, as Dalvi et al. (2020).
std::vector<double> redundancy_shares();

struct RedundancyOptions {
  LogisticOptions fit;                 ///< num_classes is needed
  NeuronClusteringOptions clustering;  ///< its cuts are the thresholds tried; none: neurons are not clustered
  double layer_loss = 1;               ///< accuracy that fewer layers and clusters may cost, in percent of it
  double neuron_loss = 1;              ///< likewise of the minimal set
  std::vector<double> shares = redundancy_shares();  ///< of all neurons; sizes of sets tried, ascending
  int stride = 1000;                                 ///< of the ordering by weight mass
  Progress* progress = nullptr;
};

/// Neurons in use, and what a probe trained on them alone comes to.
struct RedundancySet {
  Index neurons = 0;
  double accuracy = 0;    ///< on the evaluation tokens
  double loss_error = 0;  ///< standard error of the accuracy that all neurons have more, over the same tokens
  double objective = 0;   ///< of training
};

struct Redundancy {
  RedundancySet all;
  std::vector<RedundancySet> layers;  ///< of the first 1, 2, ... layers, up to the first that suffice
  Index layers_kept = 0;
  std::vector<RedundancySet> clusters;  ///< of the representatives at each cut
  std::optional<std::size_t> cut;       ///< the one taken; nothing: neurons are not clustered
  std::vector<NeuronClusters> cuts;     ///< of the kept layers' neurons, as `layer_neurons` has them
  NeuronList layer_neurons;             ///< ascending
  NeuronList candidates;                ///< representatives of the cut taken, or all of them; ascending
  NeuronList order;                     ///< of the candidates, by weight mass
  std::vector<RedundancySet> sets;      ///< of the first neurons of it, up to the first that suffices
  NeuronList minimal;                   ///< in that order
  RedundancySet kept;                   ///< what it comes to
};

/// How few layers and neurons would do for a task: layer selector, correlation clusters, minimal set.
///
///  1. A probe on all neurons has accuracy A.
///  2. The fewest layers, from the lowest on, whose neurons together have more than A (1 - layer_loss / 100).
///  3. Of these layers' neurons, clustered over the training tokens, one representative each. The cut that
///     leaves the fewest is taken of those with more than A (1 - layer_loss / 100); where none has, the
///     neurons are not clustered. Constant neurons are dropped.
///  4. A probe on what is left orders it by weight mass (rank/weight_mass.h); the first `share` of all
///     neurons whose own probe has more than A (1 - neuron_loss / 100) are the minimal set; where no share
///     does, all that is left.
///
/// @param layers  neurons of each layer, lowest first
/// @throws Error{Usage} without layers, for a share outside (0, 1] or a loss outside [0, 100]; Error as
/// fit_logistic and cluster_neurons
/// Cost: a probe for each number of layers, each cut and each size.
/// Source: Dalvi, Sajjad, Durrani & Belinkov, EMNLP 2020. There the representative is random, the probe is a
/// few epochs of Adam, and one threshold (0.3) or none is chosen by hand.
Redundancy find_redundancy(const std::vector<NeuronList>& layers, const ProbeTokens& train,
                           const ProbeTokens& eval, const RedundancyOptions& options);

}  // namespace neurox
