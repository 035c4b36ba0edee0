#include "neurox/cluster/label_alignment.h"

#include <map>
#include <set>

#include "neurox/core/error.h"

namespace neurox {

LabelAlignment align_with_labels(std::span<const int> clusters, std::span<const int> labels,
                                 double threshold) {
  if (!(threshold > 0 && threshold <= 1))
    throw usage_error("alignment: a threshold of {} is not between 0 and 1", threshold);
  if (clusters.size() != labels.size())
    throw usage_error("alignment: {} clusters but {} labels", clusters.size(), labels.size());
  std::map<int, std::map<int, Index>> counts;
  std::map<int, Index> sizes;
  std::set<int> known;
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    if (labels[i] >= 0) known.insert(labels[i]);
    if (clusters[i] < 0) continue;
    ++sizes[clusters[i]];
    if (labels[i] >= 0) ++counts[clusters[i]][labels[i]];
  }
  if (counts.empty()) throw input_error("alignment: no token has both a cluster and a label");
  LabelAlignment out;
  std::set<int> covered;
  Index labelled = 0, explained = 0;
  for (const auto& [cluster, size] : sizes) {
    AlignedCluster& a = out.clusters.emplace_back();
    a.cluster = cluster, a.size = size;
    Index most = 0;
    for (const auto& [label, n] : counts[cluster]) {
      a.labelled += n;
      if (n > most) most = n, a.label = label;
    }
    labelled += a.labelled;
    if (a.labelled == 0) continue;
    a.share = static_cast<double>(most) / static_cast<double>(a.labelled);
    a.aligned = a.share >= threshold;
    if (!a.aligned) continue;
    out.aligned_clusters += 1;
    explained += most;
    covered.insert(a.label);
  }
  out.aligned_clusters /= static_cast<double>(out.clusters.size());
  out.covered_labels = static_cast<double>(covered.size()) / static_cast<double>(known.size());
  out.explained_things = static_cast<double>(explained) / static_cast<double>(labelled);
  return out;
}

}  // namespace neurox
