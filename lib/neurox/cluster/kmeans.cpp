#include "neurox/cluster/kmeans.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

constexpr Index kMeansBand = 1024;  // rows

/// Rows less the mean of all, in float.
MatrixF about_mean(const MatrixFRef& band, const VectorF& mean) {
  return band.rowwise() - mean.transpose();
}

/// Rows drawn without replacement, ascending.
std::vector<Index> drawn_rows(Index rows, Index wanted, Random& random) {
  std::vector<Index> all(static_cast<std::size_t>(rows));
  std::iota(all.begin(), all.end(), Index{0});
  if (wanted >= rows) return all;
  for (Index i = 0; i < wanted; ++i)
    std::swap(all[static_cast<std::size_t>(i)],
              all[static_cast<std::size_t>(i) + random.below(static_cast<std::uint64_t>(rows - i))]);
  all.resize(static_cast<std::size_t>(wanted));
  std::sort(all.begin(), all.end());
  return all;
}

MatrixF rows_of(const RowSource& X, const std::vector<Index>& rows, const VectorF& mean) {
  MatrixF out(static_cast<Index>(rows.size()), X.cols());
  std::size_t at = 0;
  for_each_band(X, kMeansBand, [&](Index first, const MatrixFRef& band) {
    for (; at < rows.size() && rows[at] < first + band.rows(); ++at)
      out.row(static_cast<Index>(at)) = band.row(rows[at] - first) - mean.transpose();
  });
  return out;
}

/// Of every row of S to some of them, #rows x #chosen.
MatrixD squared_distances(const MatrixF& S, const std::vector<Index>& chosen) {
  MatrixD out(S.rows(), static_cast<Index>(chosen.size()));
  tbb::parallel_for(tbb::blocked_range<Index>(0, S.rows(), 64), [&](const tbb::blocked_range<Index>& rows) {
    for (Index i = rows.begin(); i < rows.end(); ++i)
      for (std::size_t c = 0; c < chosen.size(); ++c)
        out(i, static_cast<Index>(c)) = static_cast<double>((S.row(i) - S.row(chosen[c])).squaredNorm());
  });
  return out;
}

/// A row drawn with a chance in proportion to its weight; any row where all weights are zero.
Index drawn_row(const VectorD& weights, double total, Random& random) {
  auto drawn = static_cast<Index>(random.below(static_cast<std::uint64_t>(weights.size())));
  if (total > 0) {
    double left = static_cast<double>(random.next() >> 11) * 0x1p-53 * total;
    for (drawn = 0; drawn + 1 < weights.size() && left >= weights(drawn); ++drawn) left -= weights(drawn);
  }
  return drawn;
}

/// Greedy k-means++ among the rows of S.
MatrixD start_centres(const MatrixF& S, int clusters, Random& random) {
  MatrixD centres(clusters, S.cols());
  const auto first = static_cast<Index>(random.below(static_cast<std::uint64_t>(S.rows())));
  VectorD nearest = squared_distances(S, {first}).col(0);
  centres.row(0) = S.row(first).cast<double>();
  std::vector<Index> candidates(static_cast<std::size_t>(2 + static_cast<int>(std::log(clusters))));
  for (int c = 1; c < clusters; ++c) {
    const double total = nearest.sum();
    for (Index& candidate : candidates) candidate = drawn_row(nearest, total, random);
    const MatrixD distances = squared_distances(S, candidates)
                                  .cwiseMin(nearest.replicate(1, static_cast<Index>(candidates.size())));
    Index best = 0;  // the first of equals
    distances.colwise().sum().minCoeff(&best);
    nearest = distances.col(best);
    centres.row(c) = S.row(candidates[static_cast<std::size_t>(best)]).cast<double>();
  }
  return centres;
}

/// Nearest centres of all rows, and what new centres are made of.
struct Assignment {
  std::vector<int> cluster;
  VectorD distance;
  MatrixD sums;
  std::vector<Index> sizes;
  double inertia = 0;
};

Assignment assign(const RowSource& X, const VectorF& mean, const MatrixD& centres) {
  Assignment out;
  out.cluster.resize(static_cast<std::size_t>(X.rows()));
  out.distance.resize(X.rows());
  out.sums = MatrixD::Zero(centres.rows(), centres.cols());
  out.sizes.assign(static_cast<std::size_t>(centres.rows()), 0);
  const MatrixF C = centres.cast<float>();
  const VectorF half_norms = 0.5F * C.rowwise().squaredNorm();
  for_each_band(X, kMeansBand, [&](Index first, const MatrixFRef& band) {
    const MatrixF Z = about_mean(band, mean);
    MatrixF nearness = Z * C.transpose();  // larger is nearer once half the centre's norm is off
    tbb::parallel_for(tbb::blocked_range<Index>(0, Z.rows(), 64), [&](const tbb::blocked_range<Index>& rows) {
      for (Index i = rows.begin(); i < rows.end(); ++i) {
        Index c = 0;
        (nearness.row(i) - half_norms.transpose()).maxCoeff(&c);
        out.cluster[static_cast<std::size_t>(first + i)] = static_cast<int>(c);
        out.distance(first + i) = (Z.row(i).cast<double>() - centres.row(c)).squaredNorm();
      }
    });
    // Each sum is one thread's, so that its order is that of the rows.
    tbb::parallel_for(
        tbb::blocked_range<Index>(0, Z.cols(), 64), [&](const tbb::blocked_range<Index>& columns) {
          const Index begin = columns.begin(), width = columns.end() - begin;
          for (Index i = 0; i < Z.rows(); ++i)
            out.sums.row(out.cluster[static_cast<std::size_t>(first + i)]).segment(begin, width) +=
                Z.row(i).segment(begin, width).cast<double>();
        });
    for (Index i = 0; i < Z.rows(); ++i)
      ++out.sizes[static_cast<std::size_t>(out.cluster[static_cast<std::size_t>(first + i)])];
  });
  out.inertia = out.distance.sum();
  return out;
}

/// Centres that have no row move to the rows that are farthest from theirs.
void fill_empty(const RowSource& X, const VectorF& mean, Assignment& at, MatrixD& centres) {
  for (std::size_t c = 0; c < at.sizes.size(); ++c) {
    if (at.sizes[c] > 0) continue;
    Index farthest = 0;
    at.distance.maxCoeff(&farthest);
    at.distance(farthest) = 0;
    centres.row(static_cast<Index>(c)) = rows_of(X, {farthest}, mean).row(0).cast<double>();
  }
}

KMeans run_once(const RowSource& X, const VectorF& mean, double tolerance, MatrixD centres,
                const KMeansOptions& options) {
  KMeans out;
  Assignment at = assign(X, mean, centres);
  while (out.iterations < options.iterations && !out.converged) {
    const MatrixD before = centres;
    for (Index c = 0; c < centres.rows(); ++c)
      if (const Index size = at.sizes[static_cast<std::size_t>(c)]; size > 0)
        centres.row(c) = at.sums.row(c) / static_cast<double>(size);
    fill_empty(X, mean, at, centres);
    Assignment next = assign(X, mean, centres);
    out.converged = next.cluster == at.cluster || (centres - before).squaredNorm() <= tolerance;
    at = std::move(next);
    ++out.iterations;
    if (options.progress != nullptr) options.progress->advance_to(out.iterations);
  }
  out.centres = std::move(centres);
  out.cluster = std::move(at.cluster);
  out.distance = std::move(at.distance);
  out.inertia = at.inertia;
  return out;
}

/// Largest cluster first.
void renumber(KMeans& found) {
  const auto k = static_cast<std::size_t>(found.centres.rows());
  std::vector<Index> size(k, 0), first(k, static_cast<Index>(found.cluster.size()));
  for (std::size_t i = 0; i < found.cluster.size(); ++i) {
    const auto c = static_cast<std::size_t>(found.cluster[i]);
    if (size[c]++ == 0) first[c] = static_cast<Index>(i);
  }
  std::vector<std::size_t> order(k);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return size[a] != size[b] ? size[a] > size[b] : first[a] < first[b];
  });
  std::vector<int> place(k);
  MatrixD centres(found.centres.rows(), found.centres.cols());
  for (std::size_t i = 0; i < k; ++i) {
    place[order[i]] = static_cast<int>(i);
    centres.row(static_cast<Index>(i)) = found.centres.row(static_cast<Index>(order[i]));
  }
  found.centres = std::move(centres);
  for (int& c : found.cluster) c = place[static_cast<std::size_t>(c)];
}

}  // namespace

KMeans k_means(const RowSource& X, const KMeansOptions& options) {
  if (options.clusters < 1) throw usage_error("k-means: {} clusters; give one or more", options.clusters);
  if (options.clusters > X.rows())
    throw input_error("k-means: {} clusters of {} tokens; give {} or fewer (--clusters)", options.clusters,
                      X.rows(), X.rows());
  ColumnStats stats(X.cols());
  for_each_band(X, kMeansBand, [&](Index, const MatrixFRef& band) { stats.add(band); });
  const VectorF mean = stats.mean().cast<float>();
  const double tolerance = options.tolerance * stats.variance().mean();
  Random random(options.seed);
  const MatrixF sample =
      rows_of(X, drawn_rows(X.rows(), std::max<Index>(5000, 20 * options.clusters), random), mean);
  KMeans best;
  for (int start = 0; start < std::max(1, options.restarts); ++start) {
    if (options.progress != nullptr) options.progress->stage("k-means", options.iterations, "iterations");
    KMeans found = run_once(X, mean, tolerance, start_centres(sample, options.clusters, random), options);
    if (start == 0 || found.inertia < best.inertia) best = std::move(found);
  }
  best.centres.rowwise() += mean.cast<double>().transpose();
  renumber(best);
  return best;
}

}  // namespace neurox
