#include "neurox/cluster/kmeans.h"

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

VectorD squared_distances(const MatrixF& S, Index to) {
  return (S.rowwise() - S.row(to)).rowwise().squaredNorm().cast<double>();
}

/// Greedy k-means++ among the rows of S.
MatrixD start_centres(const MatrixF& S, int clusters, Random& random) {
  MatrixD centres(clusters, S.cols());
  const auto n = static_cast<std::uint64_t>(S.rows());
  Index chosen = static_cast<Index>(random.below(n));
  VectorD nearest = squared_distances(S, chosen);
  centres.row(0) = S.row(chosen).cast<double>();
  const int trials = 2 + static_cast<int>(std::log(clusters));
  for (int c = 1; c < clusters; ++c) {
    double best = -1;
    VectorD best_nearest = nearest;
    const double total = nearest.sum();
    for (int t = 0; t < trials; ++t) {
      // Where all rows are centres already, any will do.
      Index candidate = static_cast<Index>(random.below(n));
      if (total > 0) {
        double left = static_cast<double>(random.next() >> 11) * 0x1p-53 * total;
        for (candidate = 0; candidate + 1 < S.rows() && left >= nearest(candidate); ++candidate)
          left -= nearest(candidate);
      }
      VectorD with = nearest.cwiseMin(squared_distances(S, candidate));
      const double sum = with.sum();
      if (best >= 0 && sum >= best) continue;
      best = sum, chosen = candidate, best_nearest = std::move(with);
    }
    nearest = std::move(best_nearest);
    centres.row(c) = S.row(chosen).cast<double>();
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
    nearness.rowwise() -= half_norms.transpose();
    for (Index i = 0; i < Z.rows(); ++i) {
      Index c = 0;
      nearness.row(i).maxCoeff(&c);
      out.cluster[static_cast<std::size_t>(first + i)] = static_cast<int>(c);
      out.distance(first + i) = (Z.row(i).cast<double>() - centres.row(c)).squaredNorm();
      out.sums.row(c) += Z.row(i).cast<double>();
      ++out.sizes[static_cast<std::size_t>(c)];
    }
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
