#include "neurox/model/transformer.h"

#include <utility>

#include "neurox/model/attention.h"
#include "neurox/model/key_value_cache.h"
#include "neurox/model/rotary.h"

namespace neurox::model {
namespace {

std::string numbered(std::string_view name, int block) {
  std::string out(name);
  if (const std::size_t place = out.find("{l}"); place != std::string::npos)
    out.replace(place, 3, std::to_string(block));
  return out;
}

/// Of a sentence, those that a cache holds.
std::int64_t tokens_before(const Batch& batch, std::size_t sentence) {
  return batch.cache == nullptr ? 0 : batch.cache->length(static_cast<std::int64_t>(sentence));
}

}  // namespace

/// One forward pass on its way: `x = pass(kind, block, x)` is the hook, `pass.over` whether to stop.
struct Transformer::Pass {
  const Hooks& hooks;
  std::optional<Site> stop_after;
  const Batch& batch;
  std::vector<Run> runs;
  std::optional<std::pair<torch::Tensor, torch::Tensor>> rotation;
  bool over = false;

  torch::Tensor operator()(SiteKind kind, int block, torch::Tensor x) {
    x = hooks(kind, block, std::move(x));
    over = stop_after == Site{kind, block};
    return x;
  }
};

Transformer::Transformer(const ModelConfig& config, Weights& weights)
    : config_(config), activation_(find_activation(config.activation)) {
  const Architecture::Names& names = config.architecture->names;
  const std::string& prefix = weights.prefix();
  const auto name = [&](std::string_view layer) { return prefix + std::string(layer); };
  words_ = weights.take(name(names.words) + ".weight", {config.vocabulary, config.width}, Init::Normal);
  if (!names.positions.empty()) {
    const std::int64_t rows = config.max_positions + config.position_offset;
    positions_ = weights.take(name(names.positions) + ".weight", {rows, config.width},
                              config.sinusoidal ? Init::Sinusoids : Init::Normal);
  }
  if (config.types > 0)
    types_ = weights.take(name(names.types) + ".weight", {config.types, config.width}, Init::Normal);
  if (!names.embedding_norm.empty())
    embedding_norm_ = Norm::load(weights, name(names.embedding_norm), config);
  for (int l = 0; l < config.blocks; ++l) blocks_.push_back(load_block(weights, l));
  if (!names.final_norm.empty()) final_norm_ = Norm::load(weights, name(names.final_norm), config);
}

BlockLayers Transformer::load_block(Weights& weights, int block) const {
  const ModelConfig& c = config_;
  const Architecture& row = *c.architecture;
  const Architecture::Names& names = row.names;
  const std::string scope = weights.prefix() + numbered(names.block, block);
  const auto linear = [&](std::string_view name, Linear::Shape shape) {
    shape.layout = row.layout;
    return Linear::load(weights, scope + std::string(name), shape);
  };
  const std::int64_t queries = c.heads * c.head_width, keys = c.kv_heads * c.head_width;
  // Conv1D families scale what writes into the residual stream (Radford et al. 2019).
  const Init into_stream = row.layout == LinearLayout::InOut ? Init::Residual : Init::Normal;
  BlockLayers out;
  if (!names.qkv.empty()) {
    out.qkv = linear(names.qkv, {.inputs = c.width, .outputs = queries + 2 * keys, .bias = c.attention_bias});
  } else {
    out.q = linear(names.q, {.inputs = c.width, .outputs = queries, .bias = c.attention_bias});
    out.k = linear(names.k, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
    out.v = linear(names.v, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
  }
  out.attention_out =
      linear(names.attention_out,
             {.inputs = queries, .outputs = c.width, .bias = c.output_bias, .init = into_stream});
  out.attention_norm = Norm::load(weights, scope + std::string(names.attention_norm), c);
  if (row.gated())
    out.mlp_gate = linear(names.mlp_gate, {.inputs = c.width, .outputs = c.mlp_width, .bias = c.mlp_bias});
  out.mlp_up = linear(names.mlp_up, {.inputs = c.width, .outputs = c.mlp_width, .bias = c.mlp_bias});
  out.mlp_down = linear(names.mlp_down,
                        {.inputs = c.mlp_width, .outputs = c.width, .bias = c.mlp_bias, .init = into_stream});
  out.mlp_norm = Norm::load(weights, scope + std::string(names.mlp_norm), c);
  return out;
}

void Transformer::take_layers(const Transformer& other, int first_block) {
  final_norm_ = other.final_norm_;
  for (std::size_t l = first_block < 0 ? 0 : static_cast<std::size_t>(first_block); l < blocks_.size(); ++l)
    blocks_[l] = other.blocks_[l];
  if (first_block >= 0) return;
  words_ = other.words_;
  positions_ = other.positions_;
  types_ = other.types_;
  embedding_norm_ = other.embedding_norm_;
}

torch::Tensor Transformer::embed_words(const Batch& batch) const {
  return at::embedding(words_, batch.ids.to(words_.device()));
}

/// Each token's row among the position vectors.
torch::Tensor Transformer::positions(const Batch& batch) const {
  torch::Tensor out = torch::empty({batch.tokens()}, torch::kInt64);
  auto* row = out.data_ptr<std::int64_t>();
  // RoBERTa counts only what is no padding token, even one that the text itself holds.
  const bool skip_pads = config_.architecture->positions_after_pad && batch.ids.defined();
  const torch::Tensor ids = skip_pads ? batch.ids.to(torch::kCPU).contiguous() : torch::Tensor();
  const std::int64_t* id = skip_pads ? ids.data_ptr<std::int64_t>() : nullptr;
  for (std::size_t s = 0; s < batch.lengths.size(); ++s) {
    const std::int64_t length = batch.lengths[s];
    std::int64_t next = config_.position_offset + tokens_before(batch, s);
    for (std::int64_t i = 0; i < length; ++i) {
      const bool pad = id != nullptr && id[i] == config_.pad_id;
      row[i] = pad ? config_.pad_id : next++;
    }
    row += length;
    if (id != nullptr) id += length;
  }
  return out;
}

torch::Tensor Transformer::embed(const torch::Tensor& words, const Batch& batch) const {
  torch::Tensor x = words;
  if (types_.defined())
    x = batch.type_ids.defined() ? x + at::embedding(types_, batch.type_ids.to(x.device())) : x + types_[0];
  if (positions_.defined()) x = x + at::embedding(positions_, positions(batch).to(x.device()));
  return embedding_norm_ ? embedding_norm_(x) : x;
}

torch::Tensor Transformer::attention(Pass& pass, int l, const torch::Tensor& x) const {
  const BlockLayers& layers = blocks_[static_cast<std::size_t>(l)];
  const std::int64_t queries = config_.heads * config_.head_width,
                     keys = config_.kv_heads * config_.head_width;
  const torch::Tensor fused = layers.qkv ? layers.qkv(x) : torch::Tensor();
  const auto project = [&](const Linear& layer, std::int64_t first, std::int64_t columns) {
    return fused.defined() ? fused.narrow(1, first, columns) : layer(x);
  };
  torch::Tensor q = pass(SiteKind::AttnQ, l, project(layers.q, 0, queries));
  if (pass.over) return q;
  torch::Tensor k = pass(SiteKind::AttnK, l, project(layers.k, queries, keys));
  if (pass.over) return k;
  torch::Tensor v = pass(SiteKind::AttnV, l, project(layers.v, queries + keys, keys));
  if (pass.over) return v;
  if (pass.rotation) {
    q = rotate(q.view({-1, config_.heads, config_.head_width}), *pass.rotation).view({-1, queries});
    k = rotate(k.view({-1, config_.kv_heads, config_.head_width}), *pass.rotation).view({-1, keys});
  }
  const AttentionSettings settings{.heads = config_.heads,
                                   .kv_heads = config_.kv_heads,
                                   .scale = config_.attention_scale(l),
                                   .causal = config_.causal};
  if (pass.stop_after == Site{SiteKind::AttnPattern, l}) {
    attend_pattern(q, k, pass.runs, settings, pass.hooks, l);
    pass.over = true;
    return {};
  }
  KeyValueCache* cache = pass.batch.cache;
  torch::Tensor z =
      pass(SiteKind::AttnZ, l,
           cache != nullptr ? cache->attend(q, k, v, pass.runs, pass.batch.lengths, settings, pass.hooks, l)
                            : attend(q, k, v, pass.runs, settings, pass.hooks, l));
  if (pass.over) return z;
  return pass(SiteKind::AttnOut, l, layers.attention_out(z));
}

torch::Tensor Transformer::mlp(Pass& pass, int l, const torch::Tensor& x) const {
  const BlockLayers& layers = blocks_[static_cast<std::size_t>(l)];
  const bool gated = static_cast<bool>(layers.mlp_gate);
  torch::Tensor h = pass(SiteKind::MlpPre, l, gated ? layers.mlp_gate(x) : layers.mlp_up(x));
  if (pass.over) return h;
  h = activation_(h);
  if (gated) h = h * layers.mlp_up(x);
  h = pass(SiteKind::MlpPost, l, std::move(h));
  if (pass.over) return h;
  return pass(SiteKind::MlpOut, l, layers.mlp_down(h));
}

torch::Tensor Transformer::block(Pass& pass, int l, torch::Tensor x) const {
  const BlockLayers& layers = blocks_[static_cast<std::size_t>(l)];
  const bool first = config_.architecture->norm_first;
  x = pass(SiteKind::ResidPre, l, std::move(x));
  if (pass.over) return x;
  const torch::Tensor attention_out = attention(pass, l, first ? layers.attention_norm(x) : x);
  if (pass.over) return attention_out;
  x = x + attention_out;
  x = pass(SiteKind::ResidMid, l, first ? x : layers.attention_norm(x));
  if (pass.over) return x;
  const torch::Tensor mlp_out = mlp(pass, l, first ? layers.mlp_norm(x) : x);
  if (pass.over) return mlp_out;
  x = x + mlp_out;
  return pass(SiteKind::ResidPost, l, first ? x : layers.mlp_norm(x));
}

torch::Tensor Transformer::run(torch::Tensor resid, int first_block, const Batch& batch, const Hooks& hooks,
                               std::optional<Site> stop_after) const {
  Pass pass{.hooks = hooks,
            .stop_after = stop_after,
            .batch = batch,
            .runs = batch.runs(),
            .rotation = {},
            .over = false};
  if (config_.architecture->positions == PositionKind::Rotary) {
    std::int64_t longest = 1;
    for (std::size_t s = 0; s < batch.lengths.size(); ++s)
      longest = std::max(longest, tokens_before(batch, s) + batch.lengths[s]);
    const torch::Tensor angles = rotary_angles(config_.rotary, config_.head_width, longest)
                                     .index_select(0, positions(batch))
                                     .unsqueeze(1);
    pass.rotation.emplace(angles.cos().to(resid.options()), angles.sin().to(resid.options()));
  }
  for (int l = first_block; l < config_.blocks; ++l) {
    resid = block(pass, l, std::move(resid));
    if (pass.over) return resid;
  }
  if (batch.cache != nullptr) batch.cache->advance(batch.lengths);
  return final_norm_ ? pass(SiteKind::FinalNorm, -1, final_norm_(resid)) : resid;
}

std::vector<SiteColumns> Transformer::sites() const {
  const ModelConfig& c = config_;
  const auto width = [&](SiteKind kind) -> std::int64_t {
    switch (kind) {
      case SiteKind::AttnQ:
      case SiteKind::AttnZ:
        return c.heads * c.head_width;
      case SiteKind::AttnK:
      case SiteKind::AttnV:
        return c.kv_heads * c.head_width;
      case SiteKind::AttnPattern:
        return 0;
      case SiteKind::MlpPre:
      case SiteKind::MlpPost:
        return c.mlp_width;
      default:
        return c.width;
    }
  };
  std::vector<SiteColumns> out;
  const auto add = [&](Site site) {
    const SiteName& name = site_names()[static_cast<std::size_t>(site.kind)];
    out.push_back({.site = full_name(site),
                   .block = site.block,
                   .width = static_cast<int>(width(site.kind)),
                   .head_width = name.per_head ? static_cast<int>(c.head_width) : 0});
  };
  for (int l = 0; l < c.blocks; ++l)
    for (const SiteName& name : site_names())
      if (name.kind != SiteKind::FinalNorm) add({name.kind, l});
  if (final_norm_) add({SiteKind::FinalNorm, -1});
  return out;
}

}  // namespace neurox::model
