#include "neurox/model/recurrent_transducer.h"

#include <fmt/format.h>

#include "neurox/core/error.h"
#include "neurox/model/hooked_cell.h"
#include "neurox/model/key_value_cache.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// What a token of the source has for a logit: it is never written.
constexpr double never = -1e4;

Tensor indices(const std::vector<std::int64_t>& numbers, torch::Device device) {
  return torch::tensor(numbers, torch::kInt64).to(device);
}

/// Rows and sentences of one part, those alone that have tokens of it.
struct Tokens {
  std::vector<std::int64_t> rows, sentences, lengths;
};

}  // namespace

RecurrentTransducer::RecurrentTransducer(const NetworkConfig& config, Weights& weights)
    : NativeNetwork(config, weights) {
  const std::int64_t rows = gates_of(config.cell) * config.width, inputs = config.common.width;
  for (std::size_t part = 0; part < 2; ++part) {
    const std::string scope = part == 0 ? "encoder" : "decoder";
    const Tensor input = weights.take(scope + ".weight_ih_l0", {rows, inputs}, Init::Normal);
    const Tensor hidden = weights.take(scope + ".weight_hh_l0", {rows, config.width}, Init::Normal);
    const Tensor input_bias = weights.take(scope + ".bias_ih_l0", {rows}, Init::Zeros);
    const Tensor hidden_bias = weights.take(scope + ".bias_hh_l0", {rows}, Init::Zeros);
    parts_[part].first_site = static_cast<int>(sites().size());
    if (input.defined() && hidden.defined() && input_bias.defined() && hidden_bias.defined())
      parts_[part].cell = RecurrentCell::of(config.cell, input, hidden, input_bias, hidden_bias);
    for (const std::string_view site : cell_sites(config.cell))
      add_site(fmt::format("{}.{}", scope, site), config.width);
  }
  const std::int64_t targets = config.common.vocabulary - config.source;
  const Tensor weight = weights.take("output.weight", {targets, config.width}, Init::Normal);
  const Tensor bias = weights.take("output.bias", {targets}, Init::Zeros);
  if (weight.defined() && bias.defined())
    set_output(Linear(at::cat({weight.new_zeros({config.source, config.width}), weight}),
                      at::cat({bias.new_full({config.source}, never), bias})));
}

Tensor RecurrentTransducer::encode(const Tensor& words, const Batch& batch,
                                   const std::vector<std::int64_t>& lengths, Pass& pass) const {
  const std::string folder = config().common.file.parent_path().string();
  if (!batch.ids.defined()) throw usage_error("{}: ids tell the source from the target", folder);
  const Tensor ids = batch.ids.to(torch::kCPU).contiguous();
  const std::int64_t* id = ids.const_data_ptr<std::int64_t>();
  std::array<Tokens, 2> tokens;
  std::int64_t row = 0;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    std::array<std::int64_t, 2> counts{};
    for (std::int64_t i = 0; i < lengths[s]; ++i, ++row) {
      const std::size_t part = id[row] < config().source ? 0 : 1;
      if (part == 0 && (counts[1] > 0 ||
                        (batch.cache != nullptr && batch.cache->length(static_cast<std::int64_t>(s)) > 0)))
        throw input_error("{}: sentence {} of the batch, token {}: of the source, but behind the target",
                          folder, s, i);
      tokens[part].rows.push_back(row);
      ++counts[part];
    }
    for (std::size_t part = 0; part < 2; ++part) {
      if (counts[part] == 0) continue;
      tokens[part].sentences.push_back(static_cast<std::int64_t>(s));
      tokens[part].lengths.push_back(counts[part]);
    }
  }
  const std::vector<std::int64_t> shape{batch.sentences(), config().width};
  std::array<Tensor, 2> state{at::zeros(shape, words.options()), at::zeros(shape, words.options())};
  if (batch.cache != nullptr && batch.cache->states().size() == 2)
    state = {batch.cache->states()[0], batch.cache->states()[1]};
  Tensor out = at::zeros({words.size(0), config().width}, words.options());
  for (std::size_t part = 0; part < 2; ++part) {
    if (tokens[part].rows.empty()) continue;
    const Tensor own = indices(tokens[part].rows, words.device());
    const Tensor sentences = indices(tokens[part].sentences, words.device());
    const HookedCell listener(pass.hooks, parts_[part].first_site, pass.stop, pass.stopped,
                              {own, words.size(0)});
    const CellRun run =
        run_cell(parts_[part].cell, words.index_select(0, own),
                 PackedOrder(tokens[part].lengths, false, words.device()),
                 {state[0].index_select(0, sentences), state[1].index_select(0, sentences)}, &listener);
    if (pass.done()) return out;
    state[0] = state[0].index_copy(0, sentences, run.last.h);
    if (run.last.c.defined()) state[1] = state[1].index_copy(0, sentences, run.last.c);
    if (part == 1) out = out.index_copy(0, own, run.out);
  }
  if (batch.cache != nullptr) {
    batch.cache->states() = {state[0], state[1]};
    batch.cache->advance(batch.lengths);
  }
  return out;
}

}  // namespace neurox::model
