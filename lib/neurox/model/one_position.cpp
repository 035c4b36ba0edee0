#include "neurox/model/one_position.h"

#include <utility>

#include "neurox/core/error.h"
#include "neurox/model/activation.h"
#include "neurox/model/rotary.h"
#include "neurox/model/transformer.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// Projections of one block: keys and values of every position up to the last that is looked at, the query of
/// one; #sentences x positions x heads x head_width.
struct Projections {
  Tensor q, k, v;
};

Projections project(const ModelConfig& c, const BlockLayers& layers, const Tensor& x, std::int64_t position) {
  const std::int64_t n = x.size(0), keys = c.causal ? position + 1 : x.size(1), width = x.size(2);
  const Tensor seen = x.narrow(1, 0, keys).reshape({n * keys, width});
  const Tensor here = x.select(1, position).contiguous();
  const std::int64_t queries = c.heads * c.head_width, shared = c.kv_heads * c.head_width;
  Tensor q, k, v;
  if (layers.qkv) {
    const Tensor all = layers.qkv(seen);
    q = all.narrow(1, 0, queries).reshape({n, keys, queries}).select(1, position);
    k = all.narrow(1, queries, shared);
    v = all.narrow(1, queries + shared, shared);
  } else {
    q = layers.q(here);
    k = layers.k(seen);
    v = layers.v(seen);
  }
  q = q.reshape({n, 1, c.heads, c.head_width});
  k = k.reshape({n, keys, c.kv_heads, c.head_width});
  v = v.reshape({n, keys, c.kv_heads, c.head_width});
  if (c.architecture->positions == PositionKind::Rotary) {
    const Tensor angles = rotary_angles(c.rotary, c.head_width, keys).unsqueeze(1);
    const std::pair<Tensor, Tensor> turns{angles.cos().to(x.options()), angles.sin().to(x.options())};
    q = rotate(q, {turns.first.narrow(0, position, 1), turns.second.narrow(0, position, 1)});
    k = rotate(k, turns);
  }
  return {q, k, v};
}

/// Heads side by side, #sentences x heads*head_width.
Tensor attend_from(const ModelConfig& c, const Projections& p, int block) {
  const std::int64_t n = p.q.size(0), sharers = c.heads / c.kv_heads;
  // Query heads that share a key stand next to each other.
  const Tensor q = p.q.reshape({n, c.kv_heads, sharers, c.head_width});
  const Tensor k = p.k.permute({0, 2, 3, 1}), v = p.v.transpose(1, 2);
  const Tensor pattern = at::softmax(at::matmul(q, k) * c.attention_scale(block), -1);
  return at::matmul(pattern, v).reshape({n, c.heads * c.head_width});
}

Tensor mlp(const ModelConfig& c, const BlockLayers& layers, const Tensor& x) {
  const Activation activation = find_activation(c.activation);
  if (!layers.mlp_gate) return layers.mlp_down(activation(layers.mlp_up(x)));
  return layers.mlp_down(activation(layers.mlp_gate(x)) * layers.mlp_up(x));
}

}  // namespace

bool suits_last_block_at(const Model& model, std::int64_t length) {
  const ModelConfig& c = model.config();
  if (!model.starts_at_blocks() || c.blocks == 0) return false;
  const BlockLayers& layers = model.layers(c.blocks - 1);
  const std::int64_t window = c.window(c.blocks - 1);
  return (window == 0 || length <= window) && c.score_cap == 0 && !layers.q_norm && !layers.relative &&
         !layers.attention_post_norm;
}

Tensor last_block_at(const Model& model, const Tensor& resid_pre, std::int64_t length,
                     std::int64_t position) {
  const ModelConfig& c = model.config();
  if (c.blocks == 0) throw usage_error("one position: the model has no blocks");
  if (position < 0 || position >= length)
    throw usage_error("one position: {} of a sentence of {} tokens", position, length);
  if (!suits_last_block_at(model, length))
    throw usage_error("one position: not computed for {}", c.file.parent_path().string());
  const int block = c.blocks - 1;
  const BlockLayers& layers = model.layers(block);
  const bool first = c.architecture->norm_first;
  const Tensor pre = first ? layers.attention_norm(resid_pre) : resid_pre;
  const Tensor z =
      attend_from(c, project(c, layers, pre.reshape({-1, length, pre.size(1)}), position), block);
  Tensor x = resid_pre.reshape({-1, length, resid_pre.size(1)}).select(1, position) + layers.attention_out(z);
  if (first) {
    const Tensor here =
        c.parallel ? resid_pre.reshape({-1, length, resid_pre.size(1)}).select(1, position) : x;
    x = x + mlp(c, layers, layers.mlp_norm(here));
  } else {
    x = layers.attention_norm(x);
    x = layers.mlp_norm(x + mlp(c, layers, x));
  }
  return model.final_norm() ? model.final_norm()(x) : x;
}

}  // namespace neurox::model
