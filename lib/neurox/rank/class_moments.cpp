#include "neurox/rank/class_moments.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>

#include "neurox/core/error.h"

namespace neurox {
namespace {

constexpr Index kMomentBand = 1024;

/// Neurons that one task takes: as many as keep its sums in the cache.
Index task_width(Index sums_per_neuron) {
  return std::clamp<Index>((Index{1} << 15) / std::max<Index>(sums_per_neuron, 1), 16, 128);
}

/// A point near each neuron's mean: that of the first tokens.
VectorD near_mean(const RowSource& X) {
  const Index n = std::min<Index>(kMomentBand, X.rows());
  MatrixF band(n, X.cols());
  X.read(0, band);
  return band.cast<double>().colwise().mean().transpose();
}

/// Calls `f(first_row, band, first_neuron, width)` for every band and, in parallel, for ranges of neurons.
template <class F>
void for_each_tile(const RankData& data, const RankOptions& options, Index sums_per_neuron, F&& f) {
  const Index d = data.X.cols(), width = task_width(sums_per_neuron), tasks = (d + width - 1) / width;
  for_each_band(data.X, kMomentBand, [&](Index first, const MatrixFRef& band) {
    tbb::parallel_for(Index{0}, tasks, [&](Index task) {
      const Index j = task * width;
      f(first, band, j, std::min(width, d - j));
    });
    if (options.progress != nullptr) options.progress->advance_to(first + band.rows());
  });
}

double weight_of(const Labelling& labelling, Index row) {
  return labelling.weight.empty() ? 1.0
                                  : static_cast<double>(labelling.weight[static_cast<std::size_t>(row)]);
}

/// sum += weight * (x - centre), square += weight * (x - centre)^2 over `width` neurons.
void add_row(const float* x, const double* centre, double weight, Index width, double* sum, double* square) {
  for (Index j = 0; j < width; ++j) {
    const double z = static_cast<double>(x[j]) - centre[j];
    sum[j] += weight * z;
    square[j] += weight * z * z;
  }
}

}  // namespace

VectorD ClassMoments::overall_mean() const {
  return (mean.transpose() * count) / total();
}

VectorD ClassMoments::overall_deviation() const {
  const VectorD centre = overall_mean();
  VectorD sum = deviation.colwise().sum().transpose();
  for (Index c = 0; c < mean.rows(); ++c)
    sum.array() += count(c) * (mean.row(c).transpose() - centre).array().square();
  return sum;
}

std::vector<ClassMoments> class_moments(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options) {
  const Index d = data.X.cols(), K = data.num_classes;
  std::vector<ClassMoments> out(labellings.size());
  for (std::size_t l = 0; l < labellings.size(); ++l) {
    check_labelling(data, labellings[l]);
    if (labellings[l].numeric()) throw input_error("classes are needed but the labels are numbers");
    out[l] = {VectorD::Zero(K), MatrixD::Zero(K, d), MatrixD::Zero(K, d)};
    for (Index i = 0; i < data.X.rows(); ++i)
      if (const int y = labellings[l].y[static_cast<std::size_t>(i)]; y >= 0)
        out[l].count(y) += weight_of(labellings[l], i);
  }
  const VectorD centre = near_mean(data.X);
  for_each_tile(data, options, K * static_cast<Index>(labellings.size()),
                [&](Index first, const MatrixFRef& band, Index j, Index width) {
                  for (std::size_t l = 0; l < labellings.size(); ++l) {
                    const Labelling& labelling = labellings[l];
                    for (Index i = 0; i < band.rows(); ++i) {
                      const int y = labelling.y[static_cast<std::size_t>(first + i)];
                      const double w = weight_of(labelling, first + i);
                      if (y >= 0 && w > 0)
                        add_row(band.row(i).data() + j, &centre(j), w, width, &out[l].mean(y, j),
                                &out[l].deviation(y, j));
                    }
                  }
                });
  for (ClassMoments& moments : out) {
    for (Index c = 0; c < K; ++c) {
      if (moments.count(c) <= 0) continue;
      auto mean = moments.mean.row(c);
      mean /= moments.count(c);
      moments.deviation.row(c) =
          (moments.deviation.row(c).array() - moments.count(c) * mean.array().square()).cwiseMax(0.0);
      mean += centre.transpose();
    }
  }
  return out;
}

std::vector<NumberMoments> number_moments(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options) {
  const Index d = data.X.cols();
  std::vector<NumberMoments> out(labellings.size());
  for (std::size_t l = 0; l < labellings.size(); ++l) {
    check_labelling(data, labellings[l]);
    if (!labellings[l].numeric()) throw input_error("numbers are needed but the labels are classes");
    NumberMoments& m = out[l];
    m.neuron_mean = m.neuron_deviation = m.together = VectorD::Zero(d);
    double sum = 0;
    for (Index i = 0; i < data.X.rows(); ++i) {
      const double y = labellings[l].numbers[static_cast<std::size_t>(i)], w = weight_of(labellings[l], i);
      if (std::isnan(y)) continue;
      m.total += w;
      sum += w * y;
    }
    m.mean = sum / m.total;
    for (Index i = 0; i < data.X.rows(); ++i) {
      const double y = labellings[l].numbers[static_cast<std::size_t>(i)];
      if (!std::isnan(y)) m.deviation += weight_of(labellings[l], i) * (y - m.mean) * (y - m.mean);
    }
  }
  const VectorD centre = near_mean(data.X);
  for_each_tile(data, options, static_cast<Index>(labellings.size()),
                [&](Index first, const MatrixFRef& band, Index j, Index width) {
                  for (std::size_t l = 0; l < labellings.size(); ++l) {
                    NumberMoments& m = out[l];
                    for (Index i = 0; i < band.rows(); ++i) {
                      const double y = labellings[l].numbers[static_cast<std::size_t>(first + i)];
                      const double w = weight_of(labellings[l], first + i);
                      if (std::isnan(y) || w <= 0) continue;
                      const float* x = band.row(i).data() + j;
                      add_row(x, &centre(j), w, width, &m.neuron_mean(j), &m.neuron_deviation(j));
                      for (Index k = 0; k < width; ++k)
                        m.together(j + k) += w * (static_cast<double>(x[k]) - centre(j + k)) * (y - m.mean);
                    }
                  }
                });
  for (NumberMoments& m : out) {
    m.neuron_mean /= m.total;
    m.neuron_deviation =
        (m.neuron_deviation.array() - m.total * m.neuron_mean.array().square()).cwiseMax(0.0).matrix();
    m.neuron_mean += centre;
  }
  return out;
}

}  // namespace neurox
