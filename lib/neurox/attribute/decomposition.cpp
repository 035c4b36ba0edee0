#include "neurox/attribute/decomposition.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "neurox/attribute/doubles.h"
#include "neurox/attribute/network_decomposition.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/model/heads.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// By head, each key head once for every query head that shares it: #parts x heads x tokens x head width.
Tensor value_heads(const Tensor& v, const model::ModelConfig& c) {
  const Tensor heads = v.view({v.size(0), v.size(1), c.kv_heads, c.head_width}).transpose(1, 2);
  return c.kv_heads == c.heads ? heads : heads.repeat_interleave(c.heads / c.kv_heads, 1);
}

Split sum(const Split& a, const Split& b) {
  return {a.part + b.part, a.whole + b.whole};
}

Split split_values(const model::BlockLayers& layers, const model::ModelConfig& c, const Split& x,
                   SplitRules rules) {
  if (!layers.qkv) return split_linear(layers.v, x, rules);
  const std::int64_t keys = c.kv_heads * c.head_width, values = c.heads * c.head_width + keys;
  const auto of_values = [&](const Tensor& all) { return all.defined() ? all.narrow(0, values, keys) : all; };
  return split_linear(of_values(layers.qkv.weight), of_values(layers.qkv.bias), x, rules);
}

/// Values by held probabilities, heads side by side.
Split mixed(const Tensor& pattern, const Split& v, const model::ModelConfig& c) {
  const auto mix = [&](const Tensor& y) {
    const Tensor z = at::matmul(pattern, value_heads(y, c)).transpose(1, 2);
    return z.reshape({y.size(0), z.size(1), c.heads * c.head_width});
  };
  return {mix(v.part), mix(v.whole)};
}

Split of_position(const Split& x, std::int64_t position) {
  return {x.part.select(1, position), x.whole.select(1, position)};
}

/// One output of a layer.
Tensor one_logit(const model::Linear& layer, const Split& x, std::int64_t index, SplitRules rules) {
  const Tensor bias = layer.bias.defined() ? layer.bias.narrow(0, index, 1) : Tensor();
  return split_linear(layer.weight.narrow(0, index, 1), bias, x, rules).part.select(-1, 0);
}

Tensor class_logit(const model::Linear& layer, const Split& x, const Target& target, SplitRules rules) {
  const Tensor logit = one_logit(layer, x, target.index, rules);
  return target.against ? logit - one_logit(layer, x, *target.against, rules) : logit;
}

}  // namespace

Decomposition::Decomposition(const SentenceFunction& f, SplitRules rules) : f_(f), rules_(rules) {
  const model::Model& model = f.model();
  network_ = dynamic_cast<const model::NativeNetwork*>(model.network());
  if (model.network() != nullptr && network_ == nullptr)
    throw usage_error(
        "contextual decomposition and LRP need to know the layers, which a TorchScript file does not name; "
        "take agglomerative-occlusion, occlusion or integrated-gradients");
  if (network_ != nullptr && !has_split_rules(*network_))
    throw usage_error(
        "contextual decomposition and LRP have no rules for an encoder and a decoder; take occlusion or "
        "integrated-gradients");
  if (f.target().kind == Target::Kind::Unit)
    throw usage_error("contextual decomposition and LRP: the target is a neuron; name a class or next");
  if (f.target().scale != Target::Scale::Logit)
    throw usage_error("contextual decomposition and LRP: only a logit is decomposed; take --scale logit");
  if (network_ != nullptr) {
    embeddings_ = f.embeddings();
    value_ = f.value(embeddings_);
    return;
  }
  if (f.target().kind == Target::Kind::Tokens && model.heads().lm.logit_cap > 0)
    throw usage_error("contextual decomposition and LRP: {} caps its logits; take integrated-gradients",
                      model.config().file.parent_path().string());
  std::vector<Site> sites;
  const auto add = [&](const model::ModelConfig& config, Stack stack) {
    stacks_.push_back({config, stack == Stack::Encoder, {}, {}});
    sites.push_back({SiteKind::ResidPre, 0, {}, stack});
    for (int l = 0; l < config.blocks; ++l) {
      sites.push_back({SiteKind::AttnPattern, l, {}, stack});
      if (stack == Stack::Decoder) sites.push_back({SiteKind::CrossPattern, l, {}, stack});
    }
  };
  if (model.has_encoder()) {
    if (!f.sentence().type_ids.defined()) throw usage_error("contextual decomposition and LRP: no target");
    source_tokens_ = f.sentence().type_ids.eq(0).sum().item<std::int64_t>();
    add(*model.config().encoder, Stack::Encoder);
    add(model.config(), Stack::Decoder);
  } else {
    add(model.config(), Stack::Only);
  }
  const std::vector<Tensor> found = f.activations(f.embeddings(), sites);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    // What a stack does not read is zero there: the sum has each token's own.
    if (sites[i].kind == SiteKind::ResidPre)
      embeddings_ = embeddings_.defined() ? embeddings_ + found[i] : found[i];
    Blocks& stack = sites[i].stack == Stack::Encoder ? stacks_.front() : stacks_.back();
    if (sites[i].kind == SiteKind::AttnPattern) stack.patterns.push_back(found[i]);
    if (sites[i].kind == SiteKind::CrossPattern) stack.cross.push_back(found[i]);
  }
  value_ = f.value(f.embeddings());
}

Split Decomposition::mlp(const Blocks& blocks, const model::BlockLayers& layers, const Split& x) const {
  const model::Activation a = model::find_activation(blocks.config.activation);
  const Split up = split_linear(layers.mlp_up, x, rules_);
  const Split post = layers.mlp_gate ? split_gated(a, split_linear(layers.mlp_gate, x, rules_), up, rules_)
                                     : split_activation(a, up, rules_);
  const Split out = split_linear(layers.mlp_down, post, rules_);
  return layers.mlp_post_norm ? split_norm(layers.mlp_post_norm, out, rules_) : out;
}

/// @param source  what a decoder's blocks attend to; nullptr elsewhere
Split Decomposition::block(const Blocks& blocks, int l, const Split& x, const Split* source) const {
  const model::ModelConfig& c = blocks.config;
  const model::BlockLayers& layers = blocks.in_encoder ? f_.model().encoder_layers(l) : f_.model().layers(l);
  const auto at_block = static_cast<std::size_t>(l);
  const auto attention = [&](const Split& y) {
    const Split v = split_values(layers, c, y, rules_);
    const Split out = split_linear(layers.attention_out, mixed(blocks.patterns[at_block], v, c), rules_);
    return layers.attention_post_norm ? split_norm(layers.attention_post_norm, out, rules_) : out;
  };
  const auto across = [&] {
    const Split v = split_linear(layers.cross_v, *source, rules_);
    return split_linear(layers.cross_out, mixed(blocks.cross[at_block], v, c), rules_);
  };
  if (c.architecture->norm_first) {
    Split mid = sum(x, attention(split_norm(layers.attention_norm, x, rules_)));
    if (source != nullptr) mid = sum(mid, across());
    return sum(mid, mlp(blocks, layers, split_norm(layers.mlp_norm, c.parallel ? x : mid, rules_)));
  }
  Split mid = split_norm(layers.attention_norm, sum(x, attention(x)), rules_);
  if (source != nullptr) mid = split_norm(layers.cross_norm, sum(mid, across()), rules_);
  return split_norm(layers.mlp_norm, sum(mid, mlp(blocks, layers, mid)), rules_);
}

Split Decomposition::through(const Blocks& blocks, Split x, const Split* source) const {
  for (int l = 0; l < blocks.config.blocks; ++l) x = block(blocks, l, x, source);
  const model::Norm& norm = blocks.in_encoder ? f_.model().encoder_final_norm() : f_.model().final_norm();
  return norm ? split_norm(norm, x, rules_) : x;
}

/// Rows of every token: of a source the encoder's.
Split Decomposition::hidden(const Split& x) const {
  if (stacks_.size() == 1) return through(stacks_.front(), x, nullptr);
  const std::int64_t targets = f_.tokens() - source_tokens_;
  const auto part_of = [&](std::int64_t first, std::int64_t n) {
    return Split{x.part.narrow(1, first, n), x.whole.narrow(1, first, n)};
  };
  const Split source = through(stacks_.front(), part_of(0, source_tokens_), nullptr);
  const Split target = through(stacks_.back(), part_of(source_tokens_, targets), &source);
  return {at::cat({source.part, target.part}, 1), at::cat({source.whole, target.whole}, 1)};
}

Tensor Decomposition::logit(const Split& hidden) const {
  const model::Heads& heads = f_.model().heads();
  const Target& target = f_.target();
  switch (target.kind) {
    case Target::Kind::Class: {
      const bool last = f_.model().config().reads_last();
      Split x = of_position(hidden, last ? f_.tokens() - 1 : 0);
      if (heads.sequence.dense)
        x = split_activation(heads.sequence.activation, split_linear(heads.sequence.dense, x, rules_),
                             rules_);
      return class_logit(heads.sequence.out, x, target, rules_);
    }
    case Target::Kind::TokenClass:
      return class_logit(heads.token, of_position(hidden, target.position), target, rules_);
    case Target::Kind::SpanStart:
      return one_logit(heads.span, of_position(hidden, target.position), 0, rules_);
    case Target::Kind::SpanEnd:
      return one_logit(heads.span, of_position(hidden, target.position), 1, rules_);
    case Target::Kind::Span:
      return one_logit(heads.span, of_position(hidden, target.position), 0, rules_) +
             one_logit(heads.span, of_position(hidden, target.end), 1, rules_);
    case Target::Kind::Tokens: {
      Tensor sum;
      for (std::size_t i = 0; i < target.tokens.size(); ++i) {
        Split x = of_position(hidden, target.position + static_cast<std::int64_t>(i));
        if (heads.lm.dense)
          x = split_norm(
              heads.lm.norm,
              split_activation(heads.lm.activation, split_linear(heads.lm.dense, x, rules_), rules_), rules_);
        const Tensor one = one_logit(heads.lm.out, x, target.tokens[i], rules_);
        sum = sum.defined() ? sum + one : one;
      }
      return sum;
    }
    default:
      return {};
  }
}

Tensor Decomposition::network_logit(const Split& x) const {
  const Target& target = f_.target();
  const model::Linear& out = network_->output();
  if (target.kind == Target::Kind::Class) return class_logit(out, x, target, rules_);
  if (target.kind == Target::Kind::TokenClass)
    return class_logit(out, of_position(x, target.position), target, rules_);
  Tensor sum;
  for (std::size_t i = 0; i < target.tokens.size(); ++i) {
    const Tensor one = one_logit(out, of_position(x, target.position + static_cast<std::int64_t>(i)),
                                 target.tokens[i], rules_);
    sum = sum.defined() ? sum + one : one;
  }
  return sum;
}

Tensor Decomposition::shares(const Tensor& parts) const {
  std::vector<Tensor> out;
  for (const Tensor& some : parts.split(f_.points_per_pass())) {
    const Split x{some, embeddings_.unsqueeze(0)};
    out.push_back(network_ != nullptr ? network_logit(split_network(*network_, f_.sentence(), x, rules_))
                                      : logit(hidden(x)));
  }
  return at::cat(out);
}

SetFunction decomposed_words(const SentenceFunction& f, const Players& players) {
  const auto whole = std::make_shared<const Decomposition>(f, SplitRules{});
  return [whole, players](std::span<const Coalition> coalitions) {
    const torch::NoGradGuard no_gradients;
    const Tensor& x = whole->embeddings();
    constexpr std::size_t at_a_time = 256;
    std::vector<double> out;
    while (!coalitions.empty()) {
      const auto some = coalitions.first(std::min(at_a_time, coalitions.size()));
      Tensor there = at::zeros({static_cast<std::int64_t>(some.size()), x.size(0), 1}, torch::kBool);
      for (std::size_t s = 0; s < some.size(); ++s)
        for (std::size_t p = 0; p < players.size(); ++p)
          if (some[s][p])
            for (const std::int64_t place : players[p]) there[static_cast<std::int64_t>(s)][place] = true;
      const Tensor shares = doubles(whole->shares(x.unsqueeze(0) * there.to(x.device()))).cpu().contiguous();
      out.insert(out.end(), shares.const_data_ptr<double>(),
                 shares.const_data_ptr<double>() + shares.numel());
      coalitions = coalitions.subspan(some.size());
    }
    return out;
  };
}

RowAttribution decomposition_of_rows(const Example& example, const MethodOptions&) {
  Players players;
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    if (example.rows[r].special) continue;
    players.push_back(example.rows[r].places);
    rows.push_back(r);
  }
  std::vector<Coalition> alone(players.size(), Coalition(players.size(), false));
  for (std::size_t i = 0; i < alone.size(); ++i) alone[i][i] = true;
  const std::vector<double> shares = decomposed_words(*example.function, players)(alone);
  RowAttribution out{std::vector<double>(example.rows.size(), 0.0), {}, 0, no_value, no_value, 1};
  for (std::size_t i = 0; i < rows.size(); ++i) out.values[rows[i]] = shares[i];
  out.value = example.function->value(example.function->embeddings());
  return out;
}

InputAttribution relevance(const SentenceFunction& f) {
  using Activation = SplitRules::Activation;
  using Bias = SplitRules::Bias;
  const Decomposition words(f, {Activation::Ratio, Bias::Rest}), biases(f, {Activation::Ratio, Bias::Part});
  InputAttribution out;
  const Tensor x = words.embeddings().detach().unsqueeze(0).requires_grad_(true);
  {
    const torch::AutoGradMode with_gradients(true);
    const Tensor slope = torch::autograd::grad({words.shares(x).sum()}, {x})[0];
    out.values = doubles(x.detach()[0]) * doubles(slope[0]);
  }
  const torch::NoGradGuard no_gradients;
  out.value = words.value();
  out.baseline = biases.shares(at::zeros_like(x)).item<double>();
  out.delta = out.values.sum().item<double>() - (out.value - out.baseline);
  return out;
}

RowAttribution relevance_of_rows(const Example& example, const MethodOptions& options) {
  const InputAttribution a = relevance(*example.function);
  return {join_rows(a.values, example, options.join),     {}, a.value, a.baseline,
          options.join == Join::Sum ? a.delta : no_value, 1};
}

}  // namespace neurox::attribute
