#pragma once

#include <cstdint>

#include "neurox/rank/rank_data.h"

namespace neurox {

struct HeldOutOptions {
  double share = 0.5;  ///< of the tokens, by whole sentences, that labels are judged on
  std::uint64_t seed = 0;
};

/// Whether a neuron's label holds on sentences that it was not given on.
///
/// A neuron gets the label of a class by the one threshold, to one side, whose F1 on the training sentences
/// is largest (sorted_scores.h); on the held-out sentences then
///
///     precision = tokens of the class that it labels / tokens that it labels
///     recall    = tokens of the class that it labels / tokens of the class
///
/// each #neurons x (#classes + 1), the last column the mean over classes. Precision is NaN where nothing is
/// labelled, recall for a class without held-out tokens; means leave these out.
struct HeldOutPrecision {
  MatrixD precision, recall;
  std::vector<double>
      share;  ///< #classes of the held-out tokens: the precision of a neuron that knows nothing
};

/// @param data       sentences are needed
/// @param labelling  classes, without weights
/// @throws Error{Input} for numeric labels, unknown sentences, fewer than two of them
HeldOutPrecision held_out_precision(const RankData& data, const Labelling& labelling,
                                    const RankOptions& options, const HeldOutOptions& held_out);

}  // namespace neurox
