#include "neurox/rank/gaussian_scan.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "neurox/rank/gaussian_tile.h"

namespace neurox {
namespace {

constexpr Index kScanChunk = 1024;  ///< tokens whitened before all neurons are scored on them
constexpr Index kScanBlock = 128;   ///< tokens of a kernel call
constexpr Index kScanStrip = GaussianTile::kStrip, kScanTile = GaussianTile::kRows;

/// The classes that have a Gaussian, and where tokens' labels are among them.
struct PresentClasses {
  std::vector<Index> classes;
  std::vector<int> place;  ///< per class; -1: no Gaussian

  explicit PresentClasses(const GaussianClasses& g) : place(static_cast<std::size_t>(g.classes()), -1) {
    for (Index v = 0; v < g.classes(); ++v) {
      if (!g.present(v)) continue;
      place[static_cast<std::size_t>(v)] = static_cast<int>(classes.size());
      classes.push_back(v);
    }
  }
  Index count() const { return static_cast<Index>(classes.size()); }
  int of(int label) const {
    return label < 0 || label >= static_cast<int>(place.size()) ? -1 : place[static_cast<std::size_t>(label)];
  }
};

/// Parts of ln p(class v, chosen, candidate) that no candidate changes, per token.
/// @param z  #chosen x #tokens, whitened
Eigen::RowVectorXd class_base(const GaussianClasses& g, Index v, const MatrixD& z) {
  const Index k = g.chosen();
  double constant = g.log_frequency(v) - static_cast<double>(k + 1) / 2 * g.log_scale(v);
  for (Index a = 0; a < k; ++a) constant -= std::log(g.pivot(v, a));
  return (constant - 0.5 * std::exp(-g.log_scale(v)) * z.colwise().squaredNorm().array()).matrix();
}

/// A chunk of tokens as the kernel wants them.
struct ScanChunk {
  Index rows = 0, padded = 0;
  std::vector<float> z;     ///< per class, per kScanTile tokens: chosen x kScanTile
  std::vector<float> base;  ///< per class: padded; less the largest of the token
  std::vector<int> labels;  ///< padded
};

void whiten_chunk(const GaussianClasses& g, const GaussianRows& rows, const PresentClasses& present,
                  Index first, ScanChunk& chunk) {
  const Index k = g.chosen(), n = chunk.rows, C = present.count();
  chunk.padded = (n + kScanTile - 1) / kScanTile * kScanTile;
  chunk.z.assign(static_cast<std::size_t>(C * k * chunk.padded), 0);
  chunk.base.assign(static_cast<std::size_t>(C * chunk.padded), 0);
  chunk.labels.assign(static_cast<std::size_t>(chunk.padded), -1);
  MatrixD base(C, n);
  tbb::parallel_for(Index{0}, C, [&](Index c) {
    const Index v = present.classes[static_cast<std::size_t>(c)];
    const MatrixD z = rows.whitened(g, v, first, n);
    float* out = chunk.z.data() + c * k * chunk.padded;
    for (Index i = 0; i < n; ++i)
      for (Index a = 0; a < k; ++a)
        out[(i / kScanTile * k + a) * kScanTile + i % kScanTile] = static_cast<float>(z(a, i));
    base.row(c) = class_base(g, v, z);
  });
  const Eigen::RowVectorXd top = base.colwise().maxCoeff();
  for (Index c = 0; c < C; ++c)
    for (Index i = 0; i < n; ++i)
      chunk.base[static_cast<std::size_t>(c * chunk.padded + i)] = static_cast<float>(base(c, i) - top(i));
  for (Index i = 0; i < n; ++i)
    chunk.labels[static_cast<std::size_t>(i)] =
        present.of(rows.labels()[static_cast<std::size_t>(first + i)]);
}

/// A band of tokens on which candidates are scored in double, one after the other.
class CandidateBand {
 public:
  struct Rows {
    Index first, count;
  };
  CandidateBand(const GaussianClasses& g, const GaussianRows& rows, const PresentClasses& present, Rows band)
      : g_(g), present_(present), base_(present.count(), band.count) {
    for (Index c = 0; c < present.count(); ++c) {
      const Index v = present.classes[static_cast<std::size_t>(c)];
      z_.push_back(rows.whitened(g, v, band.first, band.count));
      base_.row(c) = class_base(g, v, z_.back());
    }
    for (Index i = 0; i < band.count; ++i)
      labels_.push_back(present.of(rows.labels()[static_cast<std::size_t>(band.first + i)]));
  }

  struct Sums {
    double log_likelihood = 0, right = 0;
  };
  template <class Column>
  Sums score(const Column& x, Index candidate) const {
    MatrixD logits = base_;
    for (Index c = 0; c < present_.count(); ++c) {
      const Index v = present_.classes[static_cast<std::size_t>(c)];
      const double remaining = g_.remaining(v, candidate);
      Eigen::RowVectorXd r = (x.transpose().template cast<double>().array() - g_.mean(v, candidate)).matrix();
      for (Index a = 0; a < g_.chosen(); ++a)
        r -= g_.factor(v)(a, candidate) * z_[static_cast<std::size_t>(c)].row(a);
      logits.row(c).array() -=
          0.5 * std::log(remaining) + 0.5 * std::exp(-g_.log_scale(v)) / remaining * r.array().square();
    }
    Sums sums;
    for (Index i = 0; i < logits.cols(); ++i) {
      const int label = labels_[static_cast<std::size_t>(i)];
      if (label < 0) continue;
      Index best = 0;
      const double top = logits.col(i).maxCoeff(&best);
      sums.log_likelihood += logits(label, i) - top - std::log((logits.col(i).array() - top).exp().sum());
      sums.right += best == label ? 1 : 0;
    }
    return sums;
  }

 private:
  const GaussianClasses& g_;
  const PresentClasses& present_;
  std::vector<MatrixD> z_;  ///< per class, #chosen x #tokens
  MatrixD base_;            ///< #classes x #tokens
  std::vector<int> labels_;
};

/// Means, constants, factors and L of a strip of neurons, class by class.
void fill_strip_tables(const GaussianClasses& g, const PresentClasses& present, Index first, Index columns,
                       float* table) {
  const Index k = g.chosen();
  for (Index v : present.classes) {
    const double precision = std::exp(-g.log_scale(v));
    for (Index j = 0; j < columns; ++j) {
      const double remaining = g.remaining(v, first + j);
      table[j] = static_cast<float>(g.mean(v, first + j));
      table[kScanStrip + j] = static_cast<float>(-0.5 * std::log(remaining));
      table[2 * kScanStrip + j] = static_cast<float>(-0.5 * precision / remaining);
    }
    table += 3 * kScanStrip;
    for (Index a = 0; a < k; ++a, table += kScanStrip)
      for (Index j = 0; j < columns; ++j) table[j] = static_cast<float>(g.factor(v)(a, first + j));
  }
}

CandidateScores scan_means(const GaussianRows& rows, const PresentClasses& present, const VectorD& sums,
                           const VectorD& right) {
  std::int64_t known = 0, labelled = 0;
  for (int label : rows.labels()) {
    labelled += label >= 0 ? 1 : 0;
    known += present.of(label) >= 0 ? 1 : 0;
  }
  return {sums / static_cast<double>(std::max<std::int64_t>(known, 1)),
          right / static_cast<double>(std::max<std::int64_t>(labelled, 1))};
}

}  // namespace

CandidateScores scan_candidates(const GaussianClasses& classes, const GaussianRows& rows) {
  const PresentClasses present(classes);
  const Index d = classes.neurons(), k = classes.chosen(), C = present.count(),
              strips = (d + kScanStrip - 1) / kScanStrip;
  VectorD sums = VectorD::Zero(strips * kScanStrip), right = VectorD::Zero(strips * kScanStrip);
  ScanChunk chunk;
  rows.rows().for_each_group([&](Index group_first, const MatrixFRef& group) {
    for (Index first = 0; first < group.rows(); first += kScanChunk) {
      chunk.rows = std::min(kScanChunk, group.rows() - first);
      whiten_chunk(classes, rows, present, group_first + first, chunk);
      tbb::parallel_for(Index{0}, strips, [&](Index strip) {
        const Index column = strip * kScanStrip, columns = std::min(kScanStrip, d - column);
        std::vector<float> tables(static_cast<std::size_t>(C * (3 + k) * kScanStrip));
        std::vector<float> scratch(static_cast<std::size_t>(C * kScanTile * kScanStrip));
        std::vector<float> x(static_cast<std::size_t>(kScanBlock * kScanStrip));
        fill_strip_tables(classes, present, column, columns, tables.data());
        for (Index row = 0; row < chunk.padded; row += kScanBlock) {
          const Index padded = std::min(kScanBlock, chunk.padded - row),
                      real = std::min(padded, chunk.rows - row);
          for (Index i = 0; i < real; ++i)
            std::copy_n(group.row(first + row + i).data() + column, columns, x.data() + i * kScanStrip);
          GaussianTile tile;
          tile.rows = padded;
          tile.classes = C;
          tile.chosen = k;
          tile.x = x.data();
          tile.z = chunk.z.data() + row * k;
          tile.z_stride = k * chunk.padded;
          tile.base = chunk.base.data() + row;
          tile.base_stride = chunk.padded;
          tile.tables = tables.data();
          tile.labels = chunk.labels.data() + row;
          tile.scratch = scratch.data();
          tile.log_likelihood = sums.data() + column;
          tile.right = right.data() + column;
          score_tile(tile);
        }
      });
    }
  });
  return scan_means(rows, present, sums.head(d), right.head(d));
}

CandidateScores score_candidates(const GaussianClasses& classes, const GaussianRows& rows,
                                 std::span<const Index> candidates) {
  constexpr Index kBand = 256;
  const PresentClasses present(classes);
  const auto m = static_cast<Index>(candidates.size());
  VectorD sums = VectorD::Zero(m), right = VectorD::Zero(m);
  rows.rows().for_each_group([&](Index group_first, const MatrixFRef& group) {
    const Index bands = (group.rows() + kBand - 1) / kBand;
    MatrixD band_sums = MatrixD::Zero(bands, m), band_right = MatrixD::Zero(bands, m);
    tbb::parallel_for(Index{0}, bands, [&](Index band) {
      const Index first = band * kBand, n = std::min(kBand, group.rows() - first);
      const CandidateBand tokens(classes, rows, present, {group_first + first, n});
      for (Index u = 0; u < m; ++u) {
        const auto [sum, hits] =
            tokens.score(group.col(candidates[static_cast<std::size_t>(u)]).segment(first, n),
                         candidates[static_cast<std::size_t>(u)]);
        band_sums(band, u) = sum;
        band_right(band, u) = hits;
      }
    });
    for (Index band = 0; band < bands; ++band) {
      sums += band_sums.row(band).transpose();
      right += band_right.row(band).transpose();
    }
  });
  return scan_means(rows, present, sums, right);
}

}  // namespace neurox
