#include <algorithm>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

/// What the columns behind the word are called, by how many there are.
std::vector<std::string> names_of_columns(std::size_t columns, const std::string& where) {
  switch (columns) {
    case 2:
      return {"ner"};
    case 3:
      return {"pos", "chunk"};
    case 4:
      return {"pos", "chunk", "ner"};
    case 5:
      return {"lemma", "pos", "chunk", "ner"};
    default:
      throw input_error(
          "{}: {} columns; known are word and ner (2), word, pos, chunk (3), word, pos, chunk, ner (4), "
          "word, "
          "lemma, pos, chunk, ner (5)",
          where, columns);
  }
}

/// `B-PER` is of the type PER; O of none, which has a name of its own.
std::string type_of_tag(std::string_view tag) {
  const bool marked =
      tag.size() > 2 && tag[1] == '-' && std::string_view("BILUES").find(tag[0]) != std::string_view::npos;
  return std::string(marked ? tag.substr(2) : tag);
}

bool has_type(const std::string& set) {
  return set == "chunk" || set == "ner";
}

/// A word a line with its labels in columns, sentences between empty lines, as in the shared tasks CoNLL-2000
/// and CoNLL-2003. Lines that begin with -DOCSTART- stand between documents.
class ColumnCorpus final : public CorpusBase {
 public:
  ColumnCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    std::string line;
    std::vector<Word> fields;
    while (fields.empty() && lines().next(line))
      if (!line.starts_with(document)) fields = split_words(line);
    if (!fields.empty()) columns_ = names_of_columns(fields.size(), lines().where());
    std::vector<std::string> sets;
    for (const std::string& name : columns_) {
      sets.push_back(name);
      if (has_type(name)) sets.push_back(name + ".type");
    }
    set_label_sets(std::move(sets), {});
    rewind();
  }

 protected:
  bool read(Sentence& sentence) override {
    sentence.word_labels.resize(word_label_sets().size());
    std::string line;
    while (lines().next(line)) {
      const std::vector<Word> fields = split_words(line);
      if (fields.empty() || line.starts_with(document)) {
        if (!sentence.words.empty()) return true;
        continue;
      }
      if (fields.size() != columns_.size() + 1)
        throw input_error("{}: {} columns, but the first word has {}", lines().where(), fields.size(),
                          columns_.size() + 1);
      if (sentence.line == 0) sentence.line = lines().number();
      add_word(sentence, line, fields);
    }
    return !sentence.words.empty();
  }

 private:
  static constexpr const char* document = "-DOCSTART-";

  void add_word(Sentence& sentence, const std::string& line, const std::vector<Word>& fields) const {
    const auto field = [&](std::size_t f) {
      return line.substr(fields[f].begin, fields[f].end - fields[f].begin);
    };
    if (!sentence.words.empty()) sentence.text += ' ';
    const auto begin = static_cast<std::uint32_t>(sentence.text.size());
    sentence.text += field(0);
    sentence.words.push_back({begin, static_cast<std::uint32_t>(sentence.text.size())});
    std::size_t set = 0;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      sentence.word_labels[set++].push_back(field(c + 1));
      if (has_type(columns_[c])) sentence.word_labels[set++].push_back(type_of_tag(field(c + 1)));
    }
  }

  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<CorpusReader> open_columns(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<ColumnCorpus>(std::move(source), options);
}

}  // namespace neurox::io
