#include "neurox/model/attention.h"

#include <algorithm>
#include <limits>

#include "neurox/model/short_attention.h"

namespace neurox::model {
namespace {

/// #sentences x heads x length x head_width, a view.
torch::Tensor by_head(const torch::Tensor& x, const Run& run, std::int64_t heads) {
  return x.narrow(0, run.first_token, run.sentences * run.length)
      .view({run.sentences, run.length, heads, x.size(1) / heads})
      .transpose(1, 2);
}

/// Each key head once for every query head that shares it.
torch::Tensor shared_by(const torch::Tensor& x, std::int64_t sharers) {
  if (sharers == 1) return x;
  return x.unsqueeze(2)
      .expand({x.size(0), x.size(1), sharers, x.size(2), x.size(3)})
      .reshape({x.size(0), x.size(1) * sharers, x.size(2), x.size(3)});
}

torch::Tensor pattern(const torch::Tensor& q, const torch::Tensor& k, const Run& run,
                      const AttentionSettings& settings) {
  torch::Tensor scores = at::matmul(q, k.transpose(-1, -2)) * settings.scale;
  if (settings.added) scores = scores + settings.added(q, k, run);
  if (settings.score_cap > 0) scores = at::tanh(scores / settings.score_cap) * settings.score_cap;
  if (settings.causal) {
    const torch::Tensor all = torch::ones({q.size(-2), k.size(-2)}, scores.options().dtype(torch::kBool));
    torch::Tensor unseen = all.triu(1);
    if (settings.window > 0) unseen = unseen.logical_or(all.tril(-settings.window));
    scores = scores.masked_fill(unseen, -std::numeric_limits<double>::infinity());
  }
  return at::softmax(scores, -1);
}

}  // namespace

torch::Tensor attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                     const std::vector<Run>& runs, const AttentionSettings& settings, const Hooks& hooks,
                     int block) {
  // The fused kernels write no pattern, have no second derivative and do not change scores.
  std::int64_t longest = 0;
  for (const Run& run : runs) longest = std::max(longest, run.length);
  const bool changed =
      settings.added || settings.score_cap > 0 || (settings.window > 0 && longest > settings.window);
  const bool written_out =
      changed || hooks.wants(SiteKind::AttnPattern, block) ||
      (torch::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad()));
  if (!written_out && suits_short_attention(q, longest)) return attend_short(q, k, v, runs, settings);
  const std::int64_t sharers = settings.heads / settings.kv_heads;
  std::vector<torch::Tensor> parts;
  parts.reserve(runs.size());
  for (const Run& run : runs) {
    const torch::Tensor queries = by_head(q, run, settings.heads);
    const torch::Tensor keys = shared_by(by_head(k, run, settings.kv_heads), sharers);
    const torch::Tensor values = shared_by(by_head(v, run, settings.kv_heads), sharers);
    const torch::Tensor z =
        written_out
            ? at::matmul(hooks(SiteKind::AttnPattern, block, pattern(queries, keys, run, settings)), values)
            : at::scaled_dot_product_attention(queries, keys, values, {}, 0.0, settings.causal,
                                               settings.scale);
    parts.push_back(z.transpose(1, 2).reshape({run.sentences * run.length, q.size(1)}));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

void attend_pattern(const torch::Tensor& q, const torch::Tensor& k, const std::vector<Run>& runs,
                    const AttentionSettings& settings, const Hooks& hooks, int block) {
  for (const Run& run : runs)
    hooks(SiteKind::AttnPattern, block,
          pattern(by_head(q, run, settings.heads),
                  shared_by(by_head(k, run, settings.kv_heads), settings.heads / settings.kv_heads), run,
                  settings));
}

}  // namespace neurox::model
