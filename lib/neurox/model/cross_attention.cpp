#include "neurox/model/cross_attention.h"

namespace neurox::model {
namespace {

/// #sentences x heads x tokens x head_width, a view.
torch::Tensor heads_apart(const torch::Tensor& x, std::int64_t first, std::int64_t sentences,
                          std::int64_t tokens, std::int64_t heads) {
  return x.narrow(0, first, sentences * tokens)
      .view({sentences, tokens, heads, x.size(1) / heads})
      .transpose(1, 2);
}

}  // namespace

std::vector<CrossRun> cross_runs(std::span<const std::int64_t> targets,
                                 std::span<const std::int64_t> sources) {
  std::vector<CrossRun> out;
  std::int64_t query = 0, key = 0;
  for (std::size_t s = 0; s < targets.size(); ++s) {
    if (!out.empty() && out.back().queries == targets[s] && out.back().keys == sources[s])
      ++out.back().sentences;
    else
      out.push_back({1, targets[s], sources[s], query, key});
    query += targets[s];
    key += sources[s];
  }
  return out;
}

torch::Tensor attend_across(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                            const std::vector<CrossRun>& runs, const AttentionSettings& settings,
                            const Hooks& hooks, int block) {
  const bool written_out =
      hooks.wants(SiteKind::CrossPattern, block) ||
      (torch::GradMode::is_enabled() && (q.requires_grad() || k.requires_grad() || v.requires_grad()));
  std::vector<torch::Tensor> parts;
  for (const CrossRun& run : runs) {
    const torch::Tensor queries = heads_apart(q, run.first_query, run.sentences, run.queries, settings.heads);
    const torch::Tensor keys = heads_apart(k, run.first_key, run.sentences, run.keys, settings.kv_heads);
    const torch::Tensor values = heads_apart(v, run.first_key, run.sentences, run.keys, settings.kv_heads);
    torch::Tensor z;
    if (written_out) {
      const torch::Tensor scores = at::matmul(queries, keys.transpose(-1, -2)) * settings.scale;
      z = at::matmul(hooks(SiteKind::CrossPattern, block, at::softmax(scores, -1)), values);
    } else {
      z = at::scaled_dot_product_attention(queries, keys, values, {}, 0.0, false, settings.scale);
    }
    parts.push_back(z.transpose(1, 2).reshape({run.sentences * run.queries, q.size(1)}));
  }
  return parts.size() == 1 ? parts.front() : at::cat(parts, 0);
}

}  // namespace neurox::model
