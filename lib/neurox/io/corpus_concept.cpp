#include "neurox/core/error.h"
#include "neurox/io/concept_sentences.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

/// The sentences of a concept, positive ones first, with the label set `concept` (positive, negative).
class ConceptCorpus final : public CorpusBase {
 public:
  ConceptCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    set_label_sets({}, {"concept"});
    std::string content;
    for (std::string line; lines().next(line);) content += line + "\n";
    sentences_ = parse_concept(content, name());
  }

 protected:
  void restart() override { next_ = 0; }

  bool read(Sentence& sentence) override {
    const std::size_t positive = sentences_.positive.size();
    for (; next_ < positive + sentences_.negative.size(); ++next_) {
      const bool in_concept = next_ < positive;
      sentence.text = in_concept ? sentences_.positive[next_] : sentences_.negative[next_ - positive];
      sentence.words = split_words(sentence.text);
      if (sentence.words.empty()) {
        skip();
        continue;
      }
      sentence.sentence_labels = {in_concept ? "positive" : "negative"};
      sentence.line = static_cast<std::int64_t>(++next_);
      return true;
    }
    return false;
  }

 private:
  ConceptSentences sentences_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<CorpusReader> open_concept(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<ConceptCorpus>(std::move(source), options);
}

}  // namespace neurox::io
