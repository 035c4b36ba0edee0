#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace neurox::io {

/// A byte span [begin, end) of Sentence::text.
struct Word {
  std::uint32_t begin, end;
  friend bool operator==(const Word&, const Word&) = default;
};

struct Sentence {
  std::string text;
  std::vector<Word> words;
  std::vector<std::vector<std::string>> word_labels;  ///< [label set][word]; empty string: no label
  std::vector<std::string> sentence_labels;           ///< [label set]; likewise
  std::string second;                                 ///< second text of a pair, or empty
  std::int64_t line = 0;                              ///< of its first line in the file, from 1
  std::string id;             ///< of a question: its name in the file, or its place there; else empty
  std::vector<Word> answers;  ///< of a question: byte spans of `second` that answer it; may be none
  bool impossible = false;    ///< of a question: marked as one that the text does not answer
  /// CoNLL-U's lines `# key = value` before the words; those of a document stand before its first sentence.
  std::vector<std::pair<std::string, std::string>> comments;

  /// For messages: `FILE:LINE`, or of a question `FILE: question ID`.
  std::string where(const std::string& file) const;
  std::string_view word(std::size_t i) const {
    return std::string_view(text).substr(words[i].begin, words[i].end - words[i].begin);
  }
};

/// Words of the second text of a pair: what stands between white space.
std::vector<Word> second_words(const Sentence& sentence);

/// text, conllu, words (NeuroX's parallel files), csv, tsv, squad, columns (CoNLL-2003), trees (in brackets),
/// concept (positive and negative sentences)
const std::vector<std::string>& corpus_formats();

struct CorpusOptions {
  /// one of corpus_formats(); empty: by the file's extension
  std::string format = {};
  /// csv, tsv: names of the columns with the text and the second text; empty: by well-known names
  std::string text_column = {}, second_column = {};
  /// More word labels: (name of the label set, parallel file with one line of labels per sentence).
  std::vector<std::pair<std::string, std::string>> label_files = {};
  /// Label files (label_file.h) of this text: their sets come behind its own.
  std::vector<std::string> label_tables = {};
  std::int64_t limit = -1;  ///< only the first so many sentences; -1: all
};

/// A corpus as a stream of sentences; memory does not grow with it. Formats: docs/files.md. `.gz` is read as
/// it is; a byte order mark is dropped; lines may end in LF, CRLF or CR.
///
/// @throws Error{Input} from open() and next(), one line with `file:line`: invalid UTF-8 (with the byte),
/// labels that do
///         not match the words, malformed CoNLL-U, CSV or SQuAD, no sentences (`FILE: no sentences`, at the
///         end of the file)
class CorpusReader {
 public:
  /// "-" is the standard input: kept in a temporary file, so that rewind() works.
  /// @throws Error{Usage} for a format that is not known or cannot be told
  static std::unique_ptr<CorpusReader> open(const std::string& path, const CorpusOptions& options = {});
  virtual ~CorpusReader() = default;

  /// The next sentence; nothing at the end.
  virtual std::optional<Sentence> next() = 0;
  /// From the first sentence again.
  virtual void rewind() = 0;

  /// Names of Sentence::word_labels, complete from the start (CoNLL-U is scanned for its features when
  /// opened).
  virtual const std::vector<std::string>& word_label_sets() const = 0;
  virtual const std::vector<std::string>& sentence_label_sets() const = 0;
  /// Empty lines (rows) skipped so far.
  virtual std::int64_t skipped() const = 0;
  /// SHA-256 of the file's bytes as they lie (compressed ones too), of the spooled bytes for "-".
  virtual std::string sha256() const = 0;
  /// Name for messages: the path, or "standard input".
  virtual const std::string& name() const = 0;
  /// CorpusOptions::label_tables.
  virtual std::vector<std::string> label_files() const { return {}; }
};

}  // namespace neurox::io
