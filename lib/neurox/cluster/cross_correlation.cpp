#include "neurox/cluster/cross_correlation.h"

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "neurox/cluster/cross_products.h"
#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kModelBand = 4096;  // rows

/// Bands of the same rows of those models that are asked for.
class ModelBands {
 public:
  ModelBands(std::span<const RowSource* const> models, std::vector<bool> wanted)
      : models_(models), wanted_(std::move(wanted)), bands_(models.size()) {}

  void read(Index first, Index rows) {
    first_ = first, rows_ = rows;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (!wanted_[m] || models_[m]->in_memory() != nullptr) continue;
      bands_[m].resize(rows, models_[m]->cols());
      models_[m]->read(first, bands_[m]);
    }
  }
  MatrixFRef of(std::size_t model) const {
    if (const MatrixF* all = models_[model]->in_memory()) return all->middleRows(first_, rows_);
    return bands_[model];
  }

 private:
  std::span<const RowSource* const> models_;
  std::vector<bool> wanted_;
  std::vector<MatrixF> bands_;
  Index first_ = 0, rows_ = 0;
};

/// A part's varying columns of a band, (x - mean) / sd.
void standardise(const MatrixFRef& band, const PartMoments& moments, MatrixD& out) {
  const auto n = static_cast<Index>(moments.varying.size());
  out.resize(band.rows(), n);
  tbb::parallel_for(Index{0}, band.rows(), [&](Index row) {
    for (Index c = 0; c < n; ++c)
      out(row, c) =
          (static_cast<double>(band(row, moments.varying[static_cast<std::size_t>(c)])) - moments.mean(c)) /
          moments.sd(c);
  });
}

/// An empty sum is begun: to read fresh memory before it is written costs two page faults and a message to
/// every other core for each page.
void add_to(MatrixD& sum, const PackedColumns& a, const PackedColumns& b, MatrixF& tile) {
  tile.setZero(a.columns(), b.columns());
  // A thread that waits in here must not begin another pair in the same tile.
  tbb::this_task_arena::isolate([&] { add_products(a, b, tile); });
  if (sum.size() == 0)
    sum = tile.cast<double>();
  else
    sum += tile.cast<double>();
}

/// Adds bands' shares to the sums of some pairs.
class PairSums {
 public:
  PairSums(std::span<const ModelPart> parts, std::span<const PartMoments> moments,
           std::span<const PartPair> pairs, ProductPrecision precision)
      : parts_(parts), moments_(moments), pairs_(pairs), precision_(precision), wanted_(parts.size(), false) {
    for (const auto& [a, b] : pairs) wanted_[a] = wanted_[b] = true;
    packed_.resize(parts.size()), doubles_.resize(parts.size());
    for (const PartMoments& of : moments) per_sd_.emplace_back(of.sd.cwiseInverse());
  }

  void add(const ModelBands& bands, std::vector<MatrixD>& sums) {
    const bool single = precision_ == ProductPrecision::Single;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (!wanted_[p]) continue;
      const MatrixFRef band = bands.of(parts_[p].model).middleCols(parts_[p].first, parts_[p].width);
      const PartMoments& of = moments_[p];
      if (single)
        packed_[p].assign(band, {of.varying, of.mean, per_sd_[p]});
      else
        standardise(band, of, doubles_[p]);
    }
    if (single)
      tbb::parallel_for(std::size_t{0}, pairs_.size(), [&](std::size_t k) {
        add_to(sums[k], packed_[pairs_[k].first], packed_[pairs_[k].second], tiles_.local());
      });
    else  // the BLAS behind doubles has its own threads
      for (std::size_t k = 0; k < pairs_.size(); ++k) {
        const MatrixD &x = doubles_[pairs_[k].first], &y = doubles_[pairs_[k].second];
        if (sums[k].size() == 0) sums[k].setZero(x.cols(), y.cols());
        sums[k].noalias() += x.transpose() * y;
      }
  }

 private:
  std::span<const ModelPart> parts_;
  std::span<const PartMoments> moments_;
  std::span<const PartPair> pairs_;
  ProductPrecision precision_;
  std::vector<bool> wanted_;
  std::vector<VectorD> per_sd_;
  std::vector<PackedColumns> packed_;
  std::vector<MatrixD> doubles_;
  tbb::enumerable_thread_specific<MatrixF> tiles_;
};

std::int64_t bytes_of(const PartPair& pair, std::span<const PartMoments> moments) {
  return static_cast<std::int64_t>(moments[pair.first].varying.size() * moments[pair.second].varying.size() *
                                   sizeof(double));
}

}  // namespace

std::vector<PartMoments> part_moments(std::span<const RowSource* const> models,
                                      std::span<const ModelPart> parts, Progress& progress) {
  for (const RowSource* model : models) {
    if (model->rows() != models.front()->rows())
      throw input_error("similarity: {} tokens of one model but {} of another; extract the same text",
                        models.front()->rows(), model->rows());
    if (model->rows() == 0) throw input_error("similarity: there are no tokens");
  }
  std::vector<PartMoments> out(parts.size());
  for (std::size_t m = 0; m < models.size(); ++m) {
    ColumnStats stats(models[m]->cols());
    progress.stage("means", models[m]->rows(), "rows");
    for_each_band(*models[m], kModelBand, [&](Index first, const MatrixFRef& band) {
      stats.add(band);
      progress.advance_to(first + band.rows());
    });
    const VectorD mean = stats.mean(), variance = stats.variance(), low = stats.min(), high = stats.max();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (parts[p].model != m) continue;
      for (Index c = 0; c < parts[p].width; ++c) {
        const Index column = parts[p].first + c;
        const bool varies = low(column) < high(column) && variance(column) > 0;
        (varies ? out[p].varying : out[p].constant).push_back(c);
      }
      const auto n = static_cast<Index>(out[p].varying.size());
      out[p].mean.resize(n), out[p].sd.resize(n);
      for (Index i = 0; i < n; ++i) {
        const Index column = parts[p].first + out[p].varying[static_cast<std::size_t>(i)];
        out[p].mean(i) = mean(column), out[p].sd(i) = std::sqrt(variance(column));
      }
    }
  }
  return out;
}

void for_each_correlation(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
                          std::span<const PartMoments> moments, std::span<const PartPair> pairs,
                          ProductPrecision precision, std::int64_t memory_bytes, Progress& progress,
                          const std::function<void(std::size_t, const MatrixD&)>& use) {
  const Index rows = models.empty() ? 0 : models.front()->rows();
  for (std::size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
    std::int64_t bytes = 0;
    while (end < pairs.size() && (end == begin || bytes + bytes_of(pairs[end], moments) <= memory_bytes))
      bytes += bytes_of(pairs[end++], moments);
    std::vector<MatrixD> sums(end - begin);  // empty before the first band
    std::vector<bool> model_wanted(models.size(), false);
    for (std::size_t k = begin; k < end; ++k)
      for (const std::size_t p : {pairs[k].first, pairs[k].second}) model_wanted[parts[p].model] = true;
    ModelBands bands(models, model_wanted);
    PairSums products(parts, moments, pairs.subspan(begin, end - begin), precision);
    progress.stage("correlations", rows, "rows");
    for (Index first = 0; first < rows; first += kModelBand) {
      const Index n = std::min(kModelBand, rows - first);
      bands.read(first, n);
      products.add(bands, sums);
      progress.advance_to(first + n);
    }
    for (std::size_t k = begin; k < end; ++k) {
      sums[k - begin] /= static_cast<double>(rows);
      use(k, sums[k - begin]);
      sums[k - begin].resize(0, 0);
    }
  }
}

}  // namespace neurox
