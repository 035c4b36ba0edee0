#include "neurox/model/next_logits.h"

#include <utility>

#include "neurox/core/error.h"

namespace neurox::model {

NextLogits::NextLogits(const Model& model, const GenerationOptions& options, std::vector<TokenIds> texts,
                       std::vector<std::int64_t> prompts)
    : model_(model), options_(options), texts_(std::move(texts)), prompts_(std::move(prompts)) {
  if (options.cache && model.keeps_state())
    cache_.emplace(model.config(), static_cast<std::int64_t>(texts_.size()));
}

torch::Tensor NextLogits::logits() {
  std::vector<TokenIds> fresh;
  std::vector<std::int64_t> firsts;
  for (std::size_t s = 0; s < texts_.size(); ++s) {
    const std::int64_t past = cache_ ? cache_->length(static_cast<std::int64_t>(s)) : 0;
    fresh.emplace_back(texts_[s].begin() + past, texts_[s].end());
    firsts.push_back(past);
  }
  Batch batch = Batch::of(fresh);
  batch.cache = cache_ ? &*cache_ : nullptr;
  if (model_.has_encoder() && !(cache_ && cache_->has_sources())) {
    std::vector<std::int64_t> sources;
    for (const std::int64_t prompt : prompts_)
      sources.push_back(options_.sources.at(static_cast<std::size_t>(prompt - options_.first_number)));
    batch.mark_sources(sources);
  }
  if (options_.before_step) options_.before_step({prompts_, firsts, batch});
  const torch::Tensor hidden = model_.forward(batch);
  std::vector<std::int64_t> last;
  std::int64_t row = -1;
  for (const std::int64_t length : batch.lengths) last.push_back(row += length);
  torch::Tensor logits =
      model_.lm_logits(hidden.index_select(0, torch::tensor(last, torch::kInt64).to(hidden.device())));
  if (logits.element_size() < 4) logits = logits.to(torch::kFloat32);
  if (!logits.isfinite().all().item<bool>())
    throw numeric_error("generation: the logits are no longer finite after {} tokens", texts_.front().size());
  return logits;
}

torch::Tensor NextLogits::allowed(const torch::Tensor& scores) const {
  if (options_.history.empty()) return options_.rules(scores, new_tokens_, options_.most_tokens);
  std::vector<TextSoFar> texts;
  for (std::size_t s = 0; s < texts_.size(); ++s) {
    const std::span<const std::int64_t> all = texts_[s];
    TextSoFar text;
    text.new_tokens = new_tokens_;
    if (model_.has_encoder()) {
      const auto source = static_cast<std::size_t>(
          options_.sources.at(static_cast<std::size_t>(prompts_[s] - options_.first_number)));
      text.source = all.first(source);
      text.written = all.subspan(source);
    } else {
      text.source = all.first(all.size() - static_cast<std::size_t>(new_tokens_));
      text.written = all;
    }
    texts.push_back(text);
  }
  return options_.rules(under_history(options_.history, scores, texts, options_.stop_ids), new_tokens_,
                        options_.most_tokens);
}

void NextLogits::go_on(std::span<const std::int64_t> rows, std::span<const std::int64_t> tokens) {
  std::vector<TokenIds> texts;
  std::vector<std::int64_t> prompts;
  bool same = rows.size() == texts_.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    same = same && row == i;
    texts.push_back(texts_[row]);
    texts.back().push_back(tokens[i]);
    prompts.push_back(prompts_[row]);
  }
  texts_ = std::move(texts);
  prompts_ = std::move(prompts);
  ++new_tokens_;
  if (cache_ && !same) cache_->select(rows);
}

}  // namespace neurox::model
