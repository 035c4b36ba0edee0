#pragma once

#include <span>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// The label that most things of a cluster have.
struct AlignedCluster {
  int cluster = 0;
  Index size = 0;        ///< things in it
  Index labelled = 0;    ///< of these, with a label
  int label = -1;        ///< -1 where none has one
  double share = 0;      ///< of the labelled things that have it
  bool aligned = false;  ///< share >= threshold
};

struct LabelAlignment {
  std::vector<AlignedCluster> clusters;  ///< ascending
  double aligned_clusters = 0;           ///< share of the clusters that are aligned
  double covered_labels = 0;             ///< share of the labels that some aligned cluster is of
  double explained_things =
      0;  ///< share of the labelled things that are in a cluster aligned with their label
};

/// Which clusters are what a label set knows.
///
/// A cluster is aligned when at least `threshold` of its labelled things share one label (ties: the lower
/// label).
/// @param clusters   per thing, -1 none
/// @param labels     per thing, -1 none
/// @param threshold  in (0, 1]
/// @throws Error{Usage} for a threshold outside, or different lengths; Error{Input} when nothing has both
/// Source: Dalvi et al., ICLR 2022; Sajjad et al., NAACL 2022.
LabelAlignment align_with_labels(std::span<const int> clusters, std::span<const int> labels,
                                 double threshold);

}  // namespace neurox
