#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "neurox/core/matrix.h"

namespace neurox {

/// One step of an agglomeration, as scipy's linkage matrix has it: clusters below #leaves are leaves, cluster
/// #leaves + i is what merge i made.
struct Merge {
  Index left = 0, right = 0;  ///< left < right
  double height = 0;          ///< distance of the two
  Index size = 0;             ///< leaves below
  friend bool operator==(const Merge&, const Merge&) = default;
};

/// #leaves - 1 merges, lowest first.
using Dendrogram = std::vector<Merge>;

/// Puts merges in scipy's order and numbering.
/// @param found  pairs of leaves, one of each cluster joined, with their heights; in any order
Dendrogram ordered_dendrogram(std::vector<Merge> found);

/// Clusters are numbered from 0 in the order of their first leaves; one number for each leaf.
/// What follows cuts a dendrogram of #merges + 1 leaves.

/// The clusters whose merges are at most so high (scipy's fcluster, `distance`).
/// @throws Error{Usage} for a height that is negative or no number
std::vector<int> cut_at(const Dendrogram& dendrogram, double height);

/// At most so many clusters: merges are undone from the highest on, all of one height together (scipy's
/// fcluster, `maxclust`), so that ties may leave fewer.
/// @throws Error{Usage} below 1 or above #leaves
std::vector<int> cut_into(const Dendrogram& dendrogram, Index clusters);

/// The clusters that live longest, each branch cut at a height of its own.
///
/// From the root down, a merge of two clusters of at least `min_size` leaves is a division, where two
/// candidates are born; any other merge only sheds leaves. A candidate's lifetime is
///     sum over its leaves of (height at which it is born - height at which the leaf leaves it or it divides)
/// and of all sets of candidates without a leaf in common the one with the greatest sum of lifetimes is
/// taken, the root being none (ties: the division). Leaves in no cluster taken are clusters of their own.
/// @param min_size  least leaves of a cluster, >= 2
/// @throws Error{Usage} for a smaller one
/// Cost: O(leaves).
/// Source: Campello, Moulavi, Zimek & Sander, DMKD 2013 (the best set of clusters of any hierarchy, FOSC) and
/// PAKDD 2013 (shedding and division); here with lifetimes in distances, where HDBSCAN has them in
/// densities, 1 / distance, which know no distance of 0.
std::vector<int> cut_by_lifetime(const Dendrogram& dendrogram, Index min_size);

/// Leaves of each cluster of a cut.
std::vector<Index> cluster_sizes(std::span<const int> clusters);

/// Leaves from left to right as a drawing has them, no two branches crossing.
std::vector<Index> leaf_order(const Dendrogram& dendrogram);

}  // namespace neurox
