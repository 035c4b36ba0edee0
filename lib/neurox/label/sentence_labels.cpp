#include "neurox/label/sentence_labels.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/corpus_base.h"
#include "neurox/label/word_list.h"

namespace neurox::label {
namespace {

const std::vector<std::string>& texts_of(const Words& words, WhichText which) {
  if (words.texts.empty()) throw input_error("{}: does not hold the texts of its sentences", words.name);
  if (which == WhichText::First) return words.texts;
  if (words.second_texts.empty()) throw input_error("{}: texts do not come in pairs", words.name);
  return words.second_texts;
}

/// Per row what holds of its sentence.
std::vector<bool> to_rows(const Words& words, const std::vector<bool>& per_sentence) {
  std::vector<bool> out;
  for (const std::int32_t s : words.sentence)
    out.push_back(s >= 0 && static_cast<std::size_t>(s) < per_sentence.size() &&
                  per_sentence[static_cast<std::size_t>(s)]);
  return out;
}

std::string without_blanks_around(const std::string& text) {
  const std::vector<io::Word> parts = io::split_words(text);
  return parts.empty() ? "" : text.substr(parts.front().begin, parts.back().end - parts.front().begin);
}

std::set<std::string> folded_words(const std::string& text) {
  std::set<std::string> out;
  for (const io::Word& word : io::split_words(text))
    out.insert(lower_case(std::string_view(text).substr(word.begin, word.end - word.begin)));
  return out;
}

}  // namespace

LabelSet sentence_label_file(const Words& words, const std::string& name, const std::string& path) {
  std::vector<std::string> labels = trimmed_lines(path, true);
  std::size_t sentences = words.texts.size();
  if (sentences == 0)
    for (const std::int32_t s : words.sentence)
      sentences = std::max(sentences, static_cast<std::size_t>(s) + 1);
  if (labels.size() != sentences)
    throw input_error("{}: {} lines, but {} has {} sentences", path, labels.size(), words.name, sentences);
  return {name, carried_to_rows(words, labels), "a label for each sentence"};
}

LabelSet comment_labels(const Words& words, const std::string& name, const std::string& key,
                        const Regex* pattern) {
  std::vector<std::string> labels, keys;
  std::string value, first;
  bool found = false, any = false;
  for (const auto& comments : words.comments) {
    for (const auto& [comment, text] : comments) {
      if (comment != key) {
        if (keys.size() < 100 && std::find(keys.begin(), keys.end(), comment) == keys.end())
          keys.push_back(comment);
        continue;
      }
      value = pattern == nullptr ? text : pattern->first_match(text);
      if (!found) first = text;
      found = true, any = any || !value.empty();
    }
    labels.push_back(value);
  }
  if (!found) throw input_error("{}: no comment '# {} = ...'{}", words.name, key, did_you_mean(key, keys));
  if (!any)
    throw input_error(
        "{}: no comment '# {} = ...' has '{}' in it (the first is '{}'); nothing can be learnt of an empty "
        "concept",
        words.name, key, name, first);
  return {name, carried_to_rows(words, labels), "comment " + key};
}

LabelSet text_has(const Words& words, const std::string& name, const Regex& regex, WhichText which,
                  const std::vector<bool>& among, const std::string& source) {
  return binary_set(words, name, to_rows(words, found_in_each(regex, texts_of(words, which))), among, source);
}

LabelSet sentence_sets(const Words& words, const std::string& name, const io::ConceptSentences& sets,
                       const std::string& source) {
  std::map<std::string, const char*> side;
  for (const std::string& text : sets.positive) side[without_blanks_around(text)] = "positive";
  for (const std::string& text : sets.negative)
    if (!side.try_emplace(without_blanks_around(text), "negative").second &&
        side[without_blanks_around(text)] == std::string_view("positive"))
      throw input_error("{}: '{}' is both a positive and a negative sentence", source, text);
  std::vector<std::string> labels;
  std::int64_t positive = 0, negative = 0;
  for (const std::string& text : texts_of(words, WhichText::First)) {
    const auto at = side.find(without_blanks_around(text));
    labels.emplace_back(at == side.end() ? "" : at->second);
    if (at != side.end()) ++(labels.back() == "positive" ? positive : negative);
  }
  if (positive == 0 || negative == 0)
    throw input_error("{}: none of its {} sentences is among the {} ones of {}", words.name, labels.size(),
                      positive == 0 ? "positive" : "negative", source);
  return {name, carried_to_rows(words, labels), source};
}

std::vector<LabelSet> pair_overlap(const Words& words) {
  const std::vector<std::string>& first = texts_of(words, WhichText::First);
  const std::vector<std::string>& second = texts_of(words, WhichText::Second);
  std::vector<double> jaccard, share;
  for (std::size_t s = 0; s < first.size(); ++s) {
    const std::set<std::string> a = folded_words(first[s]), b = folded_words(second[s]);
    double both = 0;
    for (const std::string& word : a) both += b.contains(word) ? 1 : 0;
    const double alone = static_cast<double>(a.size() + b.size()) - 2 * both;
    jaccard.push_back(both + alone > 0 ? both / (both + alone) : 0);
    share.push_back(alone > 0 ? both / alone : both > 0 ? 1e30 : 0);
  }
  std::vector<double> values(words.rows(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (words.labelled[i]) values[i] = jaccard.at(static_cast<std::size_t>(words.sentence[i]));
  std::vector<LabelSet> out;
  out.push_back({"overlap", std::move(values), "words that both texts have"});
  for (const int percent : {25, 50, 75}) {
    std::vector<bool> holds;
    std::int64_t count = 0;
    for (const double x : share) {
      holds.push_back(x > percent / 100.0);
      count += holds.back() ? 1 : 0;
    }
    if (count > 0 && count < static_cast<std::int64_t>(holds.size()))
      out.push_back(binary_set(words, fmt::format("overlap{}", percent), to_rows(words, holds), {},
                               "words that both texts have"));
  }
  return out;
}

}  // namespace neurox::label
