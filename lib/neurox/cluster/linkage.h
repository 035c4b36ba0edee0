#pragma once

#include <string_view>

#include "neurox/cluster/dendrogram.h"
#include "neurox/core/progress.h"

namespace neurox {

/// Distance of two clusters: least, greatest, mean of their members' distances, or Ward's.
enum class Linkage { Single, Complete, Average, Ward };

/// @throws Error{Usage} for another name
Linkage linkage_of(std::string_view name);

/// A symmetric matrix of #things x #things whose memory (row after row) is the caller's, and may be a mapped
/// file.
struct SquareMatrix {
  float* data = nullptr;
  Index things = 0;
  float* row(Index i) const { return data + i * things; }
};

/// Agglomerates things by their distances.
///
/// Distances of a new cluster come from those of its parts (Lance & Williams 1967); Ward's formula is
///     d(k, a+b)^2 = ((n_k+n_a) d(k,a)^2 + (n_k+n_b) d(k,b)^2 - n_k d(a,b)^2) / (n_k+n_a+n_b)
/// whatever the distances are (scipy does so too). Ties go to the earlier thing in the chain of neighbours,
/// then to the lower one; heights and, where no two are equal, the tree are scipy's.
///
/// @param distances  #things x #things, finite, >= 0; all but single linkage use it up: it is working memory
/// @throws Error{Input} for no things
/// Cost: O(things^2). Single linkage is a minimum spanning tree and reads each row once; the others follow
/// chains of nearest neighbours, read whole rows, and rewrite the matrix whenever a sixteenth of it has
/// merged, so that a mapped file is passed over some six times. Sixteenth of the matrix as memory of its own.
/// Source: Müllner, arXiv:1109.2378; Murtagh, Computer Journal 1983.
Dendrogram link_things(const SquareMatrix& distances, Linkage linkage, Progress& progress);

}  // namespace neurox
