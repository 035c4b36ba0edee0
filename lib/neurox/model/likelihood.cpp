#include "neurox/model/likelihood.h"

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox::model {

torch::Tensor token_log_likelihoods(const Model& model, const torch::Tensor& hidden, const Batch& batch) {
  if (!model.has_causal_lm())
    throw usage_error("{} is no causal language model", model.config().file.parent_path().string());
  constexpr std::int64_t block_bytes = std::int64_t{64} << 20;
  const std::int64_t row_bytes =
      model.config().vocabulary * static_cast<std::int64_t>(torch::elementSize(hidden.scalar_type()));
  const std::int64_t rows = std::max<std::int64_t>(1, block_bytes / row_bytes);
  const torch::Tensor ids = batch.ids.to(hidden.device());
  const std::int64_t last = batch.tokens() - 1;
  std::vector<torch::Tensor> parts{torch::zeros({1}, torch::kFloat64)};
  for (std::int64_t first = 0; first < last; first += rows) {
    const std::int64_t n = std::min(rows, last - first);
    torch::Tensor logits = model.lm_logits(hidden.narrow(0, first, n));
    if (logits.element_size() < 4) logits = logits.to(torch::kFloat32);
    const torch::Tensor chosen = logits.gather(1, ids.narrow(0, first + 1, n).unsqueeze(1)).squeeze(1);
    const torch::Tensor total = at::logsumexp(logits, {1});
    parts.push_back((chosen.to(torch::kFloat64) - total.to(torch::kFloat64)).to(torch::kCPU));
  }
  const torch::Tensor all = at::cat(parts);
  // What follows a sentence's last token is another sentence: nobody's prediction.
  return all.masked_fill(predicted_tokens(model, batch).logical_not(), 0);
}

torch::Tensor predicted_tokens(const Model& model, const Batch& batch) {
  std::vector<std::int64_t> firsts = batch.offsets();
  firsts.pop_back();
  torch::Tensor out =
      torch::ones({batch.tokens()}, torch::kBool).index_fill(0, torch::tensor(firsts, torch::kInt64), false);
  if (!model.has_encoder() || !batch.type_ids.defined()) return out;
  const torch::Tensor target = batch.type_ids.to(torch::kCPU).eq(1);
  // Behind another target token of its sentence.
  out.slice(0, 1).logical_and_(target.slice(0, 1).logical_and(target.slice(0, 0, -1)));
  return out;
}

torch::Tensor sentence_log_likelihoods(const Model& model, const torch::Tensor& hidden, const Batch& batch) {
  const torch::Tensor tokens = token_log_likelihoods(model, hidden, batch);
  std::vector<torch::Tensor> sums;
  for (const torch::Tensor& sentence : tokens.split_with_sizes(batch.lengths)) sums.push_back(sentence.sum());
  return at::stack(sums);
}

}  // namespace neurox::model
