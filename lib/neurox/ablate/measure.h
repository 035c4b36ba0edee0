#pragma once

#include <torch/types.h>

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/extract/packing.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/io/corpus.h"

namespace neurox::ablate {

/// A window of sentences after one pass through the (edited) model: what measures look at.
struct Pass {
  std::span<const io::Sentence> sentences;
  std::span<const extract::SentencePlan> plans;  ///< one per sentence
  const extract::Packing& packing;
  std::int64_t first_sentence;  ///< number of the first sentence in the corpus
  const std::vector<torch::Tensor>&
      hidden;                 ///< per batch, what `forward` returned; empty when the pass stops early
  const MatrixF& rows;        ///< pooled rows of all sentences at the sites of the probe; empty without one
  bool one_position = false;  ///< `hidden` has a row a sentence, what its classifier reads, not one a token
};

/// Figures of one condition, over everything or over one class.
struct Figures {
  std::size_t condition = 0;  ///< 0: the intact model
  std::string
      target;  ///< `model`: the edit flows on; `matrix`: only the activations that were kept are edited
  std::string class_name;                              ///< empty: over all classes
  std::vector<std::pair<std::string, double>> values;  ///< name, value; lower or higher is what the name says
};

/// One value per sentence and condition.
struct SentenceFigures {
  std::string name;
  MatrixF values;  ///< #conditions (with the intact model) x #sentences; NaN where a sentence has none
};

/// Something that is measured in every condition. Fed window by window, the intact model first.
class Measure {
 public:
  virtual ~Measure() = default;
  /// Whether it looks at `hidden` (else a pass may end at the last site of the probe).
  virtual bool needs_heads() const = 0;
  /// Whether it looks at `hidden` only where a sequence classifier does.
  virtual bool reads_one_position() const { return false; }
  virtual void add(std::size_t condition, const Pass& pass) = 0;
  /// After the last window.
  virtual std::vector<Figures> figures() const = 0;
  virtual std::vector<SentenceFigures> sentence_figures() const = 0;
};

/// Grows #conditions x #sentences as sentences come in.
class SentenceTable {
 public:
  explicit SentenceTable(std::size_t conditions) : rows_(conditions) {}
  void set(std::size_t condition, std::int64_t sentence, double value);
  MatrixF matrix() const;

 private:
  std::vector<std::vector<float>> rows_;
};

}  // namespace neurox::ablate
