#include "neurox/cluster/dendrogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "neurox/core/error.h"

namespace neurox {
namespace {

Index leaves_of(const Dendrogram& dendrogram) {
  return static_cast<Index>(dendrogram.size()) + 1;
}

/// Numbers for each leaf after the clusters that `top_of` names: 0, 1, ... in the order of first leaves.
std::vector<int> numbered(const std::vector<Index>& top_of) {
  std::vector<int> number(2 * top_of.size(), -1), out;
  int next = 0;
  for (const Index top : top_of) {
    int& n = number[static_cast<std::size_t>(top)];
    if (n < 0) n = next++;
    out.push_back(n);
  }
  return out;
}

/// The cluster at the top of each leaf's branch, when only merges for which `joins` holds are made.
/// A merge that is not made begins a new branch at each of its children.
template <class Joins>
std::vector<int> cut_where(const Dendrogram& dendrogram, const Joins& joins) {
  const Index n = leaves_of(dendrogram);
  std::vector<Index> top(static_cast<std::size_t>(2 * n - 1));
  std::iota(top.begin(), top.end(), Index{0});
  for (Index i = n - 2; i >= 0; --i) {
    if (!joins(i)) continue;
    const Merge& merge = dendrogram[static_cast<std::size_t>(i)];
    top[static_cast<std::size_t>(merge.left)] = top[static_cast<std::size_t>(n + i)];
    top[static_cast<std::size_t>(merge.right)] = top[static_cast<std::size_t>(n + i)];
  }
  return numbered({top.begin(), top.begin() + n});
}

/// A cluster that a cut by lifetime may take.
struct Candidate {
  double lifetime = 0;
  double best = 0;  ///< greatest sum within its branch
  std::vector<std::size_t> parts;
  std::vector<Index> leaves;  ///< that leave it before it divides, or stay to its end
  double birth = 0;
};

}  // namespace

Dendrogram ordered_dendrogram(std::vector<Merge> found) {
  std::stable_sort(found.begin(), found.end(),
                   [](const Merge& a, const Merge& b) { return a.height < b.height; });
  const Index n = static_cast<Index>(found.size()) + 1;
  std::vector<Index> parent(static_cast<std::size_t>(2 * n - 1)), size(parent.size(), 1);
  std::iota(parent.begin(), parent.end(), Index{0});
  const auto root = [&](Index i) {
    while (parent[static_cast<std::size_t>(i)] != i) {
      Index& p = parent[static_cast<std::size_t>(i)];
      i = p = parent[static_cast<std::size_t>(p)];
    }
    return i;
  };
  for (Index i = 0; i < n - 1; ++i) {
    Merge& merge = found[static_cast<std::size_t>(i)];
    const Index a = root(merge.left), b = root(merge.right);
    parent[static_cast<std::size_t>(a)] = parent[static_cast<std::size_t>(b)] = n + i;
    merge.left = std::min(a, b);
    merge.right = std::max(a, b);
    merge.size = size[static_cast<std::size_t>(a)] + size[static_cast<std::size_t>(b)];
    size[static_cast<std::size_t>(n + i)] = merge.size;
  }
  return found;
}

std::vector<int> cut_at(const Dendrogram& dendrogram, double height) {
  if (!(height >= 0)) throw usage_error("a threshold of {} is no distance; give 0 or more", height);
  return cut_where(dendrogram,
                   [&](Index i) { return dendrogram[static_cast<std::size_t>(i)].height <= height; });
}

std::vector<int> cut_into(const Dendrogram& dendrogram, Index clusters) {
  const Index n = leaves_of(dendrogram);
  if (clusters < 1 || clusters > n)
    throw usage_error("{} clusters of {} things; give 1 to {}", clusters, n, n);
  Index made = n - clusters;  // merges that are made at least
  while (made > 0 && made < n - 1 &&
         dendrogram[static_cast<std::size_t>(made)].height ==
             dendrogram[static_cast<std::size_t>(made - 1)].height)
    ++made;
  return cut_where(dendrogram, [&](Index i) { return i < made; });
}

std::vector<int> cut_by_lifetime(const Dendrogram& dendrogram, Index min_size) {
  if (min_size < 2)
    throw usage_error("clusters of {} or more; a cluster by lifetime has 2 at least", min_size);
  const Index n = leaves_of(dendrogram);
  const auto size_of = [&](Index node) {
    return node < n ? 1 : dendrogram[static_cast<std::size_t>(node - n)].size;
  };
  // Candidates from the root down, a part after its whole; the nodes yet to be walked with theirs.
  std::vector<Candidate> candidates(1);
  if (n > 1) candidates[0].birth = dendrogram.back().height;
  struct Step {
    Index node;
    std::size_t candidate;
    double left;  ///< height at which the leaves below left the candidate; negative: they are in it
  };
  std::vector<Step> stack{{2 * n - 2, 0, -1}};
  while (!stack.empty()) {
    const Step step = stack.back();
    stack.pop_back();
    Candidate& own = candidates[step.candidate];
    if (step.node < n) {
      own.leaves.push_back(step.node);
      own.lifetime += own.birth - std::max(0.0, step.left);
      continue;
    }
    const Merge& merge = dendrogram[static_cast<std::size_t>(step.node - n)];
    if (step.left >= 0) {
      stack.push_back({merge.left, step.candidate, step.left});
      stack.push_back({merge.right, step.candidate, step.left});
      continue;
    }
    const bool left_is_large = size_of(merge.left) >= min_size,
               right_is_large = size_of(merge.right) >= min_size;
    if (left_is_large && right_is_large) {
      own.lifetime += static_cast<double>(merge.size) * (own.birth - merge.height);
      for (const Index child : {merge.left, merge.right}) {
        candidates[step.candidate].parts.push_back(candidates.size());
        stack.push_back({child, candidates.size(), -1});
        candidates.emplace_back().birth = merge.height;
      }
      continue;
    }
    // What is too small leaves here; where both are, the candidate ends here.
    stack.push_back({merge.left, step.candidate, left_is_large ? -1 : merge.height});
    stack.push_back({merge.right, step.candidate, right_is_large ? -1 : merge.height});
  }
  for (std::size_t c = candidates.size(); c-- > 0;) {
    Candidate& candidate = candidates[c];
    double parts = 0;
    for (const std::size_t part : candidate.parts) parts += candidates[part].best;
    candidate.best = candidate.parts.empty() ? candidate.lifetime : std::max(candidate.lifetime, parts);
    if (c == 0 || (!candidate.parts.empty() && candidate.lifetime <= parts)) candidate.lifetime = -1;
  }
  // A candidate is taken when it is the first of its branch that was not given up for its parts.
  std::vector<Index> top(static_cast<std::size_t>(n));
  std::iota(top.begin(), top.end(), Index{0});
  std::vector<Index> taken_above(candidates.size(), -1);
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    const Candidate& candidate = candidates[c];
    Index& taken = taken_above[c];
    if (taken < 0 && candidate.lifetime >= 0) taken = n + static_cast<Index>(c);
    for (const std::size_t part : candidate.parts) taken_above[part] = taken;
    if (taken >= 0)
      for (const Index leaf : candidate.leaves) top[static_cast<std::size_t>(leaf)] = taken;
  }
  return numbered(top);
}

std::vector<Index> cluster_sizes(std::span<const int> clusters) {
  std::vector<Index> out;
  for (const int k : clusters) {
    if (k < 0) continue;
    if (static_cast<std::size_t>(k) >= out.size()) out.resize(static_cast<std::size_t>(k) + 1, 0);
    ++out[static_cast<std::size_t>(k)];
  }
  return out;
}

std::vector<Index> leaf_order(const Dendrogram& dendrogram) {
  const Index n = leaves_of(dendrogram);
  std::vector<Index> out, stack{2 * n - 2};
  while (!stack.empty()) {
    const Index node = stack.back();
    stack.pop_back();
    if (node < n) {
      out.push_back(node);
      continue;
    }
    const Merge& merge = dendrogram[static_cast<std::size_t>(node - n)];
    stack.push_back(merge.right);
    stack.push_back(merge.left);
  }
  return out;
}

}  // namespace neurox
