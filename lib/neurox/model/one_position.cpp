#include "neurox/model/one_position.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/model/activation.h"
#include "neurox/model/rotary.h"
#include "neurox/model/transformer.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// The rows that are looked at, and whose.
struct Rows {
  Tensor keys;       ///< #keys int64, rows of the batch: every position up to the last that is seen
  Tensor places;     ///< #keys int64, their positions in their sentences
  Tensor queries;    ///< #sentences int64, rows of the batch
  Tensor positions;  ///< #sentences int64, their positions in their sentences
  std::vector<std::int64_t> seen;  ///< per sentence, its keys
  bool all_keys = true;            ///< every row of the batch is a key
};

Rows rows_of(const ModelConfig& c, std::span<const std::int64_t> lengths,
             std::span<const std::int64_t> positions, torch::Device device) {
  std::vector<std::int64_t> keys, places, queries, seen;
  std::int64_t first = 0;
  bool all_keys = true;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (positions[i] < 0 || positions[i] >= lengths[i])
      throw usage_error("one position: {} of a sentence of {} tokens", positions[i], lengths[i]);
    seen.push_back(c.causal ? positions[i] + 1 : lengths[i]);
    all_keys = all_keys && seen.back() == lengths[i];
    for (std::int64_t k = 0; k < seen.back(); ++k) keys.push_back(first + k), places.push_back(k);
    queries.push_back(first + positions[i]);
    first += lengths[i];
  }
  const auto tensor = [&](const std::vector<std::int64_t>& values) {
    return torch::tensor(values, torch::kInt64).to(device);
  };
  return {tensor(keys),    tensor(places), tensor(queries), tensor({positions.begin(), positions.end()}),
          std::move(seen), all_keys};
}

/// Projections of one block: #keys (#sentences) x heads x head_width.
struct Projections {
  Tensor q, k, v;
};

Projections project(const ModelConfig& c, const BlockLayers& layers, const Tensor& x, const Rows& rows) {
  const Tensor seen = rows.all_keys ? x : x.index_select(0, rows.keys);
  const std::int64_t queries = c.heads * c.head_width, shared = c.kv_heads * c.head_width;
  Tensor q, k, v;
  if (layers.qkv) {
    const Tensor all = layers.qkv(seen);
    const Tensor at_queries = rows.all_keys ? rows.queries : torch::searchsorted(rows.keys, rows.queries);
    q = all.narrow(1, 0, queries).index_select(0, at_queries);
    k = all.narrow(1, queries, shared);
    v = all.narrow(1, queries + shared, shared);
  } else {
    q = layers.q(x.index_select(0, rows.queries));
    k = layers.k(seen);
    v = layers.v(seen);
  }
  q = q.reshape({-1, c.heads, c.head_width});
  k = k.reshape({-1, c.kv_heads, c.head_width});
  v = v.reshape({-1, c.kv_heads, c.head_width});
  if (c.architecture->positions == PositionKind::Rotary) {
    const std::int64_t longest = *std::max_element(rows.seen.begin(), rows.seen.end());
    const Tensor angles = rotary_angles(c.rotary, c.head_width, longest, layers.rotary_divisors).unsqueeze(1);
    const std::pair<Tensor, Tensor> turns{angles.cos().to(x.options()), angles.sin().to(x.options())};
    const auto at = [&](const Tensor& places) {
      return std::pair{turns.first.index_select(0, places), turns.second.index_select(0, places)};
    };
    q = rotate(q, at(rows.positions));
    k = rotate(k, at(rows.places));
  }
  return {q, k, v};
}

/// Heads side by side, #sentences x heads*head_width. Sentences of one length go together.
Tensor attend_from(const ModelConfig& c, const Projections& p, const Rows& rows, int block) {
  const std::int64_t sharers = c.heads / c.kv_heads;
  std::vector<Tensor> parts;
  std::int64_t first = 0;
  for (std::size_t begin = 0, end = 0; begin < rows.seen.size(); begin = end) {
    const std::int64_t keys = rows.seen[begin];
    while (end < rows.seen.size() && rows.seen[end] == keys) ++end;
    const auto n = static_cast<std::int64_t>(end - begin);
    // Query heads that share a key stand next to each other.
    const Tensor q =
        p.q.narrow(0, static_cast<std::int64_t>(begin), n).reshape({n, c.kv_heads, sharers, c.head_width});
    const auto of_run = [&](const Tensor& x) {
      return x.narrow(0, first, n * keys).reshape({n, keys, c.kv_heads, c.head_width});
    };
    const Tensor k = of_run(p.k).permute({0, 2, 3, 1}), v = of_run(p.v).transpose(1, 2);
    const Tensor pattern = at::softmax(at::matmul(q, k) * c.attention_scale(block), -1);
    parts.push_back(at::matmul(pattern, v).reshape({n, c.heads * c.head_width}));
    first += n * keys;
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts);
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

Tensor last_block_at(const Model& model, const Tensor& resid_pre, std::span<const std::int64_t> lengths,
                     std::span<const std::int64_t> positions) {
  const ModelConfig& c = model.config();
  if (c.blocks == 0) throw usage_error("one position: the model has no blocks");
  const Rows rows = rows_of(c, lengths, positions, resid_pre.device());
  if (!suits_last_block_at(model, *std::max_element(lengths.begin(), lengths.end())))
    throw usage_error("one position: not computed for {}", c.file.parent_path().string());
  const int block = c.blocks - 1;
  const BlockLayers& layers = model.layers(block);
  const bool norm_first = c.architecture->norm_first;
  const Tensor pre = norm_first ? layers.attention_norm(resid_pre) : resid_pre;
  const Tensor here = resid_pre.index_select(0, rows.queries);
  Tensor x = here + layers.attention_out(attend_from(c, project(c, layers, pre, rows), rows, block));
  if (norm_first) {
    x = x + mlp(c, layers, layers.mlp_norm(c.parallel ? here : x));
  } else {
    x = layers.attention_norm(x);
    x = layers.mlp_norm(x + mlp(c, layers, x));
  }
  return model.final_norm() ? model.final_norm()(x) : x;
}

Tensor last_block_at(const Model& model, const Tensor& resid_pre, std::int64_t length,
                     std::int64_t position) {
  const auto n = static_cast<std::size_t>(length > 0 ? resid_pre.size(0) / length : 0);
  return last_block_at(model, resid_pre, std::vector<std::int64_t>(n, length),
                       std::vector<std::int64_t>(n, position));
}

}  // namespace neurox::model
