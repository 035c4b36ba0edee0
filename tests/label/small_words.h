#pragma once

#include <string>
#include <vector>

#include "neurox/io/corpus.h"
#include "neurox/label/label_set.h"
#include "neurox/label/words.h"
#include "support.h"

namespace neurox::label {

/// The words of a corpus of this name and content.
inline Words small_words(const testing::TempFolder& folder, const std::string& name,
                         const std::string& content, Unit unit = Unit::Word) {
  testing::write_text(folder / name, content);
  return words_of(*io::CorpusReader::open((folder / name).string()), unit);
}

/// Words of plain text, a sentence a line.
inline Words plain_words(const std::string& content) {
  const testing::TempFolder folder;
  return small_words(folder, "a.txt", content);
}

inline std::vector<std::string> classes_of(const LabelSet& set) {
  return std::get<std::vector<std::string>>(set.values);
}
inline std::vector<double> numbers_of(const LabelSet& set) {
  return std::get<std::vector<double>>(set.values);
}

/// A line of CoNLL-U.
inline std::string word_line(int id, const std::string& form, const std::string& upos,
                             const std::string& number, int head, const std::string& deprel) {
  return fmt::format("{}\t{}\t{}\t{}\t_\t{}\t{}\t{}\t_\t_\n", id, form, form, upos,
                     number.empty() ? "_" : "Number=" + number, head, deprel);
}

}  // namespace neurox::label
