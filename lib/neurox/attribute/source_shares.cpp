#include "neurox/attribute/source_shares.h"

#include <cmath>

#include "neurox/attribute/over_baselines.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

/// What stands before a position, with the token at it as target.
Example before(model::Model& model, const Example& example, std::int64_t position, Target::Scale scale,
               std::int64_t memory_bytes) {
  const model::Batch& sentence = example.function->sentence();
  Example out;
  for (const ExampleRow& row : example.rows)
    if (row.places.front() < position) out.rows.push_back(row);
  model::Batch batch;
  batch.lengths = {position};
  batch.ids = sentence.ids.narrow(0, 0, position);
  if (sentence.type_ids.defined()) batch.type_ids = sentence.type_ids.narrow(0, 0, position);
  const Target target{.kind = Target::Kind::Tokens,
                      .scale = scale,
                      .position = position - 1,
                      .tokens = {sentence.ids[position].item<std::int64_t>()}};
  out.where = example.where;
  out.function = std::make_unique<SentenceFunction>(model, std::move(batch), target, memory_bytes);
  out.function->name_in_messages(example.where);
  for (const torch::Tensor& baseline : example.baselines)
    out.baselines.push_back(baseline.narrow(0, 0, position));
  out.baseline = out.baselines.front();
  return out;
}

TokenShares shares_of(const Example& example, const RowAttribution& found) {
  TokenShares out;
  out.value = found.value;
  double total = 0, of_words = 0;
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    const ExampleRow& row = example.rows[r];
    const double size = std::abs(found.values[r]);
    total += size;
    if (row.special) {
      out.special += size;
      continue;
    }
    of_words += size;
    (row.sequence == 0 ? out.source : out.prefix) += size;
    (row.sequence == 0 ? out.source_sum : out.prefix_sum) += found.values[r];
  }
  for (double* share : {&out.source, &out.prefix, &out.special})
    *share = total > 0 ? *share / total : no_value;
  out.entropy = of_words > 0 ? 0 : no_value;
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    const double share = example.rows[r].special ? 0 : std::abs(found.values[r]) / of_words;
    if (share > 0) out.entropy -= share * std::log(share);
  }
  return out;
}

}  // namespace

std::vector<TokenShares> source_shares(model::Model& model, const Example& example, const InputMethod& method,
                                       const MethodOptions& options, Target::Scale scale,
                                       std::int64_t memory_bytes) {
  if (!model.has_causal_lm())
    throw usage_error("shares of source and prefix: the model predicts no next token");
  std::vector<TokenShares> out;
  for (std::size_t r = 0; r < example.rows.size(); ++r) {
    const ExampleRow& row = example.rows[r];
    if (row.places.size() != 1)
      throw usage_error("shares of source and prefix: rows of one token are needed");
    if (row.sequence == 0 || row.special || row.places.front() == 0) continue;
    Example part = before(model, example, row.places.front(), scale, memory_bytes);
    out.push_back(shares_of(part, over_baselines(method, part, options)));
    out.back().row = r;
  }
  return out;
}

}  // namespace neurox::attribute
