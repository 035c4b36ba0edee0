#include "neurox/rank/moment_scores.h"

#include <cmath>
#include <limits>

#include "neurox/rank/class_moments.h"

namespace neurox {
namespace {

/// One class against all other tokens, per neuron.
struct OneAgainstRest {
  double n1, n2;
  VectorD difference;  ///< mean of the class - mean of the others
  VectorD within;      ///< squared deviations around the two means
};

OneAgainstRest against_rest(const ClassMoments& m, Index c, const VectorD& mean, const VectorD& deviation) {
  OneAgainstRest out{m.count(c), m.total() - m.count(c), VectorD::Zero(mean.size()), deviation};
  if (out.n1 <= 0 || out.n2 <= 0) return out;
  const VectorD from_all = m.mean.row(c).transpose() - mean;
  // mean of the others = mean - n1/n2 (mean_c - mean)
  out.difference = from_all * (1 + out.n1 / out.n2);
  out.within =
      (deviation.array() - out.n1 * (1 + out.n1 / out.n2) * from_all.array().square()).cwiseMax(0.0).matrix();
  return out;
}

double ratio(double a, double b) {
  if (b > 0) return a / b;
  return a > 0 ? static_cast<double>(std::numeric_limits<float>::max()) : 0;
}

/// 1 / standard deviation of each neuron, 0 where it does not vary; ones when scores keep their unit.
VectorD unit_of(const ClassMoments& m, const VectorD& deviation, bool standardise) {
  VectorD unit = VectorD::Ones(deviation.size());
  for (Index j = 0; j < deviation.size() && standardise; ++j) {
    const double sd = std::sqrt(deviation(j) / m.total());
    unit(j) = sd < 1e-6 ? 0 : 1 / sd;
  }
  return unit;
}

/// Calls `column(against_rest)` for each class and makes the last column their mean. The layer keeps signs.
template <class F>
NeuronScores signed_scores(const ClassMoments& m, F&& column) {
  const Index K = m.mean.rows(), d = m.mean.cols();
  MatrixD with_sign = MatrixD::Zero(d, K + 1);
  const VectorD mean = m.overall_mean(), deviation = m.overall_deviation();
  for (Index c = 0; c < K; ++c) with_sign.col(c) = column(against_rest(m, c, mean, deviation), deviation);
  NeuronScores out{with_sign.cwiseAbs()};
  out.scores.col(K) = out.scores.leftCols(K).rowwise().mean();
  with_sign.col(K) = out.scores.col(K);
  out.layers.emplace_back("signed", std::move(with_sign));
  return out;
}

NeuronScores correlations(const NumberMoments& m) {
  const Index d = m.together.size();
  MatrixD r = MatrixD::Zero(d, 1);
  for (Index j = 0; j < d; ++j) {
    const double scale = std::sqrt(m.deviation * m.neuron_deviation(j));
    if (scale > 0) r(j, 0) = m.together(j) / scale;
  }
  NeuronScores out{r.cwiseAbs()};
  out.layers.emplace_back("signed", std::move(r));
  return out;
}

template <class F>
std::vector<NeuronScores> of_each(const RankData& data, std::span<const Labelling> labellings,
                                  const RankOptions& options, F&& scores) {
  std::vector<NeuronScores> out;
  for (const ClassMoments& m : class_moments(data, labellings, options)) out.push_back(scores(m));
  return out;
}

}  // namespace

std::vector<NeuronScores> score_probeless(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options) {
  return of_each(data, labellings, options, [&](const ClassMoments& m) {
    const Index K = m.mean.rows(), d = m.mean.cols();
    NeuronScores out{MatrixD::Zero(d, K + 1)};
    for (Index a = 0; a < K; ++a)
      for (Index b = a + 1; b < K; ++b) {
        if (m.count(a) <= 0 || m.count(b) <= 0) continue;
        const VectorD apart = (m.mean.row(a) - m.mean.row(b)).cwiseAbs().transpose();
        for (const Index column : {a, b, K}) out.scores.col(column) += apart;
      }
    const VectorD unit = unit_of(m, m.overall_deviation(), options.standardise);
    out.scores = unit.asDiagonal() * out.scores;
    return out;
  });
}

std::vector<NeuronScores> score_mean_difference(const RankData& data, std::span<const Labelling> labellings,
                                                const RankOptions& options) {
  return of_each(data, labellings, options, [&](const ClassMoments& m) {
    return signed_scores(m, [&](const OneAgainstRest& rest, const VectorD& deviation) -> VectorD {
      return rest.difference.cwiseProduct(unit_of(m, deviation, options.standardise));
    });
  });
}

std::vector<NeuronScores> score_cohens_d(const RankData& data, std::span<const Labelling> labellings,
                                         const RankOptions& options) {
  return of_each(data, labellings, options, [&](const ClassMoments& m) {
    return signed_scores(m, [](const OneAgainstRest& rest, const VectorD&) {
      VectorD d = VectorD::Zero(rest.difference.size());
      const double freedom = rest.n1 + rest.n2 - 2;
      for (Index j = 0; j < d.size() && freedom > 0; ++j)
        d(j) = std::copysign(ratio(std::abs(rest.difference(j)), std::sqrt(rest.within(j) / freedom)),
                             rest.difference(j));
      return d;
    });
  });
}

std::vector<NeuronScores> score_correlation(const RankData& data, std::span<const Labelling> labellings,
                                            const RankOptions& options) {
  if (!labellings.empty() && labellings.front().numeric()) {
    std::vector<NeuronScores> out;
    for (const NumberMoments& m : number_moments(data, labellings, options)) out.push_back(correlations(m));
    return out;
  }
  return of_each(data, labellings, options, [&](const ClassMoments& m) {
    NeuronScores out = signed_scores(m, [](const OneAgainstRest& rest, const VectorD& deviation) {
      VectorD r = VectorD::Zero(deviation.size());
      const double members = rest.n1 * rest.n2 / (rest.n1 + rest.n2);
      for (Index j = 0; j < r.size(); ++j)
        if (deviation(j) > 0) r(j) = rest.difference(j) * std::sqrt(members / deviation(j));
      return r;
    });
    const VectorD all = m.overall_deviation(), within = m.deviation.colwise().sum().transpose();
    for (Index j = 0; j < all.size(); ++j)
      out.scores(j, m.mean.rows()) = all(j) > 0 ? std::sqrt(std::max(0.0, 1 - within(j) / all(j))) : 0;
    out.layers.front().second.col(m.mean.rows()) = out.scores.col(m.mean.rows());
    return out;
  });
}

std::vector<NeuronScores> score_anova_f(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options) {
  return of_each(data, labellings, options, [&](const ClassMoments& m) {
    const Index K = m.mean.rows();
    const VectorD all = m.overall_deviation(), within = m.deviation.colwise().sum().transpose();
    const double groups = static_cast<double>((m.count.array() > 0).count()), total = m.total();
    NeuronScores out{MatrixD::Zero(all.size(), K + 1)};
    const VectorD mean = m.overall_mean();
    for (Index c = 0; c < K; ++c) {
      const OneAgainstRest rest = against_rest(m, c, mean, all);
      for (Index j = 0; j < all.size() && total > 2; ++j)
        out.scores(j, c) = ratio(std::max(0.0, all(j) - rest.within(j)), rest.within(j) / (total - 2));
    }
    for (Index j = 0; j < all.size() && groups > 1 && total > groups; ++j)
      out.scores(j, K) =
          ratio(std::max(0.0, all(j) - within(j)) / (groups - 1), within(j) / (total - groups));
    return out;
  });
}

}  // namespace neurox
