#include "neurox/cluster/directions.h"

#include <algorithm>
#include <functional>

#include "neurox/cluster/decomposition.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox {
namespace {

constexpr Index kDirectionBand = 1024;  // rows
constexpr Index kExactColumns = 1024;   // eigenvectors take seconds
constexpr Index kMoreDirections = 10;
constexpr int kMostSteps = 200;
constexpr double kDirectionTolerance = 1e-7;

/// A band as it is decomposed: clipped, then centred.
MatrixD prepared(const MatrixFRef& band, const VectorD& mean, bool clip) {
  MatrixD out = band.cast<double>();
  if (clip) out = out.cwiseMax(0.0);
  out.rowwise() -= mean.transpose();
  return out;
}

VectorD means_of(const RowSource& X, const DirectionOptions& options) {
  VectorD mean = VectorD::Zero(X.cols());
  if (!options.centre) return mean;
  for_each_band(X, kDirectionBand, [&](Index, const MatrixFRef& band) {
    mean += prepared(band, VectorD::Zero(X.cols()), options.clip).colwise().sum().transpose();
  });
  return mean / static_cast<double>(X.rows());
}

/// Gram-Schmidt, twice. A column that lies in the span of those before it becomes 0.
void orthonormalise(MatrixD& Q) {
  for (Index c = 0; c < Q.cols(); ++c) {
    const double before = Q.col(c).norm();
    for (int round = 0; round < 2 && c > 0; ++round) {
      const VectorD shares = Q.leftCols(c).transpose() * Q.col(c);
      Q.col(c) -= Q.leftCols(c) * shares;
    }
    const double norm = Q.col(c).norm();
    if (norm > 1e-12 * before)
      Q.col(c) /= norm;
    else
      Q.col(c).setZero();
  }
}

void fix_signs(MatrixD& V) {
  for (Index c = 0; c < V.cols(); ++c) {
    Index largest = 0;
    V.col(c).cwiseAbs().maxCoeff(&largest);
    if (V(largest, c) < 0) V.col(c) *= -1;
  }
}

/// @param apply  X'X times a matrix of #columns rows
void iterate(Directions& out, const DirectionOptions& options, Index columns, Index rank,
             const std::function<MatrixD(const MatrixD&)>& apply) {
  const Index wide = std::min<Index>(options.count + kMoreDirections, rank);
  MatrixD Q(columns, wide);
  Random random(0);
  for (double& q : Q.reshaped()) q = static_cast<double>(random.next() >> 11) * 0x1p-53 - 0.5;
  orthonormalise(Q);
  MatrixD AQ = apply(Q);
  out.exact = false;
  for (int step = 0; step < kMostSteps && !out.exact; ++step) {
    Q = AQ;
    orthonormalise(Q);
    AQ = apply(Q);
    const SymmetricEigen small = symmetric_eigen(Q.transpose() * AQ);
    Q = Q * small.vectors;
    AQ = AQ * small.vectors;
    out.vectors = Q.leftCols(options.count);
    out.values = small.values.head(options.count);
    const MatrixD residual = AQ.leftCols(options.count) - out.vectors * out.values.asDiagonal();
    out.exact = residual.colwise().norm().maxCoeff() <= kDirectionTolerance * small.values(0);
  }
}

}  // namespace

Directions leading_directions(const RowSource& X, const DirectionOptions& options) {
  const Index rank = std::min(X.rows(), X.cols());
  if (options.count < 1 || options.count > rank)
    throw input_error("{} components of {} tokens x {} neurons; give 1 to {} (--count)", options.count,
                      X.rows(), X.cols(), rank);
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  Directions out;
  out.mean = means_of(X, options);
  const Index d = X.cols();
  const bool exact = d <= kExactColumns;
  const bool in_memory = exact || d * d * static_cast<Index>(sizeof(double)) <= options.memory_bytes / 2;
  MatrixD gram;
  if (in_memory) gram = MatrixD::Zero(d, d);
  progress.stage("directions", X.rows(), "rows");
  for_each_band(X, kDirectionBand, [&](Index first, const MatrixFRef& band) {
    const MatrixD values = prepared(band, out.mean, options.clip);
    out.total += values.squaredNorm();
    if (in_memory) gram.noalias() += values.transpose() * values;
    progress.advance_to(first + band.rows());
  });
  if (exact) {
    const SymmetricEigen eigen = symmetric_eigen(gram);
    out.vectors = eigen.vectors.leftCols(options.count);
    out.values = eigen.values.head(options.count).cwiseMax(0.0);
    return out;
  }
  iterate(out, options, d, rank, [&](const MatrixD& Q) {
    if (in_memory) return MatrixD(gram * Q);
    MatrixD product = MatrixD::Zero(Q.rows(), Q.cols());
    for_each_band(X, kDirectionBand, [&](Index, const MatrixFRef& band) {
      const MatrixD values = prepared(band, out.mean, options.clip);
      const MatrixD projected = values * Q;
      product.noalias() += values.transpose() * projected;
    });
    return product;
  });
  fix_signs(out.vectors);
  out.values = out.values.cwiseMax(0.0);
  return out;
}

MatrixD project(const RowSource& X, const Directions& directions, const DirectionOptions& options) {
  MatrixD out(X.rows(), directions.vectors.cols());
  for_each_band(X, kDirectionBand, [&](Index first, const MatrixFRef& band) {
    out.middleRows(first, band.rows()).noalias() =
        prepared(band, directions.mean, options.clip) * directions.vectors;
  });
  return out;
}

}  // namespace neurox
