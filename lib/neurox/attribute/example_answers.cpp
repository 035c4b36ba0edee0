#include <algorithm>

#include "neurox/attribute/example.h"
#include "neurox/core/error.h"
#include "neurox/extract/extract.h"
#include "neurox/text/encoding.h"

/// The part of ExampleMaker that knows questions, texts and answers.
namespace neurox::attribute {
namespace {

using Span = std::pair<std::uint32_t, std::uint32_t>;

/// The text in which answers are looked for.
const std::string& text_of(const io::Sentence& sentence) {
  return sentence.second.empty() ? sentence.text : sentence.second;
}

/// The characters of the first answer of the corpus.
Span gold_characters(const io::Sentence& sentence) {
  const text::CodePoints characters(text_of(sentence));
  return {characters.at_byte(sentence.answers.front().begin),
          characters.at_byte(sentence.answers.front().end)};
}

Span given_characters(const io::Sentence& sentence, const std::string& answer, const std::string& where) {
  const std::string& text = text_of(sentence);
  const std::size_t at = text.find(answer);
  if (at == std::string::npos) {
    const std::string begin = characters_of(text, 0, 60);
    throw input_error("{}: the answer '{}' does not stand in the text '{}{}'", where, answer, begin,
                      begin.size() < text.size() ? "..." : "");
  }
  const text::CodePoints characters(text);
  return {characters.at_byte(static_cast<std::uint32_t>(at)),
          characters.at_byte(static_cast<std::uint32_t>(at + answer.size()))};
}

}  // namespace

extract::SentencePlan ExampleMaker::plan(const extract::PlanInput& input, extract::Unit unit) const {
  extract::PlanOptions planning;
  planning.unit = unit;
  planning.special_tokens = true;
  planning.max_pieces = static_cast<int>(model_.config().max_positions);
  return extract::plan_sentence(tokenizer_, input, planning);
}

bool ExampleMaker::fits(const io::Sentence& sentence) const {
  const auto planned = plan(extract::plan_input(sentence, corpus_name_), extract::Unit::Word);
  return std::none_of(planned.rows.begin(), planned.rows.end(), [](const extract::PlannedRow& row) {
    return row.status == extract::Status::Truncated;
  });
}

Target ExampleMaker::resolve_answer(const io::Sentence& sentence, const model::Batch& batch,
                                    Example& example) const {
  const extract::PlanInput input = extract::plan_input(sentence, corpus_name_);
  const Passage passage = passage_of(plan(input, extract::Unit::Token).rows, !sentence.second.empty());
  if (passage.tokens.empty()) throw input_error("{}: no text to answer from", example.where);
  const std::string& what = options_.target.what;
  const bool gold = what.starts_with("gold");
  const auto tokens = [&](const Span& characters) {
    const auto found = tokens_of(passage, characters.first, characters.second);
    if (!found)
      throw input_error("{}: the answer '{}' lies in no token that the model sees", example.where,
                        characters_of(text_of(sentence), characters.first, characters.second));
    return *found;
  };
  std::string whose = "predicted answer";
  TokenSpan span;
  bool none = false;
  if (gold) {
    whose = "gold answer";
    none = sentence.answers.empty() && sentence.impossible;
    if (sentence.answers.empty() && !none)
      throw input_error("{}: target '{}': the corpus gives no answer", example.where, what);
    if (!none) span = tokens(gold_characters(sentence));
  } else if (!options_.target.answer.empty()) {
    whose = "given answer";
    span = tokens(given_characters(sentence, options_.target.answer, example.where));
  } else {
    const auto [start, end] = model_.span_logits(model_.forward(batch));
    span = best_answer(start, end, passage);
  }
  example.answer = span;
  Target target;
  target.position = span.first;
  target.end = span.last;
  const auto at = [&](std::int64_t place) {
    return std::find_if(passage.tokens.begin(), passage.tokens.end(),
                        [&](const Passage::Token& token) { return token.place == place; });
  };
  const std::string answer =
      none ? "none"
           : fmt::format("'{}'", characters_of(text_of(sentence), at(span.first)->char_begin,
                                               at(span.last)->char_end));
  if (what.ends_with("end")) {
    target.kind = Target::Kind::SpanEnd;
    target.position = span.last;
    example.target = fmt::format("end at token {} ({} {})", span.last, whose, answer);
  } else if (what == "span" || what == "gold") {
    target.kind = Target::Kind::Span;
    example.target =
        fmt::format("start and end at tokens {} and {} ({} {})", span.first, span.last, whose, answer);
  } else {
    target.kind = Target::Kind::SpanStart;
    example.target = fmt::format("start at token {} ({} {})", span.first, whose, answer);
  }
  return target;
}

void ExampleMaker::name_segments(const io::Sentence& sentence, Example& example) const {
  std::optional<TokenSpan> answer = example.answer;
  if (!sentence.answers.empty()) {
    const auto rows = plan(extract::plan_input(sentence, corpus_name_), extract::Unit::Token).rows;
    const Passage passage = passage_of(rows, !sentence.second.empty());
    const Span characters = gold_characters(sentence);
    answer = tokens_of(passage, characters.first, characters.second);
  }
  const auto in_answer = [&](const ExampleRow& row) {
    return answer && std::any_of(row.places.begin(), row.places.end(), [&](std::int64_t place) {
             return place >= answer->first && place <= answer->last;
           });
  };
  const bool pair = !sentence.second.empty();
  for (ExampleRow& row : example.rows)
    row.segment = segment_of({.token = row.token,
                              .special = row.special,
                              .second = row.sequence != 0,
                              .pair = pair,
                              .questions = model_.has_question_answering() || !sentence.id.empty(),
                              .in_answer = in_answer(row)});
}

}  // namespace neurox::attribute
