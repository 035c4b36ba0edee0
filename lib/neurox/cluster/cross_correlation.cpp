#include "neurox/cluster/cross_correlation.h"

#include <algorithm>
#include <cmath>

#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kModelBand = 1024;  // rows

/// Bands of the same rows of those models that are asked for.
class ModelBands {
 public:
  ModelBands(std::span<const RowSource* const> models, std::vector<bool> wanted)
      : models_(models), wanted_(std::move(wanted)), bands_(models.size()) {}

  void read(Index first, Index rows) {
    for (std::size_t m = 0; m < models_.size(); ++m) {
      if (!wanted_[m]) continue;
      bands_[m].resize(rows, models_[m]->cols());
      models_[m]->read(first, bands_[m]);
    }
  }
  const MatrixF& of(std::size_t model) const { return bands_[model]; }

 private:
  std::span<const RowSource* const> models_;
  std::vector<bool> wanted_;
  std::vector<MatrixF> bands_;
};

/// A part's varying columns of a band, (x - mean) / sd.
MatrixD standardised(const MatrixF& band, const ModelPart& part, const PartMoments& moments) {
  MatrixD out(band.rows(), static_cast<Index>(moments.varying.size()));
  for (Index c = 0; c < out.cols(); ++c) {
    const Index column = part.first + moments.varying[static_cast<std::size_t>(c)];
    out.col(c) = (band.col(column).cast<double>().array() - moments.mean(c)) / moments.sd(c);
  }
  return out;
}

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
                          std::int64_t memory_bytes, Progress& progress,
                          const std::function<void(std::size_t, const MatrixD&)>& use) {
  const Index rows = models.empty() ? 0 : models.front()->rows();
  for (std::size_t begin = 0, end = 0; begin < pairs.size(); begin = end) {
    std::int64_t bytes = 0;
    while (end < pairs.size() && (end == begin || bytes + bytes_of(pairs[end], moments) <= memory_bytes))
      bytes += bytes_of(pairs[end++], moments);
    std::vector<MatrixD> sums;
    std::vector<bool> model_wanted(models.size(), false), wanted(parts.size(), false);
    for (std::size_t k = begin; k < end; ++k) {
      const auto [a, b] = pairs[k];
      sums.push_back(MatrixD::Zero(static_cast<Index>(moments[a].varying.size()),
                                   static_cast<Index>(moments[b].varying.size())));
      for (const std::size_t p : {a, b}) wanted[p] = model_wanted[parts[p].model] = true;
    }
    ModelBands bands(models, model_wanted);
    std::vector<MatrixD> Z(parts.size());
    progress.stage("correlations", rows, "rows");
    for (Index first = 0; first < rows; first += kModelBand) {
      const Index n = std::min(kModelBand, rows - first);
      bands.read(first, n);
      for (std::size_t p = 0; p < parts.size(); ++p)
        if (wanted[p]) Z[p] = standardised(bands.of(parts[p].model), parts[p], moments[p]);
      for (std::size_t k = begin; k < end; ++k)
        sums[k - begin].noalias() += Z[pairs[k].first].transpose() * Z[pairs[k].second];
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
