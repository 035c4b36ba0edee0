#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::tcav {

/// Examples of one concept, or of none: positions among all examples.
struct ExampleSet {
  std::string name;    ///< of the concept, or of the file
  std::string source;  ///< file, for messages
  std::vector<Index> examples;
};

struct ReadOptions {
  extract::PlanOptions plan;
  std::vector<std::string> dropped_words;  ///< taken out of the texts, e.g. a filler
  Index most = 250;                        ///< examples of a set; a larger one is sampled
  std::uint64_t seed = 0;
};

/// The examples that concept vectors are trained on, and how the model's activations for them come about.
class Examples {
 public:
  Examples(const text::Tokenizer& tokenizer, ReadOptions options)
      : tokenizer_(tokenizer), options_(std::move(options)) {}

  /// Every sentence (or, in a plan of words, every word) of a file.
  /// @throws Error{Input} as the corpus does
  ExampleSet read(const std::string& name, io::CorpusReader& corpus);
  /// The same with another limit for this set, e.g. a pool to draw from.
  ExampleSet read(const std::string& name, io::CorpusReader& corpus, Index most);

  /// Words with a label, set by set of `values`, and last a sample of all labelled words. Only what is
  /// sampled is kept. Words of the last set carry their label (`label_of`).
  /// @throws Error{Usage} for labels or a value that the corpus does not have (with the nearest)
  std::vector<ExampleSet> read_labels(io::CorpusReader& corpus, const std::string& label,
                                      const std::vector<std::string>& values, Index pool);

  /// #examples x #neurons; only sentences that hold an example are run.
  /// @throws Error{Numeric} when an activation is not finite
  MatrixF activations(model::Model& model, const std::vector<SiteColumns>& sites) const;

  Index size() const { return static_cast<Index>(examples_.size()); }
  const std::string& text(Index example) const { return examples_[static_cast<std::size_t>(example)].text; }
  const std::string& label_of(Index example) const {
    return examples_[static_cast<std::size_t>(example)].label;
  }
  /// Equal for examples that must not stand on both sides of a split: equal texts, words of one sentence.
  std::vector<std::int64_t> groups() const;
  /// The different texts of a set, in byte order.
  std::vector<std::string> texts(const ExampleSet& set) const;

 private:
  struct Example {
    std::size_t plan, row;
    std::int64_t group;
    std::string text, label;
  };
  struct Found {
    std::vector<extract::SentencePlan> plans;
    std::vector<Example> examples;  ///< plan: within `plans`
  };
  Found find(io::CorpusReader& corpus, int label_set);
  std::vector<Index> keep(const Found& found, const std::vector<std::size_t>& chosen);

  const text::Tokenizer& tokenizer_;
  ReadOptions options_;
  std::vector<extract::SentencePlan> plans_;
  std::vector<Example> examples_;
  std::map<std::string, std::int64_t> group_of_text_;
  std::int64_t sentences_ = 0;
};

/// `count` of 0..n-1 without replacement, ascending; all of them when there are no more.
std::vector<std::size_t> sample(std::size_t n, std::size_t count, std::uint64_t seed);

}  // namespace neurox::tcav
