#include "neurox/attribute/target.h"

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// The targets with the rows of their sentences.
class Places {
 public:
  Places(const model::Batch& batch, std::span<const Target> targets)
      : batch_(batch), targets_(targets), offsets_(batch.offsets()) {
    if (targets.size() != 1 && targets.size() != static_cast<std::size_t>(batch.sentences()))
      throw usage_error("target: {} targets for {} sentences", targets.size(), batch.sentences());
    for (const Target& t : targets)
      if (t.kind != targets[0].kind || t.scale != targets[0].scale)
        throw usage_error("target: targets of several kinds in one pass");
  }

  std::int64_t sentences() const { return batch_.sentences(); }
  const Target& of(std::int64_t s) const {
    return targets_.size() == 1 ? targets_[0] : targets_[static_cast<std::size_t>(s)];
  }
  std::int64_t length(std::int64_t s) const { return batch_.lengths[static_cast<std::size_t>(s)]; }
  std::int64_t first(std::int64_t s) const { return offsets_[static_cast<std::size_t>(s)]; }

  /// The row of the target's position, `ahead` tokens later.
  std::int64_t row(std::int64_t s, std::int64_t ahead = 0) const {
    const std::int64_t position = of(s).position + ahead;
    if (position < 0 || position >= length(s))
      throw usage_error("target: position {} of a sentence of {} tokens", position, length(s));
    return first(s) + position;
  }
  /// The row of a Span's end.
  std::int64_t end_row(std::int64_t s) const {
    if (of(s).end < 0 || of(s).end >= length(s))
      throw usage_error("target: position {} of a sentence of {} tokens", of(s).end, length(s));
    return first(s) + of(s).end;
  }
  Tensor rows(const torch::Device& device) const {
    std::vector<std::int64_t> out;
    for (std::int64_t s = 0; s < sentences(); ++s) out.push_back(row(s));
    return torch::tensor(out, torch::kInt64).to(device);
  }

 private:
  const model::Batch& batch_;
  std::span<const Target> targets_;
  std::vector<std::int64_t> offsets_;
};

Tensor scaled(const Tensor& logits, Target::Scale scale) {
  switch (scale) {
    case Target::Scale::Logit:
      return logits;
    case Target::Scale::LogProbability:
      return at::log_softmax(logits, -1);
    case Target::Scale::Probability:
      return at::softmax(logits, -1);
    case Target::Scale::Loss:
      return -at::log_softmax(logits, -1);
    case Target::Scale::Correct: {
      const Tensor best = logits.argmax(-1, true);
      return at::zeros_like(logits).scatter(-1, best, 1.0);
    }
  }
  return logits;
}

/// One column of each row.
Tensor pick(const Tensor& x, const std::vector<std::int64_t>& columns) {
  for (const std::int64_t c : columns)
    if (c < 0 || c >= x.size(1)) throw usage_error("target: number {} of {}", c, x.size(1));
  return x.gather(1, torch::tensor(columns, torch::kInt64).to(x.device()).unsqueeze(1)).squeeze(1);
}

/// #sentences from a row of logits for each sentence.
Tensor of_class(const Tensor& logits, const Places& places) {
  const Tensor x = scaled(logits, places.of(0).scale);
  std::vector<std::int64_t> wanted, against;
  for (std::int64_t s = 0; s < places.sentences(); ++s) {
    wanted.push_back(places.of(s).index);
    if (places.of(s).against) against.push_back(*places.of(s).against);
  }
  if (!against.empty() && against.size() != wanted.size())
    throw usage_error("target: some targets are set against a class and some are not");
  const Tensor value = pick(x, wanted);
  return against.empty() ? value : value - pick(x, against);
}

Tensor of_span(const Tensor& logits, const Places& places, bool end_of_span = false) {
  std::vector<Tensor> values;
  for (std::int64_t s = 0; s < places.sentences(); ++s) {
    const std::int64_t at = (end_of_span ? places.end_row(s) : places.row(s)) - places.first(s);
    values.push_back(
        scaled(logits.narrow(0, places.first(s), places.length(s)), places.of(s).scale).select(0, at));
  }
  return at::stack(values);
}

Tensor of_both(const std::pair<Tensor, Tensor>& logits, const Places& places) {
  const Tensor start = of_span(logits.first, places), end = of_span(logits.second, places, true);
  const Target::Scale scale = places.of(0).scale;
  const bool both = scale == Target::Scale::Probability || scale == Target::Scale::Correct;
  return both ? start * end : start + end;
}

Tensor of_tokens(const model::Model& model, const Tensor& hidden, const Places& places) {
  std::vector<std::int64_t> rows, tokens, sentences;
  for (std::int64_t s = 0; s < places.sentences(); ++s) {
    const Target& target = places.of(s);
    if (target.tokens.empty()) throw usage_error("target: no token to explain");
    for (std::size_t i = 0; i < target.tokens.size(); ++i) {
      rows.push_back(places.row(s, static_cast<std::int64_t>(i)));
      tokens.push_back(target.tokens[i]);
      sentences.push_back(s);
    }
  }
  const auto index = [&](const std::vector<std::int64_t>& of) {
    return torch::tensor(of, torch::kInt64).to(hidden.device());
  };
  const Tensor logits = model.lm_logits(hidden.index_select(0, index(rows)));
  const Tensor each = pick(scaled(logits, places.of(0).scale), tokens);
  return at::zeros({places.sentences()}, each.options()).index_add(0, index(sentences), each);
}

}  // namespace

std::optional<Site> Target::stop_after() const {
  return kind == Kind::Unit ? std::optional(site) : std::nullopt;
}

Tensor target_values(const model::Model& model, const Tensor& hidden, const model::Batch& batch,
                     std::span<const Target> targets) {
  const Places places(batch, targets);
  const auto at_position = [&](const Tensor& x) { return x.index_select(0, places.rows(x.device())); };
  switch (targets[0].kind) {
    case Target::Kind::Class:
      return of_class(model.classify(hidden, batch), places);
    case Target::Kind::TokenClass:
      return of_class(model.token_logits(at_position(hidden)), places);
    case Target::Kind::SpanStart:
      return of_span(model.span_logits(hidden).first, places);
    case Target::Kind::SpanEnd:
      return of_span(model.span_logits(hidden).second, places);
    case Target::Kind::Span:
      return of_both(model.span_logits(hidden), places);
    case Target::Kind::Tokens:
      return of_tokens(model, hidden, places);
    case Target::Kind::Unit: {
      std::vector<std::int64_t> neurons;
      for (std::int64_t s = 0; s < places.sentences(); ++s) neurons.push_back(places.of(s).index);
      return pick(at_position(hidden), neurons);
    }
  }
  return {};
}

}  // namespace neurox::attribute
