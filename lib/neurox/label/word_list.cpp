#include "neurox/label/word_list.h"

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"
#include "neurox/io/line_reader.h"
#include "neurox/label/regex.h"

namespace neurox::label {

std::vector<std::string> trimmed_lines(const std::string& path, bool keep_empty) {
  io::LineReader lines(path);
  std::vector<std::string> out;
  for (std::string line; lines.next(line);) {
    const std::vector<io::Word> parts = io::split_words(line);
    if (!parts.empty())
      out.push_back(line.substr(parts.front().begin, parts.back().end - parts.front().begin));
    else if (keep_empty)
      out.emplace_back();
  }
  return out;
}

WordList::WordList(const std::string& path, bool fold_case) : fold_case_(fold_case) {
  for (const std::string& line : trimmed_lines(path, false))
    if (line[0] != ';' && !line.starts_with("# ")) words_.insert(fold_case ? lower_case(line) : line);
  if (words_.empty()) throw input_error("{}: a list without words", path);
}

bool WordList::has(const std::string& word) const {
  return words_.contains(fold_case_ ? lower_case(word) : word);
}

}  // namespace neurox::label
