#include "neurox/probe/gaussian_rows.h"

#include <tbb/parallel_for.h>

#include <cmath>
#include <limits>
#include <numbers>

namespace neurox {
namespace {

constexpr Index kGaussianBand = StandardRows::kBand;

}  // namespace

void GaussianRows::add(Index neuron) {
  VectorF column(Z_.rows());
  Z_.for_each_group(
      [&](Index first, const MatrixFRef& group) { column.segment(first, group.rows()) = group.col(neuron); });
  columns_.push_back(std::move(column));
}

MatrixD GaussianRows::whitened(const GaussianClasses& classes, Index v, Index first, Index count) const {
  const Index k = classes.chosen();
  const MatrixD& L = classes.factor(v);
  MatrixD out(k, count);
  for (Index a = 0; a < k; ++a) {
    const Index neuron = classes.order()[static_cast<std::size_t>(a)];
    auto row = out.row(a);
    row = columns_[static_cast<std::size_t>(a)].segment(first, count).transpose().cast<double>();
    row.array() -= classes.mean(v, neuron);
    for (Index b = 0; b < a; ++b) row -= L(b, neuron) * out.row(b);
    row /= classes.pivot(v, a);
  }
  return out;
}

MatrixD GaussianRows::band_posteriors(const GaussianClasses& classes, Index first, Index count) const {
  const Index k = classes.chosen();
  MatrixD out = MatrixD::Constant(classes.classes(), count, -std::numeric_limits<double>::infinity());
  for (Index v = 0; v < classes.classes(); ++v) {
    if (!classes.present(v)) continue;
    const double log_scale = classes.log_scale(v);
    double constant = classes.log_frequency(v) - static_cast<double>(k) / 2 * log_scale;
    for (Index a = 0; a < k; ++a) constant -= std::log(classes.pivot(v, a));
    const MatrixD z = whitened(classes, v, first, count);
    out.row(v) = (constant - 0.5 * std::exp(-log_scale) * z.colwise().squaredNorm().array()).matrix();
  }
  const Eigen::RowVectorXd top = out.colwise().maxCoeff();
  const Eigen::RowVectorXd normaliser =
      top.array() + (out.rowwise() - top).array().exp().colwise().sum().log();
  out.rowwise() -= normaliser;
  return out;
}

MatrixD GaussianRows::log_posteriors(const GaussianClasses& classes) const {
  const Index n = Z_.rows();
  MatrixD out(n, classes.classes());
  tbb::parallel_for(Index{0}, (n + kGaussianBand - 1) / kGaussianBand, [&](Index band) {
    const Index first = band * kGaussianBand, count = std::min(kGaussianBand, n - first);
    out.middleRows(first, count) = band_posteriors(classes, first, count).transpose();
  });
  return out;
}

GaussianInformation GaussianRows::information(const GaussianClasses& classes) const {
  const Index n = Z_.rows(), bands = (n + kGaussianBand - 1) / kGaussianBand;
  struct Part {
    double log_likelihood = 0;
    std::int64_t right = 0;
  };
  std::vector<Part> parts(static_cast<std::size_t>(bands));
  tbb::parallel_for(Index{0}, bands, [&](Index band) {
    const Index first = band * kGaussianBand, count = std::min(kGaussianBand, n - first);
    const MatrixD log_p = band_posteriors(classes, first, count);
    Part& part = parts[static_cast<std::size_t>(band)];
    for (Index i = 0; i < count; ++i) {
      const int label = y_[static_cast<std::size_t>(first + i)];
      if (label < 0 || label >= classes.classes() || !classes.present(label)) continue;
      part.log_likelihood += log_p(label, i);
      Index best = 0;
      log_p.col(i).maxCoeff(&best);
      part.right += best == label ? 1 : 0;
    }
  });
  GaussianInformation result;
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes.classes()));
  std::int64_t known = 0, right = 0;
  for (int label : y_) {
    result.tokens += label >= 0 ? 1 : 0;
    if (label < 0 || label >= classes.classes() || !classes.present(label)) continue;
    ++counts[static_cast<std::size_t>(label)];
    ++known;
  }
  for (const Part& part : parts) {
    result.log_likelihood += part.log_likelihood;
    right += part.right;
  }
  if (known == 0) return result;
  result.log_likelihood /= static_cast<double>(known);
  for (std::int64_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(known);
    result.entropy -= share * std::log2(share);
  }
  result.information = result.entropy + result.log_likelihood / std::numbers::ln2;
  result.normalised = result.entropy > 0 ? result.information / result.entropy : 0;
  result.accuracy = static_cast<double>(right) / static_cast<double>(result.tokens);
  return result;
}

}  // namespace neurox
