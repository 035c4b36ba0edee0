#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

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
  /// start, end  the predicted start or end of an answer
  /// next        the predicted next token; next=TEXT: that TEXT follows
  /// else a neuron (mlp_post@3:17), or a class by name or number
  std::string what = "predicted";
  std::string against;     ///< a class whose logit is taken away, or empty
  std::int64_t word = -1;  ///< which word, of a token classifier and of a neuron; -1: the last
  Target::Scale scale = Target::Scale::Logit;
  std::string label;  ///< the label set of `gold`; empty: the first that fits
};

enum class Baseline {
  Pad,   ///< [PAD] embeddings, special tokens kept
  Mask,  ///< [MASK] embeddings, special tokens kept
  Zero,  ///< zeros everywhere
  Mean   ///< the mean word embedding of the vocabulary, special tokens kept
};

struct ExampleOptions {
  TargetRequest target;
  Baseline baseline = Baseline::Pad;
  extract::Unit unit = extract::Unit::Word;  ///< rows: words or tokens
  std::int64_t memory_bytes = std::int64_t{512} << 20;
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
};

/// A sentence made ready to be explained.
struct Example {
  std::vector<ExampleRow> rows;
  std::string target;  ///< for people: `POSITIVE`, `mlp_post@3:17 at token 4`
  std::unique_ptr<SentenceFunction> function;
  torch::Tensor baseline;  ///< #tokens x width
};

/// Makes examples of one model's sentences.
class ExampleMaker {
 public:
  /// @throws Error{Usage} for a target that the model has no head for, a class that it has not (with the
  /// nearest), and a baseline whose token the tokenizer lacks
  ExampleMaker(model::Model& model, const text::Tokenizer& tokenizer, const io::CorpusReader& corpus,
               ExampleOptions options);

  /// @throws Error{Input}, with the line, for a sentence longer than the model takes and a gold label that is
  /// no class
  Example make(const io::Sentence& sentence) const;

 private:
  Target resolve(const io::Sentence& sentence, const std::string& where, model::Batch& batch,
                 Example& example) const;
  Target resolve_class(const io::Sentence& sentence, const std::string& where, const model::Batch& batch,
                       Example& example) const;
  Target resolve_next(const std::string& where, model::Batch& batch, Example& example) const;
  Target resolve_unit(const std::string& where, const model::Batch& batch, Example& example) const;
  std::int64_t word_token(const std::string& where, const Example& example) const;
  torch::Tensor baseline_of(const model::Batch& batch, const Example& example) const;

  model::Model& model_;
  const text::Tokenizer& tokenizer_;
  ExampleOptions options_;
  std::string corpus_name_;
  std::vector<std::string> classes_;
  std::optional<std::size_t> gold_set_;
  std::optional<std::int64_t> class_, against_;
  std::optional<Target> unit_;
  torch::Tensor fill_;  ///< 1 x width: what the baseline puts in place of words
};

}  // namespace neurox::attribute
