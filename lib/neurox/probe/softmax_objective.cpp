#include "neurox/probe/softmax_objective.h"

#include <algorithm>
#include <cmath>

#include "neurox/probe/band_sum.h"
#include "neurox/probe/thin_products.h"

namespace neurox {

VectorF softmax_rows(MatrixFOut logits) {
  const VectorF top = logits.rowwise().maxCoeff();
  logits.colwise() -= top;
  logits = logits.array().exp().matrix();
  const VectorF sums = logits.rowwise().sum();
  logits.array().colwise() /= sums.array();
  return top.array() + sums.array().log();
}

ObjectivePoint SoftmaxObjective::at(MatrixF parameters) const {
  const Index d = Z_.cols(), n = Z_.rows(), K = classes_;
  const auto W = parameters.leftCols(d);
  const VectorF b = parameters.col(d);
  ObjectivePoint point;
  point.curvature.resize(static_cast<std::size_t>(n));
  MatrixD sum = MatrixD::Zero(K, d + 1);
  std::vector<double> losses(static_cast<std::size_t>((n + StandardRows::kBand - 1) / StandardRows::kBand));

  Z_.for_each_group([&](Index group_first, const MatrixFRef& group) {
    add_bands(group, sum, [&](Index first, const MatrixFRef& Z, MatrixF& part) {
      const Index row = group_first + first;
      MatrixF P(Z.rows(), K);
      scores_of(Z, W, P);
      P.rowwise() += b.transpose();
      VectorF own(Z.rows());
      for (Index i = 0; i < Z.rows(); ++i) own(i) = P(i, y_[static_cast<std::size_t>(row + i)]);
      const VectorF normaliser = softmax_rows(P);
      losses[static_cast<std::size_t>(row / StandardRows::kBand)] += (normaliser - own).cast<double>().sum();
      Eigen::Map<VectorF>(point.curvature.data() + row, Z.rows()) = 1 - P.rowwise().squaredNorm().array();
      for (Index i = 0; i < Z.rows(); ++i) P(i, y_[static_cast<std::size_t>(row + i)]) -= 1;
      add_outer_sums(P, Z, part.leftCols(d));
      part.col(d) += P.colwise().sum().transpose();
    });
  });

  const auto count = static_cast<double>(n);
  for (double loss : losses) point.cross_entropy += loss;
  point.cross_entropy /= count;
  point.gradient = sum / count;
  point.gradient.leftCols(d) += penalty_.l2 * W.cast<double>();
  point.gradient.col(d) += penalty_.bias_l2 * b.cast<double>();
  point.objective = point.cross_entropy + penalty_.l1 * W.cast<double>().lpNorm<1>() +
                    penalty_.l2 / 2 * W.cast<double>().squaredNorm() +
                    penalty_.bias_l2 / 2 * b.cast<double>().squaredNorm();
  for (Index k = 0; k < K; ++k)
    for (Index j = 0; j <= d; ++j)
      point.residual = std::max(
          point.residual,
          std::abs(smallest_subgradient(parameters(k, j), point.gradient(k, j), j < d ? penalty_.l1 : 0.0)));
  point.parameters = std::move(parameters);
  return point;
}

}  // namespace neurox
