#include "neurox/label/words.h"

#include <algorithm>
#include <optional>

#include "neurox/core/error.h"

namespace neurox::label {
namespace {

std::vector<std::int32_t> whole_numbers(const io::Table& table, const std::string& column,
                                        const std::string& where) {
  if (table.find(column) == nullptr) return {};
  const std::vector<double> numbers = table.numbers(column, where);
  return {numbers.begin(), numbers.end()};
}

std::string joined(const std::string& first, const std::string& second) {
  return second.empty() ? first : first + ' ' + second;
}

/// Fills in `groups` from the rows that take labels.
void group_rows(Words& words, const std::vector<std::int32_t>& sequence) {
  std::optional<std::pair<std::int32_t, std::int32_t>> last;
  for (std::size_t i = 0; i < words.rows(); ++i) {
    if (!words.labelled[i]) continue;
    const std::pair text{words.sentence[i], sequence.empty() ? 0 : sequence[i]};
    if (last != text) words.groups.emplace_back();
    words.groups.back().push_back(i);
    last = text;
  }
}

/// Columns of the words of a corpus as they grow.
struct Rows {
  std::vector<std::string> token;
  std::vector<std::int32_t> sentence, position, sequence;
  std::vector<std::vector<std::string>> labels;

  void add(std::string_view word, std::int32_t in_sentence, std::int32_t at, std::int32_t in_text) {
    token.emplace_back(word);
    sentence.push_back(in_sentence);
    position.push_back(at);
    sequence.push_back(in_text);
  }
};

void add_sentence(const io::Sentence& sentence, std::int32_t index, Unit unit, Rows& rows) {
  const std::size_t sets = sentence.word_labels.size();
  if (unit == Unit::Sentence) {
    rows.add("", index, -1, 0);
  } else {
    for (std::size_t w = 0; w < sentence.words.size(); ++w)
      rows.add(sentence.word(w), index, static_cast<std::int32_t>(w), 0);
    std::int32_t position = 0;
    for (const io::Word& word : io::second_words(sentence))
      rows.add(std::string_view(sentence.second).substr(word.begin, word.end - word.begin), index, position++,
               1);
    for (std::size_t s = 0; s < sets; ++s)
      rows.labels[s].insert(rows.labels[s].end(), sentence.word_labels[s].begin(),
                            sentence.word_labels[s].end());
  }
  for (std::size_t s = 0; s < rows.labels.size(); ++s)
    rows.labels[s].resize(rows.token.size(), s < sets ? std::string() : sentence.sentence_labels[s - sets]);
}

}  // namespace

Words words_of(const io::ActivationReader& file) {
  Words words;
  words.name = file.name();
  words.texts = file.sentences();
  words.second_texts = file.second_sentences();
  const auto rows = static_cast<std::size_t>(file.rows());
  for (const io::Column& column : file.obs().columns)
    if (column.name != "status") words.obs.add(column.name, column.data);
  words.obs.rows = file.rows();
  const std::string unit = file.provenance().settings.value("unit", std::string());
  words.of_sentences = unit == "sentence";
  words.of_pieces = unit == "token";

  words.sentence = whole_numbers(file.obs(), "sentence", words.name);
  if (words.sentence.empty()) words.sentence.assign(rows, 0);
  for (const std::int32_t s : words.sentence)
    if (!words.texts.empty() && (s < 0 || static_cast<std::size_t>(s) >= words.texts.size()))
      throw input_error("{}: a row of sentence {}, but there are {}", words.name, s, words.texts.size());
  words.labelled.assign(rows, true);
  if (file.obs().find("status") != nullptr) {
    const std::vector<std::string> status = file.obs().strings("status", words.name);
    for (std::size_t i = 0; i < rows; ++i) words.labelled[i] = status[i] != "special";
  }
  words.text.resize(rows);
  if (words.of_sentences && !words.texts.empty()) {
    for (std::size_t i = 0; i < rows; ++i) {
      const auto s = static_cast<std::size_t>(words.sentence[i]);
      words.text[i] = joined(words.texts[s], s < words.second_texts.size() ? words.second_texts[s] : "");
    }
  } else if (file.obs().find("token") != nullptr) {
    words.text = file.obs().strings("token", words.name);
  } else {
    throw input_error("{}: has no tokens to label", words.name);
  }
  group_rows(words, whole_numbers(file.obs(), "sequence", words.name));
  return words;
}

void add_columns(Words& words, const io::LabelColumns& columns) {
  for (const std::string& name : columns.names()) {
    if (words.obs.find(name) != nullptr) continue;
    if (columns.is_number(name))
      words.obs.add(name, columns.numbers(name));
    else
      words.obs.add(name, columns.categories(name));
  }
}

Words words_of(io::CorpusReader& corpus, Unit unit) {
  Words words;
  words.name = corpus.name();
  words.of_sentences = unit == Unit::Sentence;
  std::vector<std::string> sets;
  if (unit == Unit::Word) sets = corpus.word_label_sets();
  sets.insert(sets.end(), corpus.sentence_label_sets().begin(), corpus.sentence_label_sets().end());
  Rows rows;
  rows.labels.resize(sets.size());
  bool pairs = false;
  while (std::optional<io::Sentence> sentence = corpus.next()) {
    const auto index = static_cast<std::int32_t>(words.texts.size());
    if (unit == Unit::Sentence) sentence->word_labels.clear();
    add_sentence(*sentence, index, unit, rows);
    pairs = pairs || !sentence->second.empty();
    if (unit == Unit::Sentence) words.text.push_back(joined(sentence->text, sentence->second));
    words.texts.push_back(std::move(sentence->text));
    words.second_texts.push_back(std::move(sentence->second));
    words.comments.push_back(std::move(sentence->comments));
  }
  if (!pairs) words.second_texts.clear();
  if (unit == Unit::Word) words.text = rows.token;
  words.sentence = rows.sentence;
  words.labelled.assign(words.rows(), true);
  group_rows(words, rows.sequence);
  words.obs.add("token", io::categorical(rows.token));
  words.obs.add("sentence", std::move(rows.sentence));
  words.obs.add("position", std::move(rows.position));
  if (pairs) words.obs.add("sequence", std::move(rows.sequence));
  for (std::size_t s = 0; s < sets.size(); ++s) words.obs.add(sets[s], io::categorical(rows.labels[s]));
  return words;
}

}  // namespace neurox::label
