#include "neurox/model/text_cnn.h"

#include <fmt/format.h>

namespace neurox::model {

using torch::Tensor;

TextCnn::TextCnn(const NetworkConfig& config, Weights& weights) : NativeNetwork(config, weights) {
  for (std::size_t k = 0; k < config.windows.size(); ++k) {
    const std::string scope = fmt::format("windows.{}", k);
    Window window{
        weights.take(scope + ".weight", {config.width, config.common.width, config.windows[k]}, Init::Normal),
        weights.take(scope + ".bias", {config.width}, Init::Zeros), 0};
    window.pre = add_site(scope + ".hook_pre", config.width);
    add_site(scope + ".hook_post", config.width);
    windows_.push_back(std::move(window));
  }
  add_head(weights, config.width * static_cast<std::int64_t>(config.windows.size()));
}

Tensor window_products(const TextCnn::Window& window, const Tensor& texts) {
  const Tensor padded = at::constant_pad_nd(texts, {0, 0, window.before(), window.behind()});
  // Each word's window as one row: #texts x #words x width*words.
  const Tensor seen = padded.unfold(1, window.words(), 1).flatten(2);
  return at::linear(seen, window.weight.flatten(1));
}

Tensor TextCnn::encode(const Tensor& words, const Batch&, const std::vector<std::int64_t>& lengths,
                       Pass& pass) const {
  Batch texts;
  texts.lengths = lengths;
  const std::vector<Run> runs = texts.runs();
  std::vector<Tensor> pooled;
  for (const Window& window : windows_) {
    std::vector<Tensor> parts;
    for (const Run& run : runs) {
      const Tensor some = words.narrow(0, run.first_token, run.sentences * run.length)
                              .reshape({run.sentences, run.length, words.size(1)});
      parts.push_back(window_products(window, some).reshape({-1, window.weight.size(0)}));
    }
    const Tensor pre = touch(pass, window.pre, at::cat(parts) + window.bias);
    if (pass.done()) return pre;
    const Tensor post = touch(pass, window.pre + 1, pre.relu());
    if (pass.done()) return post;
    pooled.push_back(pool_texts(post, lengths, config().pooling));
  }
  return at::cat(pooled, 1);
}

}  // namespace neurox::model
