#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"
#include "neurox/io/label_file.h"

namespace neurox::io {
namespace {

/// A label file that goes along with a corpus.
class LabelCursor {
 public:
  /// @param known  label sets that there are: copies of a text's own annotation are not taken twice
  /// @param corpus  for messages
  LabelCursor(const std::string& path, const std::vector<std::string>& known, const std::string& corpus)
      : file_(read_label_file(path)) {
    const std::string& unit = file_.provenance.settings.value("unit", std::string("word"));
    if (unit == "token")
      throw input_error("{}: labels of a model's tokens, which a text does not have", path);
    of_words_ = unit != "sentence";
    tokens_ = file_.obs.strings("token", path);
    sentence_ = file_.obs.numbers("sentence", path);
    position_ = file_.obs.numbers("position", path);
    if (file_.obs.find("sequence") != nullptr) sequence_ = file_.obs.numbers("sequence", path);
    for (const std::string& name : label_columns(file_.obs)) {
      if (std::find(known.begin(), known.end(), name) != known.end()) {
        if (file_.sets.value(name, std::string()) == annotation) continue;
        throw input_error("{}: {} has labels '{}' already", path, corpus, name);
      }
      sets_.push_back(name);
      values_.push_back(texts(name));
    }
  }

  const std::vector<std::string>& sets() const { return sets_; }
  bool of_words() const { return of_words_; }
  const std::filesystem::path& path() const { return file_.path; }
  void rewind() { row_ = 0; }

  /// Appends the labels of the sentence of this number.
  void add_to(Sentence& sentence, std::int64_t number, const std::string& corpus) {
    const std::size_t first = sentence.word_labels.size();
    if (of_words_) sentence.word_labels.resize(first + values_.size());
    std::size_t word = 0, rows = 0;
    for (; row_ < tokens_.size() && sentence_[row_] == static_cast<double>(number); ++row_, ++rows) {
      if (!of_words_) {
        for (const std::vector<std::string>& column : values_)
          sentence.sentence_labels.push_back(column[row_]);
        continue;
      }
      if (position_[row_] < 0 || (!sequence_.empty() && sequence_[row_] != 0)) continue;
      if (word >= sentence.words.size() || position_[row_] != static_cast<double>(word) ||
          tokens_[row_] != sentence.word(word))
        throw input_error("{}: row {} is '{}', word {} of sentence {}; {} has {} there", file_.path.string(),
                          row_, tokens_[row_], position_[row_], number, sentence.where(corpus),
                          word < sentence.words.size() ? fmt::format("'{}'", sentence.word(word)) : "none");
      for (std::size_t c = 0; c < values_.size(); ++c)
        sentence.word_labels[first + c].push_back(values_[c][row_]);
      ++word;
    }
    if (of_words_ ? word != sentence.words.size() : rows != 1)
      throw input_error("{}: {} {} for sentence {}, but {} has {}; they are of different texts",
                        file_.path.string(), of_words_ ? word : rows, of_words_ ? "words" : "rows", number,
                        sentence.where(corpus), of_words_ ? sentence.words.size() : 1);
  }

 private:
  std::vector<std::string> texts(const std::string& name) const {
    const Column& column = *file_.obs.find(name);
    if (std::holds_alternative<Categorical>(column.data) ||
        std::holds_alternative<std::vector<std::string>>(column.data))
      return file_.obs.strings(name, file_.path.string());
    std::vector<std::string> out;
    for (const double x : file_.obs.numbers(name, file_.path.string()))
      out.push_back(std::isnan(x) ? std::string() : fmt::format("{}", x));
    return out;
  }

  LabelFile file_;
  bool of_words_ = true;
  std::vector<std::string> sets_;
  std::vector<std::string> tokens_;
  std::vector<double> sentence_, position_, sequence_;
  std::vector<std::vector<std::string>> values_;  ///< [label set][row]
  std::size_t row_ = 0;
};

/// A corpus with the label sets of label files behind its own.
class CorpusWithLabels final : public CorpusReader {
 public:
  CorpusWithLabels(std::unique_ptr<CorpusReader> corpus, const std::vector<std::string>& files)
      : corpus_(std::move(corpus)),
        word_sets_(corpus_->word_label_sets()),
        sentence_sets_(corpus_->sentence_label_sets()) {
    for (const std::string& path : files) {
      std::vector<std::string> known = word_sets_;
      known.insert(known.end(), sentence_sets_.begin(), sentence_sets_.end());
      labels_.emplace_back(path, known, corpus_->name());
      const LabelCursor& labels = labels_.back();
      std::vector<std::string>& sets = labels.of_words() ? word_sets_ : sentence_sets_;
      sets.insert(sets.end(), labels.sets().begin(), labels.sets().end());
    }
  }

  std::optional<Sentence> next() override {
    std::optional<Sentence> sentence = corpus_->next();
    if (!sentence) return sentence;
    for (LabelCursor& labels : labels_) labels.add_to(*sentence, number_, corpus_->name());
    ++number_;
    return sentence;
  }
  void rewind() override {
    corpus_->rewind();
    for (LabelCursor& labels : labels_) labels.rewind();
    number_ = 0;
  }
  const std::vector<std::string>& word_label_sets() const override { return word_sets_; }
  const std::vector<std::string>& sentence_label_sets() const override { return sentence_sets_; }
  std::int64_t skipped() const override { return corpus_->skipped(); }
  std::string sha256() const override { return corpus_->sha256(); }
  const std::string& name() const override { return corpus_->name(); }
  std::vector<std::string> label_files() const override {
    std::vector<std::string> paths;
    for (const LabelCursor& labels : labels_) paths.push_back(labels.path().string());
    return paths;
  }

 private:
  std::unique_ptr<CorpusReader> corpus_;
  std::vector<LabelCursor> labels_;
  std::vector<std::string> word_sets_, sentence_sets_;
  std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<CorpusReader> with_labels(std::unique_ptr<CorpusReader> corpus,
                                          const std::vector<std::string>& label_files) {
  return std::make_unique<CorpusWithLabels>(std::move(corpus), label_files);
}

}  // namespace neurox::io
