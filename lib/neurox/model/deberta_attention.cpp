#include <cmath>
#include <utility>

#include "neurox/model/relative_attention.h"

namespace neurox::model {
namespace {

/// i - j, beyond half the buckets on a logarithmic scale: length x length.
torch::Tensor bucketed_distances(std::int64_t length, const DebertaConfig& c) {
  const torch::Tensor positions = torch::arange(length);
  const torch::Tensor distance = positions.unsqueeze(1) - positions;
  if (c.buckets <= 0) return distance;
  const std::int64_t mid = c.buckets / 2;
  const torch::Tensor size = at::where(distance.lt(mid).logical_and(distance.gt(-mid)),
                                       torch::full_like(distance, mid - 1), distance.abs())
                                 .to(torch::kFloat32);
  const double middle = static_cast<double>(mid);
  const auto longest = std::log(static_cast<float>((static_cast<double>(c.max_distance) - 1) / middle));
  const torch::Tensor slow = at::ceil(at::log(size / middle) / longest * (middle - 1)) + middle;
  return at::where(size.le(middle), distance.to(torch::kFloat32), slow * distance.sign()).to(torch::kInt64);
}

class DebertaScores final : public RelativeScores {
 public:
  DebertaScores(const ModelConfig& config, torch::Tensor keys, torch::Tensor queries)
      : config_(config), keys_(std::move(keys)), queries_(std::move(queries)) {}

  torch::Tensor operator()(const Sentences& s) const override {
    const std::int64_t length = s.q.size(2), span = config_.deberta.span;
    const torch::Tensor distance = bucketed_distances(length, config_.deberta);
    const auto pick = [&](const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& by) {
      const torch::Tensor place = (by + span).clamp(0, 2 * span - 1).to(x.device());
      return at::matmul(x, table).gather(-1, place.expand({x.size(0), x.size(1), length, length}));
    };
    torch::Tensor out;
    if (keys_.defined()) out = pick(s.q, keys_, distance);
    if (queries_.defined()) {
      const torch::Tensor of_keys = pick(s.k, queries_, -distance).transpose(-1, -2);
      out = out.defined() ? out + of_keys : of_keys;
    }
    return out * config_.attention_scale(0);
  }

 private:
  const ModelConfig& config_;
  torch::Tensor keys_, queries_;  ///< heads x head_width x 2 span
};

}  // namespace

DebertaPositions DebertaPositions::load(const ModelConfig& config, Weights& weights) {
  const std::string scope = weights.prefix() + "encoder.";
  DebertaPositions out;
  out.table =
      weights.take(scope + "rel_embeddings.weight", {2 * config.deberta.span, config.width}, Init::Normal);
  if (config.deberta.norm) {
    const Norm norm = Norm::load(weights, scope + "LayerNorm", config);
    if (norm && norm.bias.defined() && out.table.defined()) out.table = norm(out.table);
  }
  return out;
}

std::shared_ptr<const RelativeScores> deberta_scores(const ModelConfig& config, Weights& weights,
                                                     const std::string& scope,
                                                     const DebertaPositions& positions, const Linear& q,
                                                     const Linear& k) {
  const DebertaConfig& c = config.deberta;
  const auto projected = [&](bool wanted, const Linear& shared, const char* name) -> torch::Tensor {
    if (!wanted) return {};
    const std::int64_t outputs = config.heads * config.head_width;
    const Linear layer = c.share_keys ? shared
                                      : Linear::load(weights, scope + "attention.self." + name,
                                                     {.inputs = config.width, .outputs = outputs});
    if (!layer || !layer.bias.defined() || !positions.table.defined()) return {};
    return at::linear(positions.table, layer.weight, layer.bias)
        .view({2 * c.span, config.heads, config.head_width})
        .permute({1, 2, 0})
        .contiguous();
  };
  torch::Tensor keys = projected(c.content_to_position, k, "pos_key_proj");
  torch::Tensor queries = projected(c.position_to_content, q, "pos_query_proj");
  return std::make_shared<DebertaScores>(config, std::move(keys), std::move(queries));
}

}  // namespace neurox::model
