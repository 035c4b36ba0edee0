#include "neurox/model/recurrent_network.h"

#include <fmt/format.h>

#include "neurox/model/hooked_cell.h"
#include "neurox/model/key_value_cache.h"

namespace neurox::model {

using torch::Tensor;
RecurrentNetwork::RecurrentNetwork(const NetworkConfig& config, Weights& weights)
    : NativeNetwork(config, weights) {
  const std::string own = config.cell == CellKind::Lstm ? "lstm" : "gru";
  const std::string scope = weights.has("rnn.weight_ih_l0") ? "rnn" : own;
  const std::int64_t rows = gates_of(config.cell) * config.width;
  std::int64_t inputs = config.common.width;
  for (std::int64_t l = 0; l < config.layers; ++l) {
    std::vector<Direction>& layer = layers_.emplace_back();
    for (const bool backwards : config.bidirectional ? std::vector{false, true} : std::vector{false}) {
      const auto take = [&](const char* what, const std::vector<std::int64_t>& shape, Init init) {
        return weights.take(fmt::format("{}.{}_l{}{}", scope, what, l, backwards ? "_reverse" : ""), shape,
                            init);
      };
      const Tensor input = take("weight_ih", {rows, inputs}, Init::Normal);
      const Tensor hidden = take("weight_hh", {rows, config.width}, Init::Normal);
      Tensor input_bias, hidden_bias;
      if (config.bias) {
        input_bias = take("bias_ih", {rows}, Init::Zeros);
        hidden_bias = take("bias_hh", {rows}, Init::Zeros);
      }
      Direction& d = layer.emplace_back(Direction{{}, backwards, static_cast<int>(sites().size())});
      if (input.defined() && hidden.defined())
        d.cell = RecurrentCell::of(config.cell, input, hidden, input_bias, hidden_bias);
      for (const std::string_view site : cell_sites(config.cell))
        add_site(fmt::format("rnn.{}.{}{}", l, backwards ? "reverse." : "", site), config.width);
    }
    inputs = config.width * static_cast<std::int64_t>(layer.size());
  }
  add_head(weights, inputs);
}

Tensor RecurrentNetwork::encode(const Tensor& words, const Batch& batch,
                                const std::vector<std::int64_t>& lengths, Pass& pass) const {
  const PackedOrder forth(lengths, false, words.device());
  std::optional<PackedOrder> back;
  if (config().bidirectional) back.emplace(lengths, true, words.device());
  std::vector<Tensor>* states = batch.cache == nullptr ? nullptr : &batch.cache->states();
  if (states != nullptr) states->resize(2 * layers_.size());
  Tensor x = words;
  std::vector<Tensor> last;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    std::vector<Tensor> outs;
    last.clear();
    for (const Direction& d : layers_[l]) {
      const HookedCell listener(pass.hooks, d.first_site, pass.stop, pass.stopped, {});
      const CellState before =
          states == nullptr ? CellState{} : CellState{(*states)[2 * l], (*states)[2 * l + 1]};
      CellRun run = run_cell(d.cell, x, d.backwards ? *back : forth, before, &listener);
      if (pass.done()) return x;
      if (states != nullptr) (*states)[2 * l] = run.last.h, (*states)[2 * l + 1] = run.last.c;
      outs.push_back(run.out);
      last.push_back(run.last.h);
    }
    x = outs.size() == 1 ? outs[0] : at::cat(outs, 1);
  }
  if (batch.cache != nullptr) batch.cache->advance(batch.lengths);
  if (task() != Task::Text) return x;
  return config().pooling == NetworkConfig::Pooling::Last ? at::cat(last, 1)
                                                          : pool_texts(x, lengths, config().pooling);
}

}  // namespace neurox::model
