#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/io/corpus.h"
#include "neurox/io/line_reader.h"

namespace neurox::io {

/// Words of a text: what stands between white space (Unicode's, as Python's str.split).
std::vector<Word> split_words(std::string_view text);

/// Where a corpus comes from: a file, or what the standard input held.
struct CorpusSource {
  std::string name;
  std::unique_ptr<LineReader> lines;
  std::string hash_path;  ///< where its bytes can be read again
};

/// What all formats share: the limit, label files, counts, the empty corpus.
class CorpusBase : public CorpusReader {
 public:
  CorpusBase(CorpusSource source, const CorpusOptions& options);

  std::optional<Sentence> next() final;
  void rewind() final;
  const std::vector<std::string>& word_label_sets() const final { return word_sets_; }
  const std::vector<std::string>& sentence_label_sets() const final { return sentence_sets_; }
  std::int64_t skipped() const final { return skipped_; }
  std::string sha256() const final;
  const std::string& name() const final { return source_.name; }

 protected:
  /// Fills in the next sentence (text, words, labels of the format itself, line); false at the end.
  virtual bool read(Sentence& sentence) = 0;
  virtual void restart() {}

  LineReader& lines() const { return *source_.lines; }
  /// An empty line: counted, and empty in the label files too.
  void skip();
  /// To be called once, by the constructor of a format that has labels of its own.
  void set_label_sets(std::vector<std::string> word_sets, std::vector<std::string> sentence_sets);
  void add_label_file(const std::string& set, const std::string& path);
  std::int64_t limit() const { return limit_; }

 private:
  struct LabelFile {
    std::string set;
    std::unique_ptr<LineReader> lines;
  };
  void add_labels(LabelFile& file, Sentence& sentence);
  void finish();

  CorpusSource source_;
  std::vector<LabelFile> label_files_;
  std::vector<std::string> own_sets_, word_sets_, sentence_sets_;
  std::int64_t limit_, count_ = 0, skipped_ = 0;
};

std::unique_ptr<CorpusReader> open_text(CorpusSource source, const CorpusOptions& options);
/// NeuroX's parallel files: `X.word` (or `X.in`) with `X.label` beside it, if it is there, as label set
/// `label`.
std::unique_ptr<CorpusReader> open_words(CorpusSource source, const CorpusOptions& options);
std::unique_ptr<CorpusReader> open_conllu(CorpusSource source, const CorpusOptions& options);
std::unique_ptr<CorpusReader> open_separated(CorpusSource source, const CorpusOptions& options,
                                             char separator);
/// Questions with their texts and answers, in the layout of SQuAD.
std::unique_ptr<CorpusReader> open_questions(CorpusSource source, const CorpusOptions& options);

/// Words with labels in columns, in the layout of CoNLL-2003.
std::unique_ptr<CorpusReader> open_columns(CorpusSource source, const CorpusOptions& options);
/// Trees in brackets, in the style of the Penn Treebank.
std::unique_ptr<CorpusReader> open_trees(CorpusSource source, const CorpusOptions& options);
/// Label files of the text, as `neurox label` writes them, beside the labels that it has.
/// @throws Error{Input} when they are of another text (later: with the first row that differs), or name a
/// label set that is there
std::unique_ptr<CorpusReader> with_labels(std::unique_ptr<CorpusReader> corpus,
                                          const std::vector<std::string>& label_files);
/// Sentences with and without a concept, in the layout of ml-selfcond.
std::unique_ptr<CorpusReader> open_concept(CorpusSource source, const CorpusOptions& options);
/// Minimal pairs, a JSON object with a good and a bad sentence a line, as BLiMP has them.
std::unique_ptr<CorpusReader> open_pairs(CorpusSource source, const CorpusOptions& options);

}  // namespace neurox::io
