#include "neurox/attribute/logit_lens.h"

#include <algorithm>

#include "neurox/attribute/readout.h"
#include "neurox/core/error.h"
#include "neurox/model/layers.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// #rows x #outputs from states as the last block leaves them (or as the final norm does).
Tensor logits_of(const model::Model& model, HeadKind head, const Tensor& states, bool normed) {
  const Tensor x = model.final_norm() && !normed ? model.final_norm()(states) : states;
  if (head == HeadKind::Vocabulary) return model.lm_logits(x);
  if (head == HeadKind::Token) return model.token_logits(x);
  model::Batch each;
  each.lengths.assign(static_cast<std::size_t>(x.size(0)), 1);
  return model.classify(x, each);
}

std::vector<Tensor> states_at(model::Model& model, const model::Batch& sentence,
                              std::span<const Site> sites) {
  std::vector<Tensor> states(sites.size());
  std::vector<model::Hooks::Guard> guards;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (!of_stream(sites[i].kind))
      throw usage_error(
          "logit-lens: {} is not of the residual stream's width; choose resid_pre, resid_mid, resid_post, "
          "attn_out or mlp_out",
          full_name(sites[i]));
    guards.push_back(model.hooks().observe(sites[i], [&states, i](const Tensor& x) { states[i] = x; }));
  }
  model.forward(sentence);
  return states;
}

}  // namespace

HeadKind lens_head(const model::Model& model) {
  if (model.has_causal_lm() || model.has_masked_lm()) return HeadKind::Vocabulary;
  if (model.has_token_classifier()) return HeadKind::Token;
  if (model.has_sequence_classifier()) return HeadKind::Sequence;
  throw usage_error(
      "logit-lens: {} holds no head of words or classes to read with; take a language model or a classifier",
      model.config().file.parent_path().string());
}

LensReading logit_lens(model::Model& model, const model::Batch& sentence, std::span<const Site> sites,
                       const LensOptions& options) {
  const torch::NoGradGuard no_gradients;
  const HeadKind head = lens_head(model);
  if (sentence.sentences() != 1)
    throw usage_error("logit-lens: a batch of {} sentences", sentence.sentences());
  for (const std::int64_t p : options.positions)
    if (p < 0 || p >= sentence.tokens())
      throw usage_error("logit-lens: position {} of a sentence of {} tokens", p, sentence.tokens());
  for (const Site site : sites)
    if (site.stack != Stack::Only && reads_source(site))
      throw usage_error(
          "logit-lens: {} is read by no head; take sites of the decoder, e.g. decoder_resid_post",
          full_name(site));
  std::vector<Site> all(sites.begin(), sites.end());
  all.push_back({SiteKind::ResidPost, model.config().blocks - 1});
  const std::vector<Tensor> states = states_at(model, sentence, all);
  const Tensor positions = torch::tensor(options.positions, torch::kInt64).to(model.device());
  const auto read = [&](std::size_t i) {
    const Tensor logits =
        logits_of(model, head, states[i].index_select(0, positions), all[i].kind == SiteKind::FinalNorm);
    return at::log_softmax(logits.to(torch::kFloat64), -1);
  };
  LensReading out;
  Tensor last = read(sites.size());
  if (!options.targets.empty() && options.targets.size() != options.positions.size())
    throw usage_error("logit-lens: {} targets for {} positions", options.targets.size(),
                      options.positions.size());
  for (const std::int64_t t : options.targets)
    if (t < 0 || t >= last.size(1)) throw usage_error("logit-lens: target {} of {}", t, last.size(1));
  const Tensor targets = options.targets.empty()
                             ? last.argmax(1)
                             : torch::tensor(options.targets, torch::kInt64).to(model.device());
  const Tensor on_cpu = targets.to(torch::kCPU).contiguous();
  out.targets.assign(on_cpu.data_ptr<std::int64_t>(), on_cpu.data_ptr<std::int64_t>() + on_cpu.numel());
  const Tensor ids = at::arange(last.size(1), targets.options());
  const std::int64_t top = std::min(options.top, last.size(1));
  std::vector<Tensor> columns[5];
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const Tensor x = sites[i] == all.back() ? last : read(i);
    const Tensor own = x.gather(1, targets.unsqueeze(1));
    const Tensor before = (x > own).logical_or((x == own).logical_and(ids < targets.unsqueeze(1)));
    const Tensor order = std::get<1>(x.sort(true, -1, true)).narrow(1, 0, top);
    columns[0].push_back(own.squeeze(1));
    columns[1].push_back(before.sum(1) + 1);
    columns[2].push_back(-(x.exp() * x).nan_to_num(0).sum(1));
    columns[3].push_back(order);
    columns[4].push_back(x.gather(1, order).exp());
  }
  const auto joined = [](const std::vector<Tensor>& of) {
    return at::stack(of, 1).to(torch::kCPU).contiguous();
  };
  out.log_probability = joined(columns[0]);
  out.rank = joined(columns[1]);
  out.entropy = joined(columns[2]);
  out.top_ids = joined(columns[3]);
  out.top_probability = joined(columns[4]);
  return out;
}

}  // namespace neurox::attribute
