#pragma once

#include <span>
#include <vector>

#include "neurox/core/matrix.h"

/// How good groups are: against gold labels, against other groups, and by themselves.
///
/// Groups and labels are numbers from 0, one for each thing; a negative one is none, and things that have
/// none on either side are left out. Numbers need not be contiguous: only which things share one counts.
/// Every function of two labellings
/// @throws Error{Usage} when they differ in length, Error{Input} when no thing has both.
/// Logarithms are natural. Cost: O(things + clusters * labels).
namespace neurox {

/// How often each cluster meets each label.
struct Contingency {
  std::vector<int> clusters, labels;  ///< the numbers that occur, ascending
  MatrixD counts;                     ///< #clusters x #labels
  double total() const { return counts.sum(); }
};
Contingency contingency(std::span<const int> clusters, std::span<const int> labels);

/// Precision: of a thing, the share of its cluster that has its label; recall: the share of its label that is
/// in its cluster; both in the mean over things.
///     f1 = 2 precision recall / (precision + recall)
/// Source: Bagga & Baldwin, ACL 1998; Amigo et al., Information Retrieval 2009.
struct BCubed {
  double precision = 0, recall = 0, f1 = 0;
};
BCubed b_cubed(std::span<const int> clusters, std::span<const int> labels);

///     homogeneity = 1 - H(label | cluster) / H(label), completeness = 1 - H(cluster | label) / H(cluster),
///     v = 2 h c / (h + c)                    1 where the entropy below the line is 0; v = 0 where h + c is
/// Source: Rosenberg & Hirschberg, EMNLP 2007; as scikit-learn.
struct VMeasure {
  double homogeneity = 0, completeness = 0, v = 0;
};
VMeasure v_measure(std::span<const int> clusters, std::span<const int> labels);

/// Rand index less what chance gives, over the most it could be less that; 1 where both say the same, 0 by
/// chance, negative below it.
/// Source: Hubert & Arabie, Journal of Classification 1985; as scikit-learn.
double adjusted_rand(std::span<const int> a, std::span<const int> b);

/// Normalised pointwise mutual information of every cluster with every label, in [-1, 1]:
///     log( p(k, l) / (p(k) p(l)) ) / -log p(k, l)          -1 where they never meet; 1 where p(k, l) = 1
/// #clusters x #labels of the contingency table.
/// Source: Bouma, GSCL 2009; of clusters and labels: Michael et al., EMNLP 2020.
MatrixD normalised_pmi(const Contingency& table);

/// One number of it: the sum over pairs that meet of p(k, l) nPMI(k, l).
double mean_normalised_pmi(const Contingency& table);

/// How many clusters are in use, as perplexities of probabilities #things x #clusters whose rows sum to 1.
///     diversity   = exp H( mean over things of p )     1 .. #clusters
///     uncertainty = exp( mean over things of H(p) )    1 where every thing is in one cluster for certain
/// @throws Error{Input} without things, for a negative probability, and a row that does not sum to 1 (1e-3)
/// Source: Michael et al., EMNLP 2020.
struct ClustersInUse {
  double diversity = 0, uncertainty = 0;
};
ClustersInUse spread_of(const MatrixFRef& probabilities);
/// Of clusters that are certain: the perplexity of their sizes, and 1.
ClustersInUse spread_of(std::span<const int> clusters);

/// Silhouettes, from the distances of one thing after the other to all things: of each (b - a) / max(a, b), a
/// the mean distance to the other members of its cluster, b the least mean distance to another cluster; 0 for
/// a thing alone in its cluster, and for one in none.
///
///     SilhouetteSums sums(clusters);
///     for (Index i = 0; i < things; ++i) sums.add(i, distances_of(i));
///     sums.values()                                                      // #things values in [-1, 1]
///
/// Cost: O(things^2).
/// Source: Rousseeuw, J. Comput. Appl. Math. 1987; as scikit-learn.
class SilhouetteSums {
 public:
  explicit SilhouetteSums(std::span<const int> clusters);
  Index clusters() const { return size_.size(); }
  void add(Index thing, std::span<const float> distances);
  /// @throws Error{Input} with fewer than two clusters
  const std::vector<double>& values() const;

 private:
  std::vector<Index> cluster_of_;
  VectorD size_, sum_;
  std::vector<double> values_;
};

}  // namespace neurox
