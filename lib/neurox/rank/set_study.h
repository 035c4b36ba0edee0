#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "neurox/core/no_value.h"
#include "neurox/probe/logistic.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// Tokens whose neurons are read set by set.
struct SetTokens {
  /// Values of these neurons, #tokens x #neurons of the list.
  std::function<MatrixF(const NeuronList&)> load;
  std::span<const int> y;      ///< #tokens classes; -1 (evaluation only): none that training has
  std::span<const int> words;  ///< #tokens word types, shared between training and evaluation
};

struct SetStudyOptions {
  LogisticOptions fit;       ///< num_classes is needed
  std::vector<Index> sizes;  ///< of the sets, ascending; those above #neurons are left out
  int draws = 5;             ///< random sets of each size
  double keep = 0.97;        ///< share of the accuracy of all neurons that the smallest set keeps
  bool smallest = true;      ///< look for it, and train on all neurons
  std::uint64_t seed = 0;
  Progress* progress = nullptr;
};

/// What a probe on the first `size` neurons of a ranking comes to, and on as many random ones.
struct SetResult {
  Index size = 0;
  double accuracy = 0;  ///< on the evaluation tokens, as all below
  /// On the control task (Hewitt & Liang), no_value where there is but one word type; selectivity is accuracy
  /// - control.
  double control = no_value;
  double random = 0, random_low = 0, random_high = 0;  ///< mean, least and most of the draws
};

struct SetStudy {
  std::vector<SetResult> sets;
  double majority = 0;        ///< accuracy of the most frequent class
  double lookup = 0;          ///< accuracy of the most frequent class of each word
  std::optional<double> all;  ///< accuracy of all neurons, where the smallest set is looked for
  std::optional<Index>
      smallest;  ///< neurons that keep `keep` of it; nothing where no size up to the largest does
  double smallest_accuracy = 0;
};

/// Logistic probes on growing sets of a ranking's neurons, beside random sets and baselines.
///
/// The smallest set is looked for between the first size that keeps the share and the one before it, by
/// halving: accuracy is taken to grow with the set.
/// @param order        neurons, most important first
/// @param num_neurons  that random sets are drawn from
/// @throws Error{Usage} without sizes, or with draws < 0 or keep outside (0, 1]; Error as fit_logistic
/// Source: Dalvi et al., EMNLP 2020 (minimal sets); Antverg & Belinkov, ICLR 2022 (random sets of one size).
SetStudy study_sets(const NeuronList& order, Index num_neurons, const SetTokens& train, const SetTokens& eval,
                    const SetStudyOptions& options);

}  // namespace neurox
