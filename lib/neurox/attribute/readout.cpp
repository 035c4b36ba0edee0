#include "neurox/attribute/readout.h"

#include <algorithm>
#include <optional>

#include "neurox/core/error.h"
#include "neurox/model/heads.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

Tensor column(const model::Linear& writer, std::int64_t j) {
  return writer.weight.select(1, j);
}

/// As a norm hands it on, but for its scale.
Tensor folded(const model::Norm& norm, const Tensor& v) {
  return norm.bias.defined() ? (v - v.mean()) * norm.weight : v * norm.weight;
}

Tensor unit(const model::Model& model, std::int64_t j) {
  Tensor v = at::zeros({model.config().width}, at::device(model.device()).dtype(model.dtype()));
  v[j] = 1;
  return v;
}

/// What the neuron adds to the stream, at its place there.
Tensor written(const model::Model& model, Site site, std::int64_t j) {
  if (site.stack == Stack::Encoder)
    throw usage_error(
        "{}: an encoder's neurons write into its own stream, which the decoder reads by cross attention; no "
        "direction there belongs to a logit: choose sites of the decoder",
        full_name(site));
  const auto added = [](const model::Norm& norm, const Tensor& v) { return norm ? folded(norm, v) : v; };
  if (of_stream(site.kind)) return unit(model, j);
  if (site.kind == SiteKind::MlpPost || site.kind == SiteKind::AttnZ) {
    const model::BlockLayers& layers = model.layers(site.block);
    return site.kind == SiteKind::MlpPost
               ? added(layers.mlp_post_norm, column(layers.mlp_down, j))
               : added(layers.attention_post_norm, column(layers.attention_out, j));
  }
  if (site.kind == SiteKind::CrossZ) return column(model.layers(site.block).cross_out, j);
  throw usage_error(
      "{}: writes nothing into the residual stream; choose mlp_post, attn_z, attn_out, mlp_out or "
      "resid_post",
      full_name(site));
}

Tensor through_norms(const model::Model& model, Site site, Tensor v) {
  if (site.kind == SiteKind::FinalNorm) return v;
  if (!model.config().architecture->norm_first)
    for (int l = site.block; l < model.config().blocks; ++l) {
      const bool own = l == site.block;
      if (!own || site.kind < SiteKind::ResidMid) v = folded(model.layers(l).attention_norm, v);
      if (model.layers(l).cross_norm && (!own || site.kind < SiteKind::ResidMidCross))
        v = folded(model.layers(l).cross_norm, v);
      if (!own || site.kind < SiteKind::ResidPost) v = folded(model.layers(l).mlp_norm, v);
    }
  return model.final_norm() ? folded(model.final_norm(), v) : v;
}

}  // namespace

bool of_stream(SiteKind kind) {
  switch (kind) {
    case SiteKind::ResidPre:
    case SiteKind::AttnOut:
    case SiteKind::ResidMid:
    case SiteKind::CrossOut:
    case SiteKind::ResidMidCross:
    case SiteKind::MlpOut:
    case SiteKind::ResidPost:
    case SiteKind::FinalNorm:
      return true;
    default:
      return false;
  }
}

void check_linear_head(const model::Model& model, HeadKind head, const char* who) {
  const model::Heads& heads = model.heads();
  const bool hidden = (head == HeadKind::Vocabulary && heads.lm.dense) ||
                      (head == HeadKind::Sequence && heads.sequence.dense);
  if (hidden)
    throw usage_error(
        "{}: {} puts a hidden layer between the last block and the logits, so that no direction belongs to a "
        "logit; take a model with a linear head, logit-lens, or --method activation-x-gradient",
        who, model.config().file.parent_path().string());
}

Readout linear_readout(const model::Model& model, const char* who) {
  const model::Heads& heads = model.heads();
  const bool lm = static_cast<bool>(heads.lm.out), token = static_cast<bool>(heads.token),
             sequence = static_cast<bool>(heads.sequence.out);
  if (!lm && !token && !sequence && !heads.span)
    throw usage_error("{}: {} holds no head that reads the stream", who,
                      model.config().file.parent_path().string());
  const HeadKind kind = lm ? HeadKind::Vocabulary : sequence && !token ? HeadKind::Sequence : HeadKind::Token;
  check_linear_head(model, kind, who);
  return {kind, lm         ? heads.lm.out.weight
                : token    ? heads.token.weight
                : sequence ? heads.sequence.out.weight
                           : heads.span.weight};
}

Tensor written_directions(const model::Model& model, const NeuronAxis& neurons) {
  std::vector<Tensor> rows;
  rows.reserve(neurons.size());
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    const std::optional<Site> known = parse_site(neurons.site(i));
    if (!known)
      throw usage_error("{}: a module's weights are not known to write into a stream", neurons.site(i));
    const Site site = *known;
    rows.push_back(through_norms(model, site, written(model, site, neurons.neurons[i].index)));
  }
  return at::stack(rows);
}

Promotion promotion(const Readout& readout, const Tensor& directions, std::int64_t k) {
  k = std::min(k, readout.weight.size(0));
  Promotion out;
  std::vector<Tensor> parts[4];
  for (const Tensor& some : directions.split(64)) {
    const Tensor logits = some.matmul(readout.weight.t());
    const auto take = [&](const Tensor& scores, std::vector<Tensor>& values, std::vector<Tensor>& ids) {
      const Tensor order = std::get<1>(scores.sort(true, -1, true)).narrow(1, 0, k);
      values.push_back(logits.gather(1, order).to(torch::kCPU, torch::kFloat64));
      ids.push_back(order.to(torch::kCPU));
    };
    take(logits, parts[0], parts[1]);
    take(-logits, parts[2], parts[3]);
  }
  return {at::cat(parts[0]), at::cat(parts[1]), at::cat(parts[2]), at::cat(parts[3])};
}

}  // namespace neurox::attribute
