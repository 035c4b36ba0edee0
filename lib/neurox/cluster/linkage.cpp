#include "neurox/cluster/linkage.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox {
namespace {

constexpr float kGone = std::numeric_limits<float>::infinity();

/// The minimum spanning tree from thing 0 on (Prim).
std::vector<Merge> spanning_tree(const SquareMatrix& distances, Progress& progress) {
  const auto n = static_cast<std::size_t>(distances.things);
  std::vector<Merge> found;
  std::vector<float> nearest(n, kGone);
  std::vector<bool> reached(n, false);
  std::size_t at = 0;
  for (std::size_t step = 1; step < n; ++step) {
    reached[at] = true;
    const float* row = distances.row(static_cast<Index>(at));
    std::size_t next = 0;
    float least = kGone;
    for (std::size_t k = 0; k < n; ++k) {
      if (reached[k]) continue;
      nearest[k] = std::min(nearest[k], row[k]);
      if (nearest[k] < least) {
        least = nearest[k];
        next = k;
      }
    }
    found.push_back({static_cast<Index>(at), static_cast<Index>(next), static_cast<double>(least), 0});
    at = next;
    progress.advance_to(static_cast<std::int64_t>(step));
  }
  return found;
}

/// The distance of thing k to the cluster of a and b.
struct Update {
  Linkage linkage;
  double size_a, size_b, between;
  float operator()(float to_a, float to_b, float size_k) const {
    const auto a = static_cast<double>(to_a), b = static_cast<double>(to_b);
    switch (linkage) {
      case Linkage::Single:
        return std::min(to_a, to_b);
      case Linkage::Complete:
        return std::max(to_a, to_b);
      case Linkage::Average:
        return static_cast<float>((size_a * a + size_b * b) / (size_a + size_b));
      case Linkage::Ward:
        break;
    }
    const auto k = static_cast<double>(size_k);
    const double square =
        ((k + size_a) * a * a + (k + size_b) * b * b - k * between * between) / (size_a + size_b + k);
    return static_cast<float>(std::sqrt(std::max(0.0, square)));
  }
};

/// Clusters in slots, a row of distances for each. A merge rewrites the row of its slot; what it means for
/// the columns of other rows is kept aside and put into a row when that is next read, so that rows are only
/// ever read and written whole. When the place aside is full the matrix is brought up to date and closed up.
class Chain {
 public:
  Chain(const SquareMatrix& distances, Linkage linkage)
      : data_(distances.data), slots_(distances.things), linkage_(linkage) {
    const auto n = static_cast<std::size_t>(slots_);
    id_.resize(n);
    std::iota(id_.begin(), id_.end(), Index{0});
    size_.assign(n, 1.0F);
    fresh_.assign(n, 0);
    for (Index i = 0; i < slots_; ++i) row(i)[i] = kGone;
    aside_.resize(n * std::min(n, std::max<std::size_t>(64, n / 16)));
  }

  std::vector<Merge> run(Progress& progress) {
    std::vector<Merge> found;
    const Index merges = slots_ - 1;
    for (Index step = 0; step < merges; ++step) {
      if (chain_.empty()) chain_.push_back(first_alive());
      std::pair<Index, float> nearest;
      for (;;) {
        nearest = nearest_of(chain_.back());
        if (chain_.size() > 1 && nearest.first == chain_[chain_.size() - 2]) break;
        chain_.push_back(nearest.first);
      }
      Index a = chain_.back(), b = nearest.first;
      chain_.resize(chain_.size() - 2);
      if (a > b) std::swap(a, b);
      found.push_back({id_[at(a)], id_[at(b)], static_cast<double>(nearest.second), 0});
      merge(a, b, static_cast<double>(nearest.second));
      progress.advance_to(step + 1);
    }
    return found;
  }

 private:
  struct Gone {
    Index slot, into;
  };

  static std::size_t at(Index i) { return static_cast<std::size_t>(i); }
  float* row(Index slot) { return data_ + slot * slots_; }
  Index first_alive() const {
    return std::find_if(size_.begin(), size_.end(), [](float s) { return s > 0; }) - size_.begin();
  }

  /// Puts into a row what has merged since it was last read or written.
  float* fresh_row(Index slot) {
    float* values = row(slot);
    for (std::size_t m = fresh_[at(slot)]; m < merged_.size(); ++m) {
      values[merged_[m].slot] = kGone;
      values[merged_[m].into] = aside_[m * at(slots_) + at(slot)];
    }
    fresh_[at(slot)] = merged_.size();
    return values;
  }

  std::pair<Index, float> nearest_of(Index slot) {
    const float* values = fresh_row(slot);
    const float least = Eigen::Map<const Eigen::VectorXf>(values, slots_).minCoeff();
    if (chain_.size() > 1 && values[chain_[chain_.size() - 2]] == least)
      return {chain_[chain_.size() - 2], least};
    return {std::find(values, values + slots_, least) - values, least};
  }

  void merge(Index a, Index b, double between) {
    const float* of_a = fresh_row(a);
    float* of_b = fresh_row(b);
    const Update update{linkage_, static_cast<double>(size_[at(a)]), static_cast<double>(size_[at(b)]),
                        between};
    for (Index k = 0; k < slots_; ++k)
      of_b[k] = size_[at(k)] > 0 ? update(of_a[k], of_b[k], size_[at(k)]) : kGone;
    of_b[a] = of_b[b] = kGone;
    size_[at(b)] += size_[at(a)];
    size_[at(a)] = 0;
    std::copy(of_b, of_b + slots_, aside_.begin() + static_cast<std::ptrdiff_t>(merged_.size() * at(slots_)));
    merged_.push_back({a, b});
    fresh_[at(b)] = merged_.size();
    if ((merged_.size() + 1) * at(slots_) > aside_.size()) close_up();
  }

  void close_up() {
    std::vector<Index> alive;
    for (Index k = 0; k < slots_; ++k)
      if (size_[at(k)] > 0) alive.push_back(k);
    float* to = data_;
    for (const Index k : alive) {
      const float* values = fresh_row(k);
      for (const Index column : alive) *to++ = values[column];
    }
    for (Index& slot : chain_) slot = std::lower_bound(alive.begin(), alive.end(), slot) - alive.begin();
    for (std::size_t i = 0; i < alive.size(); ++i) {
      id_[i] = id_[at(alive[i])];
      size_[i] = size_[at(alive[i])];
    }
    slots_ = static_cast<Index>(alive.size());
    id_.resize(alive.size());
    size_.resize(alive.size());
    fresh_.assign(alive.size(), 0);
    merged_.clear();
  }

  float* data_;
  Index slots_;
  Linkage linkage_;
  std::vector<Index> id_;           ///< of each slot, one thing of its cluster
  std::vector<float> size_;         ///< 0: nothing there any more
  std::vector<std::size_t> fresh_;  ///< merges that the row knows of
  std::vector<Index> chain_;
  std::vector<Gone> merged_;
  std::vector<float> aside_;  ///< the row that each of these merges made
};

}  // namespace

Linkage linkage_of(std::string_view name) {
  if (name == "single") return Linkage::Single;
  if (name == "complete") return Linkage::Complete;
  if (name == "average") return Linkage::Average;
  if (name == "ward") return Linkage::Ward;
  const std::vector<std::string> names{"single", "complete", "average", "ward"};
  throw usage_error("no linkage '{}'{}; there are single, complete, average and ward", name,
                    did_you_mean(name, names));
}

Dendrogram link_things(const SquareMatrix& distances, Linkage linkage, Progress& progress) {
  if (distances.things < 1) throw input_error("nothing to cluster");
  progress.stage("linkage", distances.things - 1, "merges");
  return ordered_dendrogram(linkage == Linkage::Single ? spanning_tree(distances, progress)
                                                       : Chain(distances, linkage).run(progress));
}

}  // namespace neurox
