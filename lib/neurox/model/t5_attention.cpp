#include <cmath>
#include <utility>

#include "neurox/model/relative_attention.h"

namespace neurox::model {
namespace {

/// The bucket of each distance j - i.
torch::Tensor t5_buckets(const torch::Tensor& distance, const ModelConfig& c) {
  const bool both_sides = !c.causal;
  const std::int64_t buckets = both_sides ? c.relative_buckets / 2 : c.relative_buckets;
  const torch::Tensor behind = distance.gt(0).to(torch::kInt64) * (both_sides ? buckets : 0);
  const torch::Tensor size = both_sides ? distance.abs() : (-distance).clamp_min(0);
  const std::int64_t exact = buckets / 2;
  const double span = std::log(static_cast<double>(c.relative_distance) / static_cast<double>(exact));
  const torch::Tensor slow = (at::log(size.to(torch::kFloat32) / static_cast<double>(exact)) / span *
                              static_cast<double>(buckets - exact))
                                 .to(torch::kInt64) +
                             exact;
  return behind + at::where(size.lt(exact), size, slow.clamp_max(buckets - 1));
}

class T5Scores final : public RelativeScores {
 public:
  T5Scores(const ModelConfig& config, torch::Tensor table) : config_(config), table_(std::move(table)) {}

  torch::Tensor operator()(const Sentences& s) const override {
    const torch::Tensor queries = torch::arange(s.q.size(2)), keys = torch::arange(s.k.size(2));
    return scores(keys.unsqueeze(0) - queries.unsqueeze(1)).permute({2, 0, 1}).unsqueeze(0);
  }

  torch::Tensor at(const torch::Tensor& positions, std::int64_t keys) const override {
    const torch::Tensor distance = torch::arange(keys).unsqueeze(0) - positions.to(torch::kCPU).unsqueeze(1);
    return scores(distance).permute({0, 2, 1}).unsqueeze(2);
  }

  bool has_steps() const override { return true; }

 private:
  /// The distances' shape x heads
  torch::Tensor scores(const torch::Tensor& distance) const {
    return at::embedding(table_, t5_buckets(distance, config_).to(table_.device()));
  }

  const ModelConfig& config_;
  torch::Tensor table_;  ///< buckets x heads
};

}  // namespace

torch::Tensor RelativeScores::at(const torch::Tensor& /*positions*/, std::int64_t /*keys*/) const {
  return {};
}

std::shared_ptr<const RelativeScores> t5_scores(const ModelConfig& config, Weights& weights,
                                                const std::string& scope) {
  torch::Tensor table = weights.take(scope + "0.SelfAttention.relative_attention_bias.weight",
                                     {config.relative_buckets, config.heads}, Init::Normal);
  return std::make_shared<T5Scores>(config, std::move(table));
}

}  // namespace neurox::model
