#include <cmath>
#include <utility>

#include "neurox/model/relative_attention.h"

namespace neurox::model {
namespace {

/// Sines, then cosines, of distances from `length` down to 1 - length: 2 length x width.
torch::Tensor distance_vectors(std::int64_t length, std::int64_t width, std::int64_t clamp,
                               const torch::TensorOptions& options) {
  torch::Tensor distances = torch::arange(length, -length, -1).to(torch::kFloat32);
  if (clamp > 0) distances = distances.clamp(-clamp, clamp);
  const torch::Tensor rates =
      1 / torch::pow(10000.0, torch::arange(0, width, 2).to(torch::kFloat32) / static_cast<double>(width));
  const torch::Tensor angles = torch::outer(distances, rates);
  return at::cat({angles.sin(), angles.cos()}, 1).to(options);
}

class XlnetScores final : public RelativeScores {
 public:
  XlnetScores(const ModelConfig& config, Weights& weights, const std::string& scope, int block)
      : config_(config), scale_(config.attention_scale(block)) {
    const auto take = [&](const char* name, const std::vector<std::int64_t>& shape) {
      return weights.take(scope + "rel_attn." + name, shape, Init::Normal);
    };
    const std::int64_t heads = config.heads, width = config.head_width;
    r_ = take("r", {config.width, heads, width});
    of_keys_ = take("r_w_bias", {heads, width});
    of_distances_ = take("r_r_bias", {heads, width});
    of_segments_ = take("r_s_bias", {heads, width});
    segments_ = take("seg_embed", {2, heads, width});
  }

  torch::Tensor operator()(const Sentences& s) const override {
    const std::int64_t length = s.q.size(2);
    const auto by_head = [](const torch::Tensor& bias) { return bias.unsqueeze(1); };  // heads x 1 x width
    const torch::Tensor distances =
        distance_vectors(length, config_.width, config_.clamp_length, s.q.options())
            .matmul(r_.flatten(1))
            .view({2 * length, config_.heads, config_.head_width})
            .permute({1, 2, 0});  // heads x width x distances
    // The vector of distance i - j stands at length - i + j.
    const torch::Tensor rows = torch::arange(length).unsqueeze(1), columns = torch::arange(length);
    const torch::Tensor place = (columns - rows + length).to(s.q.device());
    torch::Tensor out = at::matmul(s.q + by_head(of_distances_), distances)
                            .gather(-1, place.expand({s.q.size(0), s.q.size(1), length, length}));
    out = out + at::matmul(by_head(of_keys_).unsqueeze(0), s.k.transpose(-1, -2));
    if (s.types.defined()) {
      const torch::Tensor kinds =
          at::matmul(s.q + by_head(of_segments_), segments_.permute({1, 2, 0}));  // ... x length x 2
      const torch::Tensor other =
          s.types.unsqueeze(2).ne(s.types.unsqueeze(1)).unsqueeze(1);  // #sentences x 1 x length x length
      out = out + at::where(other, kinds.select(-1, 1).unsqueeze(-1), kinds.select(-1, 0).unsqueeze(-1));
    }
    return out * scale_;
  }

 private:
  const ModelConfig& config_;
  double scale_;
  torch::Tensor r_, of_keys_, of_distances_, of_segments_, segments_;
};

}  // namespace

std::shared_ptr<const RelativeScores> xlnet_scores(const ModelConfig& config, Weights& weights,
                                                   const std::string& scope, int block) {
  return std::make_shared<XlnetScores>(config, weights, scope, block);
}

}  // namespace neurox::model
