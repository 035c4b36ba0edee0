#include "neurox/attribute/concept_use.h"

#include <cmath>
#include <map>

#include "neurox/attribute/permutation.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox::attribute {

ConceptUse::ConceptUse(const MatrixD& scores, const std::vector<int>& layers,
                       const ConceptUseOptions& options) {
  const auto neurons = static_cast<std::size_t>(scores.rows());
  if (neurons == 0 || layers.size() != neurons)
    throw usage_error("concepts: scores of {} neurons, layers of {}", neurons, layers.size());
  if (options.permutations < 2)
    throw usage_error("concepts: {} permutations; give at least 2", options.permutations);
  weights_ = scores.transpose();
  for (Index c = 0; c < weights_.rows(); ++c) {
    const double sum = weights_.row(c).cwiseAbs().sum();
    if (!std::isfinite(sum)) throw input_error("column {}: a score is not finite", c);
    if (sum == 0) throw input_error("column {}: every score is 0", c);
    weights_.row(c) /= sum;
  }
  std::map<int, std::vector<std::int32_t>> members;
  for (std::size_t i = 0; i < neurons; ++i) members[layers[i]].push_back(static_cast<std::int32_t>(i));
  Random random(options.seed);
  for (int p = 0; p < options.permutations; ++p) {
    std::vector<std::int32_t> order(neurons);
    for (const auto& [layer, of_layer] : members) {
      const std::vector<std::size_t> shuffled = random_order(of_layer.size(), random);
      for (std::size_t i = 0; i < of_layer.size(); ++i)
        order[static_cast<std::size_t>(of_layer[i])] = of_layer[shuffled[i]];
    }
    orders_.push_back(std::move(order));
  }
}

ConceptUse::Use ConceptUse::of(const VectorD& attribution) const {
  if (attribution.size() != weights_.cols())
    throw usage_error("concepts: attributions of {} neurons for scores of {}", attribution.size(),
                      weights_.cols());
  const auto permutations = static_cast<Index>(orders_.size());
  MatrixD found(permutations, weights_.rows());
  VectorD moved(attribution.size());
  for (Index p = 0; p < permutations; ++p) {
    const std::vector<std::int32_t>& order = orders_[static_cast<std::size_t>(p)];
    for (Index i = 0; i < moved.size(); ++i) moved(i) = attribution(order[static_cast<std::size_t>(i)]);
    found.row(p) = (weights_ * moved).transpose();
  }
  Use out;
  out.use = weights_ * attribution;
  out.mean = found.colwise().mean().transpose();
  out.deviation.resize(out.use.size());
  out.probability.resize(out.use.size());
  const auto n = static_cast<double>(permutations);
  for (Index c = 0; c < out.use.size(); ++c) {
    const VectorD away = (found.col(c).array() - out.mean(c)).abs();
    out.deviation(c) = std::sqrt(away.squaredNorm() / (n - 1));
    // Sums in another order are the same number.
    const double rounding = 1e-12 * attribution.cwiseAbs().maxCoeff();
    const double beyond = std::abs(out.use(c) - out.mean(c)) - rounding;
    out.probability(c) = (1 + static_cast<double>((away.array() >= beyond).count())) / (1 + n);
  }
  return out;
}

}  // namespace neurox::attribute
