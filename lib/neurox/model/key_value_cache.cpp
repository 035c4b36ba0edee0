#include "neurox/model/key_value_cache.h"

#include <algorithm>
#include <limits>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// Tokens for which room is made at a time.
constexpr std::int64_t room_step = 64;

/// Query heads that share a key stand next to each other: #sentences x kv_heads x sharers*queries x width.
Tensor by_key_head(const Tensor& q, std::int64_t sentences, const AttentionSettings& settings) {
  const std::int64_t width = q.size(1) / settings.heads;
  return q.view({sentences, settings.kv_heads, settings.heads / settings.kv_heads, width});
}

}  // namespace

KeyValueCache::KeyValueCache(const ModelConfig& config, std::int64_t sentences)
    : kv_heads_(config.kv_heads),
      head_width_(config.head_width),
      blocks_(static_cast<std::size_t>(config.blocks)),
      cross_(static_cast<std::size_t>(config.blocks)),
      lengths_(static_cast<std::size_t>(sentences), 0) {
  if (!config.causal)
    throw usage_error("{}: a model that sees later tokens cannot go on behind earlier ones",
                      config.file.parent_path().string());
}

void KeyValueCache::make_room(Kept& kept, std::int64_t tokens, const Tensor& like) {
  const std::int64_t room = kept.keys.defined() ? kept.keys.size(2) : 0;
  if (tokens <= room) return;
  // Zeros, so that what no query may see yet is a number.
  const std::int64_t more = (tokens + room_step - 1) / room_step * room_step;
  for (Tensor* part : {&kept.keys, &kept.values}) {
    Tensor grown = torch::zeros({sentences(), kv_heads_, more, head_width_}, like.options());
    if (room > 0) grown.narrow(2, 0, room).copy_(*part);
    *part = grown;
  }
}

Tensor KeyValueCache::attend_step(const Kept& kept, const Tensor& q, const AttentionSettings& settings,
                                  const Hooks& hooks, int block) const {
  const std::int64_t longest = *std::max_element(lengths_.begin(), lengths_.end()) + 1, n = sentences();
  const Tensor keys = kept.keys.narrow(2, 0, longest), values = kept.values.narrow(2, 0, longest);
  Tensor scores = at::matmul(by_key_head(q, n, settings) * settings.scale, keys.transpose(2, 3));
  if (settings.added_in_step) {
    const Tensor positions = torch::tensor(lengths_, torch::kInt64);
    const Tensor added = settings.added_in_step(positions, longest);
    scores = scores + added.reshape({n, settings.kv_heads, settings.heads / settings.kv_heads, longest});
  }
  if (settings.score_cap > 0) scores = at::tanh(scores / settings.score_cap) * settings.score_cap;
  const bool windowed = settings.window > 0 && longest > settings.window;
  if (windowed ||
      std::any_of(lengths_.begin(), lengths_.end(), [&](std::int64_t l) { return l + 1 != longest; })) {
    const Tensor last = torch::tensor(lengths_, torch::kInt64).to(q.device()).view({n, 1, 1, 1});
    const Tensor place = torch::arange(longest, last.options());
    Tensor unseen = place > last;
    if (windowed) unseen = unseen.logical_or(place <= last - settings.window);
    scores = scores.masked_fill(unseen, -std::numeric_limits<double>::infinity());
  }
  Tensor pattern = at::softmax(scores, -1);
  if (hooks.wants(SiteKind::AttnPattern, block)) {
    const Tensor by_head = pattern.view({n, settings.heads, 1, longest});
    pattern = hooks(SiteKind::AttnPattern, block, by_head).reshape(pattern.sizes());
  }
  return at::matmul(pattern, values).reshape({n, q.size(1)});
}

Tensor KeyValueCache::attend(const Tensor& q, const Tensor& k, const Tensor& v, const std::vector<Run>& runs,
                             std::span<const std::int64_t> lengths, const AttentionSettings& settings,
                             const Hooks& hooks, int block) {
  if (lengths.size() != lengths_.size())
    throw usage_error("a batch of {} sentences cannot go on behind {}", lengths.size(), lengths_.size());
  if (settings.added && !settings.added_in_step)
    throw usage_error("scores that hang on relative positions cannot go on behind a cache");
  Kept& kept = blocks_[static_cast<std::size_t>(block)];
  std::int64_t most = 0;
  bool first = true, step = true;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    most = std::max(most, lengths_[s] + lengths[s]);
    first = first && lengths_[s] == 0;
    step = step && lengths[s] == 1;
  }
  if (!first && !step) throw usage_error("behind earlier tokens a pass takes one token of each sentence");
  make_room(kept, most, k);
  if (step && std::all_of(lengths_.begin(), lengths_.end(), [&](auto l) { return l == lengths_[0]; })) {
    const std::vector<std::int64_t> shape{sentences(), kv_heads_, head_width_};
    kept.keys.select(2, lengths_[0]).copy_(k.view(shape));
    kept.values.select(2, lengths_[0]).copy_(v.view(shape));
  } else {
    std::int64_t row = 0;
    for (std::size_t s = 0; s < lengths.size(); ++s) {
      const auto put = [&](const Tensor& to, const Tensor& from) {
        to[static_cast<std::int64_t>(s)]
            .narrow(1, lengths_[s], lengths[s])
            .copy_(
                from.narrow(0, row, lengths[s]).view({lengths[s], kv_heads_, head_width_}).transpose(0, 1));
      };
      put(kept.keys, k);
      put(kept.values, v);
      row += lengths[s];
    }
  }
  return first ? model::attend(q, k, v, runs, settings, hooks, block)
               : attend_step(kept, q.contiguous(), settings, hooks, block);
}

void KeyValueCache::keep_cross(int block, Tensor keys, Tensor values) {
  cross_[static_cast<std::size_t>(block)] = {std::move(keys), std::move(values)};
}

std::pair<Tensor, Tensor> KeyValueCache::cross(int block) const {
  const Kept& kept = cross_[static_cast<std::size_t>(block)];
  return {kept.keys, kept.values};
}

void KeyValueCache::advance(std::span<const std::int64_t> lengths) {
  for (std::size_t s = 0; s < lengths.size(); ++s) lengths_[s] += lengths[s];
}

void KeyValueCache::select(std::span<const std::int64_t> sentences) {
  std::vector<std::int64_t> lengths;
  for (const std::int64_t s : sentences) lengths.push_back(lengths_[static_cast<std::size_t>(s)]);
  const Tensor chosen = torch::tensor(std::vector<std::int64_t>(sentences.begin(), sentences.end()));
  for (Kept& kept : blocks_) {
    if (!kept.keys.defined()) continue;
    kept.keys = kept.keys.index_select(0, chosen.to(kept.keys.device()));
    kept.values = kept.values.index_select(0, chosen.to(kept.values.device()));
  }
  for (Tensor& state : states_)
    if (state.defined()) state = state.index_select(0, chosen.to(state.device()));
  lengths_ = std::move(lengths);
  if (!has_sources()) return;
  std::vector<std::int64_t> first{0}, rows, lengths_of_sources;
  for (const std::int64_t length : sources_) first.push_back(first.back() + length);
  for (const std::int64_t s : sentences) {
    const auto i = static_cast<std::size_t>(s);
    lengths_of_sources.push_back(sources_[i]);
    for (std::int64_t row = first[i]; row < first[i + 1]; ++row) rows.push_back(row);
  }
  const Tensor source_rows = torch::tensor(rows, torch::kInt64);
  for (Kept& kept : cross_) {
    kept.keys = kept.keys.index_select(0, source_rows.to(kept.keys.device()));
    kept.values = kept.values.index_select(0, source_rows.to(kept.values.device()));
  }
  sources_ = std::move(lengths_of_sources);
}

}  // namespace neurox::model
