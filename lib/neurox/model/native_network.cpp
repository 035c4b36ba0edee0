#include "neurox/model/native_network.h"

#include <utility>

#include "neurox/core/error.h"
#include "neurox/model/recurrent_network.h"
#include "neurox/model/recurrent_transducer.h"
#include "neurox/model/text_cnn.h"

namespace neurox::model {

using torch::Tensor;

NativeNetwork::NativeNetwork(NetworkConfig config, Weights& weights) : config_(std::move(config)) {
  const ModelConfig& c = config_.common;
  word_embeddings_ = weights.take("embedding.weight", {c.vocabulary, c.width}, Init::Normal);
  add_site("embed", c.width);
}

int NativeNetwork::add_site(const std::string& name, std::int64_t width, bool words) {
  const int number = static_cast<int>(sites_.size());
  sites_.push_back({name, number, static_cast<int>(width), 0});
  has_words_.push_back(words);
  return number;
}

void NativeNetwork::add_head(Weights& weights, std::int64_t width) {
  if (config_.task == Task::Text) pool_ = add_site("pool", width, false);
  if (config_.pair) pair_ = add_site("pair", width *= 4, false);
  if (config_.task == Task::Text && config_.hidden > 0) {
    hidden_ = Linear::load(weights, "hidden", {.inputs = width, .outputs = config_.hidden});
    width = config_.hidden;
    pre_ = add_site("hidden.hook_pre", width, false);
    post_ = add_site("hidden.hook_post", width, false);
  }
  output_ = Linear::load(weights, "output", {.inputs = width, .outputs = config_.classes});
}

Tensor NativeNetwork::touch(Pass& pass, int site, Tensor rows) const {
  if (pass.done()) return rows;
  rows = pass.hooks(SiteKind::Module, site, std::move(rows));
  if (pass.stop == site) pass.stopped = rows;
  return rows;
}

Tensor NativeNetwork::touch_texts(Pass& pass, int site, const Tensor& x,
                                  const std::vector<std::int64_t>& lengths) const {
  if (pass.done() || (!pass.hooks.wants(SiteKind::Module, site) && pass.stop != site)) return x;
  const Tensor counts = torch::tensor(lengths, torch::kInt64).to(x.device());
  const Tensor rows = touch(pass, site, at::repeat_interleave(x, counts, 0));
  // Bit for bit x where nothing was changed.
  const Tensor own = x.detach(), texts = at::repeat_interleave(counts);
  const Tensor change = rows - own.index_select(0, texts);
  return own + at::zeros_like(own).index_add(0, texts, change) / counts.unsqueeze(1).to(x.scalar_type());
}

std::vector<std::int64_t> NativeNetwork::text_lengths(const Batch& batch) const {
  const Tensor types = batch.type_ids.defined() ? batch.type_ids.to(torch::kCPU) : Tensor();
  if (!config_.pair && !types.defined()) return batch.lengths;
  std::vector<std::int64_t> out;
  std::int64_t first = 0;
  for (const std::int64_t length : batch.lengths) {
    const std::int64_t second =
        types.defined() ? (types.narrow(0, first, length) == 1).sum().item<std::int64_t>() : 0;
    const std::string folder = config_.common.file.parent_path().string();
    if (config_.pair && (second == 0 || second == length))
      throw usage_error("{}: the model takes two texts; give the second with --pair-column", folder);
    if (!config_.pair && second > 0)
      throw usage_error("{}: the model takes one text, not a pair; leave --pair-column out", folder);
    out.push_back(length - second);
    if (config_.pair) out.push_back(second);
    first += length;
  }
  return out;
}

Tensor NativeNetwork::classify(Tensor pooled, const std::vector<std::int64_t>& lengths, Pass& pass) const {
  pooled = touch_texts(pass, pool_, pooled, lengths);
  std::vector<std::int64_t> sentences = lengths;
  if (config_.pair) {
    sentences.clear();
    for (std::size_t i = 0; i < lengths.size(); i += 2) sentences.push_back(lengths[i] + lengths[i + 1]);
    const Tensor both = pooled.reshape({-1, 2, pooled.size(1)});
    const Tensor p = both.select(1, 0), h = both.select(1, 1);
    pooled = touch_texts(pass, pair_, at::cat({p, h, (p - h).abs(), p * h}, 1), sentences);
  }
  if (!hidden_) return output_(pooled);
  pooled = touch_texts(pass, pre_, hidden_(pooled), sentences);
  return output_(touch_texts(pass, post_, pooled.relu(), sentences));
}

Tensor NativeNetwork::run(const Tensor& words, const Batch& batch, const Hooks& hooks,
                          std::optional<Site> stop_after) const {
  Pass pass{hooks, stop_after ? stop_after->block : -1};
  const std::vector<std::int64_t> lengths = text_lengths(batch);
  const Tensor x = touch(pass, 0, words);
  if (pass.done()) return pass.stopped;
  Tensor out = encode(x, batch, lengths, pass);
  if (pass.done()) return pass.stopped;
  out = config_.task == Task::Text ? classify(out, lengths, pass) : output_(out);
  return pass.done() ? pass.stopped : out;
}

bool NativeNetwork::is_cut(std::size_t site) const {
  const at::AutoGradMode with_gradients(true);
  std::vector<std::string> names;
  for (const SiteColumns& columns : sites_) names.push_back(columns.site);
  Hooks hooks(std::move(names));
  const auto guard = hooks.edit(*site_of(sites_[site]), [](const Tensor& x) { return x.detach(); });
  Batch batch;
  batch.lengths = {6};
  const std::int64_t last = word_embeddings_.size(0) - 1;
  batch.ids = torch::tensor({std::int64_t{0}, std::int64_t{0}, std::int64_t{0}, last, last, last});
  if (config_.pair) batch.type_ids = torch::tensor({0, 0, 0, 1, 1, 1}, torch::kInt64);
  const Tensor words = at::ones({6, word_embeddings_.size(1)}, word_embeddings_.options());
  return !run(words.requires_grad_(true), batch, hooks, std::nullopt).requires_grad();
}

Tensor pool_texts(const Tensor& rows, const std::vector<std::int64_t>& lengths,
                  NetworkConfig::Pooling pooling) {
  std::vector<Tensor> out;
  Batch texts;
  texts.lengths = lengths;
  for (const Run& run : texts.runs()) {
    const Tensor some = rows.narrow(0, run.first_token, run.sentences * run.length)
                            .reshape({run.sentences, run.length, rows.size(1)});
    out.push_back(pooling == NetworkConfig::Pooling::Max ? std::get<0>(some.max(1)) : some.mean(1));
  }
  return at::cat(out);
}

std::unique_ptr<NativeNetwork> make_network(const NetworkConfig& config, Weights& weights) {
  if (config.source > 0) return std::make_unique<RecurrentTransducer>(config, weights);
  if (config.recurrent) return std::make_unique<RecurrentNetwork>(config, weights);
  return std::make_unique<TextCnn>(config, weights);
}

}  // namespace neurox::model
