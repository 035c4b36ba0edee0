#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "neurox/attribute/answers.h"
#include "neurox/attribute/baselines.h"
#include "neurox/attribute/sentence_function.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::attribute {

/// What is explained, as a command line says it; resolved for each sentence.
struct TargetRequest {
  /// predicted   the class (or next token, or answer start) that the model itself says
  /// gold        the sentence's or word's label
  /// start, end, span  the start, the end, or both of the answer that the model gives, or of `answer`
  /// gold-start, gold-end, gold  of the first answer in the corpus (of a question that is marked as having
  ///             none: the first token, which stands for that)
  /// loss        minus the log-probability of `gold`
  /// accuracy    whether `gold` is what the model says, 1 or 0; where ExampleOptions::accuracy
  /// next        the predicted next token; next=TEXT: that TEXT follows
  /// else a neuron (mlp_post@3:17), or a class by name or number
  std::string what = "predicted";
  std::string against = {};  ///< a class whose logit is taken away, or empty
  std::int64_t word = -1;    ///< which word, of a token classifier and of a neuron; -1: the last
  Target::Scale scale = Target::Scale::Logit;
  std::string label = {};  ///< the label set of `gold`; empty: the first that fits
  std::string answer =
      {};  ///< text of the context that start, end and span are about; empty: the model's own
};

struct ExampleOptions {
  TargetRequest target;
  std::vector<std::string> baselines = {};   ///< names (baselines.h); none: the usual one
  extract::Unit unit = extract::Unit::Word;  ///< rows: words or tokens
  /// Longer texts than the model takes are cut at their end (else refused).
  bool cut = false;
  std::int64_t memory_bytes = std::int64_t{512} << 20;
  /// The caller needs no gradient of the target, so that it may be an accuracy.
  bool accuracy = false;
};

/// A word (or piece) of a sentence, or a special token.
struct ExampleRow {
  std::string token;
  std::int32_t position = 0;  ///< word or piece; -1: a special token
  std::uint32_t char_begin = 0, char_end = 0;
  std::int32_t sequence = 0;  ///< 1: of the second text
  std::int32_t word = -1;     ///< whose labels are this row's
  bool special = false;
  std::vector<std::int64_t> places;  ///< its tokens in the sentence
  std::string segment = {};          ///< its kind in a question and its text (answers.h)
};

/// A sentence made ready to be explained.
struct Example {
  std::vector<ExampleRow> rows;
  std::string target;  ///< for people: `POSITIVE`, `mlp_post@3:17 at token 4`
  std::unique_ptr<SentenceFunction> function;
  std::string where;                     ///< the sentence, for messages
  std::vector<torch::Tensor> baselines;  ///< as they were asked for, each #tokens x width
  torch::Tensor baseline;                ///< the one in use, at first the first
  std::optional<TokenSpan> answer;       ///< what the target is about, if it is an answer
};

/// Makes examples of one model's sentences.
class ExampleMaker {
 public:
  /// @throws Error{Usage} for a target that the model has no head for, a class that it has not (with the
  /// nearest), and what Baselines refuses
  ExampleMaker(model::Model& model, const text::Tokenizer& tokenizer, const io::CorpusReader& corpus,
               ExampleOptions options);

  /// @throws Error{Input}, with the sentence, for one that is longer than the model takes, a gold label that
  /// is no class, and an answer that the text does not hold (or that was cut away)
  Example make(const io::Sentence& sentence) const;
  /// Whether the model takes the sentence whole.
  bool fits(const io::Sentence& sentence) const;
  /// Names of the baselines in use.
  const std::vector<std::string>& baselines() const { return baselines_.names(); }

 private:
  Target resolve(const io::Sentence& sentence, const std::string& where, model::Batch& batch,
                 Example& example) const;
  Target resolve_class(const io::Sentence& sentence, const std::string& where, const model::Batch& batch,
                       Example& example) const;
  void begin_target(const std::string& where, model::Batch& batch, Example& example) const;
  Target resolve_next(const std::string& where, model::Batch& batch, Example& example) const;
  Target resolve_answer(const io::Sentence& sentence, const model::Batch& batch, Example& example) const;
  extract::SentencePlan plan(const extract::PlanInput& input, extract::Unit unit) const;
  void name_segments(const io::Sentence& sentence, Example& example) const;
  Target resolve_unit(const std::string& where, model::Batch& batch, Example& example) const;
  std::int64_t word_token(const std::string& where, const Example& example) const;

  model::Model& model_;
  const text::Tokenizer& tokenizer_;
  ExampleOptions options_;
  std::string corpus_name_;
  std::vector<std::string> classes_;
  std::optional<std::size_t> gold_set_;
  std::optional<std::int64_t> class_, against_;
  std::optional<Target> unit_;
  Baselines baselines_;
};

}  // namespace neurox::attribute
