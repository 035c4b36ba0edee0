#include "neurox/model/encoder_decoder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/model/cross_attention.h"
#include "neurox/model/key_value_cache.h"

namespace neurox::model {
namespace {

torch::Tensor rows_of(const torch::Tensor& x, const torch::Tensor& rows) {
  return rows.defined() ? x.index_select(0, rows.to(x.device())) : x;
}

/// Both sides' rows, each at its place.
torch::Tensor joined(const torch::Tensor& source, const torch::Tensor& target, const Sides& sides) {
  if (!sides.source_rows.defined()) return source.defined() ? source : target;
  const torch::Tensor& any = source.defined() ? source : target;
  torch::Tensor out =
      torch::zeros({sides.source_rows.size(0) + sides.target_rows.size(0), any.size(1)}, any.options());
  if (source.defined()) out = out.index_copy(0, sides.source_rows.to(any.device()), source);
  if (target.defined()) out = out.index_copy(0, sides.target_rows.to(any.device()), target);
  return out;
}

/// A side of a batch, its rows as one stack counts them.
Batch side_of(const Batch& batch, const torch::Tensor& rows, std::vector<std::int64_t> lengths) {
  Batch out;
  if (batch.ids.defined()) out.ids = rows.defined() ? batch.ids.index_select(0, rows) : batch.ids;
  out.lengths = std::move(lengths);
  return out;
}

}  // namespace

Sides part_sides(const Batch& batch) {
  Sides out;
  if (batch.cache != nullptr && batch.cache->has_sources()) {
    out.target = side_of(batch, {}, batch.lengths);
    out.target.cache = batch.cache;
    return out;
  }
  if (!batch.type_ids.defined()) {
    out.source = side_of(batch, {}, batch.lengths);
    return out;
  }
  const torch::Tensor types = batch.type_ids.to(torch::kCPU, torch::kInt64).contiguous();
  const auto* type = types.const_data_ptr<std::int64_t>();
  std::vector<std::int64_t> sources, targets, source_rows, target_rows;
  std::int64_t row = 0;
  for (std::size_t s = 0; s < batch.lengths.size(); ++s) {
    const std::int64_t end = row + batch.lengths[s];
    const std::int64_t first = row;
    for (; row < end && type[row] == 0; ++row) source_rows.push_back(row);
    sources.push_back(row - first);
    if (row == first) throw input_error("sentence {} of the batch: no source in front of the target", s);
    targets.push_back(end - row);
    for (; row < end; ++row) {
      if (type[row] == 0)
        throw input_error("sentence {} of the batch: a source token stands behind the target", s);
      target_rows.push_back(row);
    }
  }
  if (target_rows.empty()) {
    out.source = side_of(batch, {}, batch.lengths);
    return out;
  }
  if (const auto empty = std::find(targets.begin(), targets.end(), 0); empty != targets.end())
    throw input_error("sentence {} of the batch: no target, where other sentences have one",
                      empty - targets.begin());
  out.source_rows = torch::tensor(source_rows, torch::kInt64);
  out.target_rows = torch::tensor(target_rows, torch::kInt64);
  out.source = side_of(batch, out.source_rows, std::move(sources));
  out.target = side_of(batch, out.target_rows, std::move(targets));
  out.target.cache = batch.cache;
  return out;
}

torch::Tensor EncoderDecoder::embed_words(const Batch& batch) const {
  const Sides sides = part_sides(batch);
  return joined(sides.source.lengths.empty() ? torch::Tensor() : encoder.embed_words(sides.source),
                sides.target.lengths.empty() ? torch::Tensor() : decoder.embed_words(sides.target), sides);
}

torch::Tensor EncoderDecoder::run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                                  std::optional<Site> stop_after) const {
  const Sides sides = part_sides(batch);
  const Hooks::Rows rows{.own = {}, .source = sides.source_rows, .all = batch.tokens()};
  const auto rows_at = [&](const torch::Tensor& own) {
    Hooks::Rows out = rows;
    if (own.defined()) {
      out.own = own.to(words.device());
      out.source = rows.source.to(words.device());
    }
    return out;
  };
  std::optional<Site> stop;
  if (stop_after) stop = Site{stop_after->kind, stop_after->block};
  EncoderStates states;
  if (!sides.source.lengths.empty()) {
    const bool ends = stop_after && stop_after->stack == Stack::Encoder;
    if (!ends && sides.target.lengths.empty())
      throw input_error(
          "sentence 0 of the batch: no target; a decoder reads the text of a second column behind its "
          "source");
    states.states =
        encoder.run(encoder.embed(rows_of(words, sides.source_rows), sides.source), 0, sides.source,
                    hooks.of_stack(Stack::Encoder, rows_at(sides.source_rows)), ends ? stop : std::nullopt);
    states.lengths = sides.source.lengths;
    if (ends) return states.states.defined() ? joined(states.states, {}, sides) : states.states;
  }
  const torch::Tensor target =
      decoder.run(decoder.embed(rows_of(words, sides.target_rows), sides.target), 0, sides.target,
                  hooks.of_stack(Stack::Decoder, rows_at(sides.target_rows)), stop,
                  states.states.defined() ? &states : nullptr);
  if (stop_after && !target.defined()) return target;
  if (stop_after && reads_source(*stop_after)) return joined(target, {}, sides);
  return joined(stop_after ? torch::Tensor() : states.states, target, sides);
}

}  // namespace neurox::model
