#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/io/corpus.h"
#include "neurox/io/label_columns.h"
#include "neurox/io/table.h"

namespace neurox::label {

/// What a row of a corpus stands for.
enum class Unit { Word, Sentence };

/// The rows to be labelled, from an activation file or straight from text.
struct Words {
  std::string name;  ///< of the file, for messages
  /// `token`, `sentence`, `position`, `sequence` (1: second text of a pair) and every label column there is.
  /// Those of a foreign file may be missing.
  io::Table obs;
  std::vector<std::string> texts, second_texts;  ///< of the sentences; empty where they are not known
  /// CoNLL-U's `# key = value` of each sentence.
  std::vector<std::vector<std::pair<std::string, std::string>>> comments;
  bool of_sentences = false;      ///< a row is a whole sentence
  bool of_pieces = false;         ///< a row is a token of the model's
  std::vector<bool> labelled;     ///< per row: false for special tokens, which take no label
  std::vector<std::string> text;  ///< per row: the word; the whole text where rows are sentences
  /// Rows of one text each, in their order, without special tokens.
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::int32_t> sentence;  ///< per row

  std::size_t rows() const { return text.size(); }
};

Words words_of(const io::ActivationReader& file);

/// Adds the columns of label files that stand beside an activation file to its words.
void add_columns(Words& words, const io::LabelColumns& columns);

/// The words of a corpus (of a pair: those of the second text behind those of the first), or its sentences.
Words words_of(io::CorpusReader& corpus, Unit unit);

}  // namespace neurox::label
