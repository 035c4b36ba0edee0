#include "neurox/model/transformer.h"

#include <tuple>
#include <utility>

#include "neurox/model/attention.h"
#include "neurox/model/key_value_cache.h"
#include "neurox/model/rotary.h"
#include "neurox/model/sinusoids.h"

namespace neurox::model {
namespace {

std::string numbered(std::string_view name, int block, int group) {
  std::string out(name);
  for (const auto& [mark, number] : {std::pair{"{l}", block}, std::pair{"{g}", group}})
    if (const std::size_t place = out.find(mark); place != std::string::npos)
      out.replace(place, 3, std::to_string(number));
  return out;
}

/// XLNet's projections: #width x heads x head_width, of the stream's side first.
Linear load_by_heads(Weights& weights, const std::string& name, const ModelConfig& c, bool into_stream) {
  const torch::Tensor weight = weights.take(name, {c.width, c.heads, c.head_width}, Init::Normal);
  if (!weight.defined()) return {};
  return {into_stream ? weight.flatten(1) : weight.flatten(1).t().contiguous(), torch::Tensor()};
}

/// Rows q, k, v of head 0, of head 1, ... become the queries of all heads, then keys, then values.
Linear by_kind(const Linear& qkv, std::int64_t heads) {
  const auto sorted = [&](const torch::Tensor& x) {
    if (!x.defined()) return x;
    const std::int64_t width = x.size(0) / heads / 3;
    return x.view({heads, 3, width, -1}).transpose(0, 1).reshape(x.sizes()).contiguous();
  };
  return {sorted(qkv.weight), sorted(qkv.bias)};
}

torch::Tensor normed_heads(const Norm& norm, const torch::Tensor& x, std::int64_t head_width) {
  return norm ? norm(x.view({x.size(0), -1, head_width})).view({x.size(0), -1}) : x;
}

/// Of a sentence, those that a cache holds.
std::int64_t tokens_before(const Batch& batch, std::size_t sentence) {
  return batch.cache == nullptr ? 0 : batch.cache->before(static_cast<std::int64_t>(sentence));
}

/// Word embeddings: shared with the other stack, or this one's own.
torch::Tensor load_words(const ModelConfig& config, Weights& weights) {
  const Architecture::Names& names = config.architecture->names;
  const auto name = [&](std::string_view layer) { return weights.prefix() + std::string(layer) + ".weight"; };
  const bool own = !names.own_words.empty() && weights.has(name(names.own_words));
  return weights.take(name(own ? names.own_words : names.words), {config.vocabulary, config.embedding_width},
                      Init::Normal);
}

torch::Tensor load_positions(const ModelConfig& config, Weights& weights) {
  const std::string name = weights.prefix() + std::string(config.architecture->names.positions) + ".weight";
  const std::int64_t rows = config.max_positions + config.position_offset;
  if (config.sinusoid == SinusoidKind::None || weights.has(name))
    return weights.take(name, {rows, config.embedding_width},
                        config.sinusoidal ? Init::Sinusoids : Init::Normal);
  torch::Tensor out = sinusoid_halves(config.sinusoid, rows, config.embedding_width);
  if (config.architecture->positions_after_pad) out[config.pad_id].zero_();
  return out;
}

}  // namespace

/// One forward pass on its way: `x = pass(kind, block, x)` is the hook, `pass.over` whether to stop.
struct Transformer::Pass {
  const Hooks& hooks;
  std::optional<Site> stop_after;
  const Batch& batch;
  std::vector<Run> runs;
  torch::Tensor types;
  Rotation rotation, local_rotation;
  const EncoderStates* source;
  std::vector<CrossRun> cross_runs;
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
  words_ = load_words(config, weights);
  if (!names.positions.empty() && config.positions_in_input) {
    positions_ = load_positions(config, weights);
    if (words_.defined() && positions_.defined()) positions_ = positions_.to(words_.options());
  }
  if (config.types > 0 && !names.types.empty())
    types_ =
        weights.take(name(names.types) + ".weight", {config.types, config.embedding_width}, Init::Normal);
  if (!names.embedding_norm.empty())
    embedding_norm_ = Norm::load(weights, name(names.embedding_norm), config, config.embedding_width);
  if (!names.embedding_projection.empty() &&
      (config.architecture->always_projected || config.embedding_width != config.width))
    embedding_projection_ = Linear::load(weights, name(names.embedding_projection),
                                         {.inputs = config.embedding_width, .outputs = config.width});
  if (config.relative == RelativeKind::Deberta) deberta_ = DebertaPositions::load(config, weights);
  const bool shared = names.block.find("{g}") != std::string_view::npos;
  for (int l = 0; l < config.blocks; ++l)
    blocks_.push_back(shared && l > 0 && config.group(l) == config.group(l - 1) ? blocks_.back()
                                                                                : load_block(weights, l));
  deberta_ = {};
  if (const std::string divisors(rotary_divisors); weights.has(divisors) && !blocks_.empty()) {
    const std::int64_t columns = turned_columns(config.rotary, config.head_width);
    const torch::Tensor taken = weights.take(divisors, {columns / 2}, Init::Ones);
    for (BlockLayers& block : blocks_) block.rotary_divisors = taken;
  }
  if (!names.final_norm.empty()) final_norm_ = Norm::load(weights, name(names.final_norm), config);
}

BlockLayers Transformer::load_block(Weights& weights, int block) const {
  const ModelConfig& c = config_;
  const Architecture& row = *c.architecture;
  const Architecture::Names& names = row.names;
  const std::string scope = weights.prefix() + numbered(names.block, block, c.group(block));
  const auto linear = [&](std::string_view name, Linear::Shape shape) {
    shape.layout = row.layout;
    return Linear::load(weights, scope + std::string(name), shape);
  };
  const std::int64_t queries = c.heads * c.head_width, keys = c.kv_heads * c.head_width;
  // Conv1D families scale what writes into the residual stream (Radford et al. 2019).
  const Init into_stream = row.layout == LinearLayout::InOut ? Init::Residual : Init::Normal;
  BlockLayers out;
  if (row.relative == RelativeKind::Xlnet) {
    const auto by_heads = [&](std::string_view name) {
      return load_by_heads(weights, scope + std::string(name), c, name == names.attention_out);
    };
    out.q = by_heads(names.q);
    out.k = by_heads(names.k);
    out.v = by_heads(names.v);
    out.attention_out = by_heads(names.attention_out);
    out.relative = xlnet_scores(c, weights, scope, block);
  } else if (!names.qkv.empty()) {
    out.qkv = linear(names.qkv, {.inputs = c.width, .outputs = queries + 2 * keys, .bias = c.attention_bias});
    if (row.qkv_by_head) out.qkv = by_kind(out.qkv, c.heads);
  } else {
    out.q = linear(names.q, {.inputs = c.width, .outputs = queries, .bias = c.attention_bias});
    out.k = linear(names.k, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
    out.v = linear(names.v, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
  }
  if (!out.attention_out)
    out.attention_out =
        linear(names.attention_out,
               {.inputs = queries, .outputs = c.width, .bias = c.output_bias, .init = into_stream});
  if (c.relative == RelativeKind::T5)
    out.relative = block == 0 ? t5_scores(c, weights, scope) : blocks_.front().relative;
  if (c.relative == RelativeKind::Deberta)
    out.relative = deberta_scores(c, weights, scope, deberta_, out.q, out.k);
  out.attention_norm = Norm::load(weights, scope + std::string(names.attention_norm), c);
  if (!names.cross_q.empty()) {
    out.cross_q = linear(names.cross_q, {.inputs = c.width, .outputs = queries, .bias = c.attention_bias});
    out.cross_k = linear(names.cross_k, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
    out.cross_v = linear(names.cross_v, {.inputs = c.width, .outputs = keys, .bias = c.attention_bias});
    out.cross_out = linear(names.cross_out, {.inputs = queries, .outputs = c.width, .bias = c.output_bias});
    out.cross_norm = Norm::load(weights, scope + std::string(names.cross_norm), c);
  }
  if (row.gated())
    out.mlp_gate = linear(names.mlp_gate, {.inputs = c.width, .outputs = c.mlp_width, .bias = c.mlp_bias});
  out.mlp_up = linear(names.mlp_up, {.inputs = c.width, .outputs = c.mlp_width, .bias = c.mlp_bias});
  out.mlp_down = linear(names.mlp_down,
                        {.inputs = c.mlp_width, .outputs = c.width, .bias = c.mlp_bias, .init = into_stream});
  out.mlp_norm = Norm::load(weights, scope + std::string(names.mlp_norm), c);
  const auto extra_norm = [&](Norm& norm, std::string_view name, std::int64_t width) {
    if (!name.empty()) norm = Norm::load(weights, scope + std::string(name), c, width);
  };
  extra_norm(out.q_norm, names.q_norm, c.head_width);
  extra_norm(out.k_norm, names.k_norm, c.head_width);
  extra_norm(out.attention_post_norm, names.attention_post_norm, c.width);
  extra_norm(out.mlp_post_norm, names.mlp_post_norm, c.width);
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
  embedding_projection_ = other.embedding_projection_;
}

torch::Tensor Transformer::embed_words(const Batch& batch) const {
  return at::embedding(words_, batch.ids.to(words_.device()));
}

/// Each token's row among the position vectors.
torch::Tensor Transformer::positions(const Batch& batch) const {
  torch::Tensor out = torch::empty({batch.tokens()}, torch::kInt64);
  auto* row = out.data_ptr<std::int64_t>();
  // RoBERTa and M2M100 count only what is no padding token, even one that the text itself holds; behind a
  // cache M2M100 in transformers counts all that is in there, and so it is here.
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
  torch::Tensor x = config_.embedding_scale == 1 ? words : words * config_.embedding_scale;
  if (types_.defined())
    x = batch.type_ids.defined() ? x + at::embedding(types_, batch.type_ids.to(x.device())) : x + types_[0];
  if (positions_.defined()) x = x + at::embedding(positions_, positions(batch).to(x.device()));
  if (embedding_norm_) x = embedding_norm_(x);
  return embedding_projection_ ? embedding_projection_(x) : x;
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
  q = normed_heads(layers.q_norm, q, config_.head_width);
  k = normed_heads(layers.k_norm, k, config_.head_width);
  const std::int64_t window = config_.window(l);
  if (const Rotation& turns = pass.local_rotation && window > 0 ? pass.local_rotation : pass.rotation) {
    q = rotate(q.view({-1, config_.heads, config_.head_width}), *turns).view({-1, queries});
    k = rotate(k.view({-1, config_.kv_heads, config_.head_width}), *turns).view({-1, keys});
  }
  AttentionSettings settings{.heads = config_.heads,
                             .kv_heads = config_.kv_heads,
                             .scale = config_.attention_scale(l),
                             .causal = config_.causal,
                             .window = window,
                             .score_cap = config_.score_cap};
  if (layers.relative)
    settings.added = [&](const torch::Tensor& queries_of_run, const torch::Tensor& keys_of_run,
                         const Run& run) {
      const torch::Tensor types = pass.types.defined()
                                      ? pass.types.narrow(0, run.first_token, run.sentences * run.length)
                                            .view({run.sentences, run.length})
                                      : torch::Tensor();
      return (*layers.relative)({queries_of_run, keys_of_run, types});
    };
  if (layers.relative && layers.relative->has_steps())
    settings.added_in_step = [&](const torch::Tensor& positions_of_queries, std::int64_t keys_seen) {
      return layers.relative->at(positions_of_queries, keys_seen);
    };
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
  const torch::Tensor out = layers.attention_out(z);
  return pass(SiteKind::AttnOut, l, layers.attention_post_norm ? layers.attention_post_norm(out) : out);
}

torch::Tensor Transformer::cross_attention(Pass& pass, int l, const torch::Tensor& x) const {
  const BlockLayers& layers = blocks_[static_cast<std::size_t>(l)];
  KeyValueCache* cache = pass.batch.cache;
  const torch::Tensor q = pass(SiteKind::CrossQ, l, layers.cross_q(x));
  if (pass.over) return q;
  torch::Tensor k, v;
  if (cache != nullptr && cache->has_sources()) {
    std::tie(k, v) = cache->cross(l);
  } else {
    k = pass(SiteKind::CrossK, l, layers.cross_k(pass.source->states));
    if (pass.over) return k;
    v = pass(SiteKind::CrossV, l, layers.cross_v(pass.source->states));
    if (pass.over) return v;
    if (cache != nullptr) cache->keep_cross(l, k, v);
  }
  const AttentionSettings settings{.heads = config_.heads,
                                   .kv_heads = config_.kv_heads,
                                   .scale = config_.attention_scale(l),
                                   .causal = false};
  const torch::Tensor z = attend_across(q, k, v, pass.cross_runs, settings, pass.hooks, l);
  if (pass.stop_after == Site{SiteKind::CrossPattern, l}) {
    pass.over = true;
    return {};
  }
  const torch::Tensor seen = pass(SiteKind::CrossZ, l, z);
  return pass.over ? seen : pass(SiteKind::CrossOut, l, layers.cross_out(seen));
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
  const torch::Tensor out = layers.mlp_down(h);
  return pass(SiteKind::MlpOut, l, layers.mlp_post_norm ? layers.mlp_post_norm(out) : out);
}

torch::Tensor Transformer::block(Pass& pass, int l, torch::Tensor x) const {
  const BlockLayers& layers = blocks_[static_cast<std::size_t>(l)];
  const bool first = config_.architecture->norm_first;
  x = pass(SiteKind::ResidPre, l, std::move(x));
  if (pass.over) return x;
  const torch::Tensor attention_out = attention(pass, l, first ? layers.attention_norm(x) : x);
  if (pass.over) return attention_out;
  const torch::Tensor pre = config_.parallel ? x : torch::Tensor();
  x = x + attention_out;
  x = pass(SiteKind::ResidMid, l, first ? x : layers.attention_norm(x));
  if (pass.over) return x;
  if (layers.cross_q) {
    const torch::Tensor cross_out = cross_attention(pass, l, first ? layers.cross_norm(x) : x);
    if (pass.over) return cross_out;
    x = x + cross_out;
    x = pass(SiteKind::ResidMidCross, l, first ? x : layers.cross_norm(x));
    if (pass.over) return x;
  }
  const torch::Tensor mlp_out = mlp(pass, l, first ? layers.mlp_norm(config_.parallel ? pre : x) : x);
  if (pass.over) return mlp_out;
  x = x + mlp_out;
  return pass(SiteKind::ResidPost, l, first ? x : layers.mlp_norm(x));
}

Transformer::Rotation Transformer::rotation(const RotaryConfig& rotary, const torch::Tensor& divisors,
                                            const Batch& batch, const torch::TensorOptions& options) const {
  std::int64_t longest = 1;
  for (std::size_t s = 0; s < batch.lengths.size(); ++s)
    longest = std::max(longest, tokens_before(batch, s) + batch.lengths[s]);
  const torch::Tensor angles = rotary_angles(rotary, config_.head_width, longest, divisors)
                                   .index_select(0, positions(batch))
                                   .unsqueeze(1);
  return std::pair(angles.cos().to(options), angles.sin().to(options));
}

torch::Tensor Transformer::run(torch::Tensor resid, int first_block, const Batch& batch, const Hooks& hooks,
                               std::optional<Site> stop_after, const EncoderStates* source) const {
  Pass pass{.hooks = hooks,
            .stop_after = stop_after,
            .batch = batch,
            .runs = batch.runs(),
            .types = batch.type_ids.defined() ? batch.type_ids.to(resid.device()) : torch::Tensor(),
            .rotation = {},
            .local_rotation = {},
            .source = source,
            .cross_runs = {},
            .over = false};
  if (config_.architecture->positions == PositionKind::Rotary) {
    const torch::Tensor divisors = blocks_.empty() ? torch::Tensor() : blocks_[0].rotary_divisors;
    pass.rotation = rotation(config_.rotary, divisors, batch, resid.options());
    if (config_.local_rotary)
      pass.local_rotation = rotation(*config_.local_rotary, {}, batch, resid.options());
  }
  if (has_cross_attention())
    pass.cross_runs = cross_runs(batch.lengths, source != nullptr ? source->lengths : batch.cache->sources());
  for (int l = first_block; l < config_.blocks; ++l) {
    resid = block(pass, l, std::move(resid));
    if (pass.over) return resid;
  }
  if (batch.cache != nullptr) {
    batch.cache->advance(batch.lengths);
    if (source != nullptr) batch.cache->keep_sources(source->lengths);
  }
  return final_norm_ ? pass(SiteKind::FinalNorm, -1, final_norm_(resid)) : resid;
}

std::vector<SiteColumns> Transformer::sites(Stack stack) const {
  const ModelConfig& c = config_;
  const auto width = [&](SiteKind kind) -> std::int64_t {
    switch (kind) {
      case SiteKind::AttnQ:
      case SiteKind::AttnZ:
      case SiteKind::CrossQ:
      case SiteKind::CrossZ:
        return c.heads * c.head_width;
      case SiteKind::AttnK:
      case SiteKind::AttnV:
      case SiteKind::CrossK:
      case SiteKind::CrossV:
        return c.kv_heads * c.head_width;
      case SiteKind::AttnPattern:
      case SiteKind::CrossPattern:
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
      if (name.kind != SiteKind::FinalNorm && (has_cross_attention() || !is_cross(name.kind)))
        add({name.kind, l, {}, stack});
  if (final_norm_) add({SiteKind::FinalNorm, -1, {}, stack});
  return out;
}

}  // namespace neurox::model
