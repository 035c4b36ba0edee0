#include "neurox/attribute/direct_logit.h"

#include <torch/csrc/autograd/autograd.h>

#include <limits>
#include <map>

#include "neurox/attribute/doubles.h"
#include "neurox/attribute/readout.h"
#include "neurox/core/error.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

double number(const Tensor& x) {
  return x.item<double>();
}
double sum_of_products(const Tensor& a, const Tensor& b) {
  return number((a * b).sum());
}

void check_target(const model::Model& model, const Target& target) {
  if (target.kind == Target::Kind::Unit)
    throw usage_error(
        "direct-logit: the target is a neuron; name a class or next (a neuron's inputs: "
        "activation-x-gradient)");
  if (target.scale != Target::Scale::Logit)
    throw usage_error("direct-logit: only a logit is a sum of what components write; take --scale logit");
  check_linear_head(model,
                    target.kind == Target::Kind::Tokens  ? HeadKind::Vocabulary
                    : target.kind == Target::Kind::Class ? HeadKind::Sequence
                                                         : HeadKind::Token,
                    "direct-logit");
  const bool normed = model.config().blocks > 0 && model.layers(0).attention_post_norm;
  if (normed || model.heads().lm.logit_cap > 0)
    throw usage_error(
        "direct-logit: {} norms what components write or caps its logits, so that no logit is their sum; "
        "take "
        "activation-x-gradient",
        model.config().file.parent_path().string());
}

/// What one pass holds, and the slope of the target by what is added at each place of the residual stream.
class Stream {
 public:
  explicit Stream(const SentenceFunction& f) : f_(f), model_(f.model()), last_(model_.config().blocks - 1) {
    check_target(model_, f.target());
    listen();
    carry_back();
  }

  double value() const { return value_; }
  int last() const { return last_; }
  const Tensor& activation(Site site) const { return activations_.at(site); }
  const Tensor& slope(Site site) const { return slopes_.at(site); }
  double norm_biases(int block) const { return norm_biases_.at(block); }
  double head_bias() const { return head_bias_; }

  /// #tokens x width of the site: each neuron's share.
  Tensor shares(Site site) const {
    const auto through = [&](const model::Linear& writer, SiteKind out) {
      return activation(site) * slope({out, site.block}).matmul(doubles(writer.weight));
    };
    if (site.stack == Stack::Encoder)
      throw usage_error(
          "direct-logit: {} writes into the encoder's stream, which the decoder reads by cross attention; "
          "choose sites of the decoder, or activation-x-gradient",
          full_name(site));
    site.stack = Stack::Only;
    if (of_stream(site.kind)) return activation(site) * slope(site);
    if (site.kind == SiteKind::CrossZ)
      return through(model_.layers(site.block).cross_out, SiteKind::CrossOut);
    if (site.kind == SiteKind::MlpPost) return through(model_.layers(site.block).mlp_down, SiteKind::MlpOut);
    if (site.kind == SiteKind::AttnZ)
      return through(model_.layers(site.block).attention_out, SiteKind::AttnOut);
    throw usage_error(
        "direct-logit: {} writes nothing into the residual stream; choose attn_z, mlp_post, attn_out, "
        "mlp_out or resid_post",
        full_name(site));
  }

  /// What a bias adds: it is there at every token.
  double bias(const model::Linear& writer, Site out) const {
    return writer.bias.defined() ? number((slope(out) * doubles(writer.bias)).sum()) : 0;
  }

 private:
  void listen() {
    std::vector<Site> sites;
    for (int l = 0; l <= last_; ++l)
      for (const SiteKind kind : {SiteKind::ResidPre, SiteKind::AttnZ, SiteKind::AttnOut, SiteKind::ResidMid,
                                  SiteKind::CrossZ, SiteKind::CrossOut, SiteKind::ResidMidCross,
                                  SiteKind::MlpPost, SiteKind::MlpOut, SiteKind::ResidPost})
        if (model_.has_encoder() || !is_cross(kind)) sites.push_back({kind, l});
    if (model_.final_norm()) sites.push_back({SiteKind::FinalNorm, -1});
    const std::vector<Tensor> found = f_.activations(f_.embeddings(), sites);
    for (std::size_t i = 0; i < sites.size(); ++i) activations_.emplace(sites[i], doubles(found[i]));
    read(found.back());
  }

  /// u, c and the logit from the last hidden states.
  void read(const Tensor& hidden) {
    const auto target = [&](const Tensor& x) {
      return target_values(model_, x, f_.sentence(), {&f_.target(), 1}).sum();
    };
    const Tensor leaf = hidden.detach().requires_grad_(true);
    const Tensor logit = target(leaf);
    value_ = number(logit);
    hidden_slope_ = doubles(torch::autograd::grad({logit}, {leaf})[0]);
    const torch::NoGradGuard no_gradients;
    head_bias_ = number(target(at::zeros_like(hidden)));
  }

  /// The slope by the input of a norm from that by its output; its bias goes to the block's account.
  Tensor through(const model::Norm& norm, const Tensor& x, const Tensor& slope, int block) {
    const Tensor weighted = slope * doubles(norm.weight);
    if (!norm.bias.defined()) return weighted / (x.square().mean(-1, true) + norm.eps).sqrt();
    norm_biases_[block] += number((slope * doubles(norm.bias)).sum());
    return (weighted - weighted.mean(-1, true)) / (x.var(-1, false, true) + norm.eps).sqrt();
  }

  void carry_back() {
    const bool first = model_.config().architecture->norm_first;
    for (int l = -1; l <= last_; ++l) norm_biases_[l] = 0;
    Tensor slope = hidden_slope_;
    if (model_.final_norm()) {
      slopes_[{SiteKind::FinalNorm, -1}] = slope;
      slope = through(model_.final_norm(), activation({SiteKind::ResidPost, last_}), slope, -1);
    }
    const auto set = [&](SiteKind kind, int l) { slopes_[{kind, l}] = slope; };
    for (int l = last_; l >= 0; --l) {
      const model::BlockLayers& layers = model_.layers(l);
      const auto sum = [&](SiteKind a, SiteKind b) { return activation({a, l}) + activation({b, l}); };
      const bool across = static_cast<bool>(layers.cross_q);
      const SiteKind before_mlp = across ? SiteKind::ResidMidCross : SiteKind::ResidMid;
      set(SiteKind::ResidPost, l);
      if (!first) slope = through(layers.mlp_norm, sum(before_mlp, SiteKind::MlpOut), slope, l);
      set(SiteKind::MlpOut, l);
      set(before_mlp, l);
      if (across) {
        if (!first) slope = through(layers.cross_norm, sum(SiteKind::ResidMid, SiteKind::CrossOut), slope, l);
        set(SiteKind::CrossOut, l);
        set(SiteKind::ResidMid, l);
      }
      if (!first)
        slope = through(layers.attention_norm, sum(SiteKind::ResidPre, SiteKind::AttnOut), slope, l);
      set(SiteKind::AttnOut, l);
      set(SiteKind::ResidPre, l);
    }
  }

  const SentenceFunction& f_;
  const model::Model& model_;
  int last_;
  double value_ = 0, head_bias_ = 0;
  Tensor hidden_slope_;
  std::map<Site, Tensor> activations_, slopes_;
  std::map<int, double> norm_biases_;  ///< per block; -1: the final norm
};

std::vector<Part> parts_of(const Stream& stream, const model::Model& model) {
  std::vector<Part> parts;
  const Site start{SiteKind::ResidPre, 0};
  parts.push_back({"embeddings", -1, -1, sum_of_products(stream.activation(start), stream.slope(start))});
  for (int l = 0; l <= stream.last(); ++l) {
    const model::BlockLayers& layers = model.layers(l);
    const auto heads = [&](SiteKind z, const char* name) {
      const Tensor shares = stream.shares({z, l}).sum(0).view({model.config().heads, -1}).sum(1);
      for (int h = 0; h < model.config().heads; ++h) parts.push_back({name, l, h, number(shares[h])});
    };
    heads(SiteKind::AttnZ, "attention head");
    if (layers.attention_out.bias.defined())
      parts.push_back({"attention bias", l, -1, stream.bias(layers.attention_out, {SiteKind::AttnOut, l})});
    if (layers.cross_q) {
      heads(SiteKind::CrossZ, "cross attention head");
      if (layers.cross_out.bias.defined())
        parts.push_back(
            {"cross attention bias", l, -1, stream.bias(layers.cross_out, {SiteKind::CrossOut, l})});
    }
    parts.push_back({"mlp", l, -1, number(stream.shares({SiteKind::MlpPost, l}).sum())});
    if (layers.mlp_down.bias.defined())
      parts.push_back({"mlp bias", l, -1, stream.bias(layers.mlp_down, {SiteKind::MlpOut, l})});
    if (!model.config().architecture->norm_first && layers.mlp_norm.bias.defined())
      parts.push_back({"norm biases", l, -1, stream.norm_biases(l)});
  }
  if (model.final_norm() && model.final_norm().bias.defined())
    parts.push_back({"final norm bias", -1, -1, stream.norm_biases(-1)});
  parts.push_back({"head bias", -1, -1, stream.head_bias()});
  return parts;
}

}  // namespace

LayerAttribution direct_logit(const SentenceFunction& f, std::span<const Site> sites) {
  const Stream stream(f);
  LayerAttribution out;
  out.value = stream.value();
  out.parts = parts_of(stream, f.model());
  double all = 0;
  for (const Part& part : out.parts) all += part.value;
  for (const Site site : sites) {
    out.values.push_back(stream.shares(site));
    out.baselines.push_back(all - number(out.values.back().sum()));
    out.deltas.push_back(all - out.value);
  }
  return out;
}

}  // namespace neurox::attribute
