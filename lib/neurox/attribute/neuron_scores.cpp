#include "neurox/attribute/neuron_scores.h"

#include <algorithm>
#include <numeric>

namespace neurox::attribute {

NeuronScores::Sums& NeuronScores::of(const std::string& kind) {
  Sums& sums = kind.empty() ? overall_ : sums_[kind];
  if (sums.value.size() == 0) {
    sums.magnitude = VectorD::Zero(neurons_);
    sums.value = VectorD::Zero(neurons_);
  }
  return sums;
}

void NeuronScores::add(const LayerAttribution& attribution, const Example& example,
                       const std::vector<std::string>& kinds) {
  std::vector<torch::Tensor> sites;
  for (const torch::Tensor& x : attribution.values) sites.push_back(x.to(torch::kCPU, torch::kFloat64));
  const torch::Tensor all = at::cat(sites, 1).contiguous();
  const Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> values(
      all.const_data_ptr<double>(), all.size(0), all.size(1));
  const auto take = [&](Sums& sums, Index token) {
    sums.value += values.row(token).transpose();
    sums.magnitude += values.row(token).cwiseAbs().transpose();
    ++sums.tokens;
  };
  ++examples_;
  Sums& overall = of("");
  for (Index t = 0; t < values.rows(); ++t) take(overall, t);
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    if (kinds[r].empty()) continue;
    Sums& sums = of(kinds[r]);
    for (const std::int64_t place : example.rows[r].places) take(sums, static_cast<Index>(place));
  }
}

NeuronScores::Result NeuronScores::result() const {
  Result out;
  const auto columns = static_cast<Index>(sums_.size() + 1);
  out.magnitude.resize(neurons_, columns);
  out.signed_sum.resize(neurons_, columns);
  out.ranks.resize(neurons_, columns);
  const auto put = [&](const std::string& kind, const Sums& sums) {
    const auto c = static_cast<Index>(out.kinds.size());
    out.kinds.push_back(kind);
    out.tokens.push_back(sums.tokens);
    out.magnitude.col(c) =
        (sums.magnitude / static_cast<double>(std::max<std::int64_t>(1, sums.tokens))).cast<float>();
    out.signed_sum.col(c) =
        (sums.value / static_cast<double>(std::max<std::int64_t>(1, examples_))).cast<float>();
    std::vector<Index> order(static_cast<std::size_t>(neurons_));
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](Index a, Index b) { return out.magnitude(a, c) > out.magnitude(b, c); });
    for (std::size_t i = 0; i < order.size(); ++i) out.ranks(order[i], c) = static_cast<float>(i + 1);
  };
  for (const auto& [kind, sums] : sums_) put(kind, sums);
  put("overall", overall_);
  return out;
}

}  // namespace neurox::attribute
