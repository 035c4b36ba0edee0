#include <map>
#include <string_view>
#include <utility>

#include "neurox/label/text_features.h"
#include "neurox/text/utf8.h"

namespace neurox::label {
namespace {

/// The kind of pair that a mark opens (a bit, or 0), and the kinds that it closes.
struct Mark {
  unsigned opens, closes;
};
using Marks = std::map<char32_t, Mark>;

const Marks& quotation_marks() {
  // A straight mark closes what a straight one opened; “ opens, and closes the German „.
  constexpr unsigned straight = 1, high = 2, low = 4, angle = 8;
  static const Marks marks{{U'"', {straight, straight}}, {U'“', {high, low}},
                           {U'”', {0, high | low}},      {U'„', {low, 0}},
                           {U'«', {angle, 0}},           {U'»', {0, angle}}};
  return marks;
}

const Marks& brackets() {
  static const Marks marks{{U'(', {1, 0}}, {U')', {0, 1}}, {U'[', {2, 0}},
                           {U']', {0, 2}}, {U'{', {4, 0}}, {U'}', {0, 4}}};
  return marks;
}

/// A word of treebanks that stands for a mark.
std::string_view plain(std::string_view word) {
  static const std::map<std::string_view, std::string_view> names{
      {"``", "“"},    {"''", "”"},    {"-LRB-", "("}, {"-RRB-", ")"},
      {"-LSB-", "["}, {"-RSB-", "]"}, {"-LCB-", "{"}, {"-RCB-", "}"}};
  const auto at = names.find(word);
  return at == names.end() ? word : at->second;
}

/// A character of a text, and the word that it is in.
struct Place {
  std::size_t word;
  char32_t c;
};

/// Marks the words (by their place in the text) that have a character between two marks of a pair.
void enclose(const std::vector<Place>& text, const Marks& marks, std::vector<bool>& inside) {
  std::vector<std::pair<unsigned, std::size_t>> open;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto found = marks.find(text[i].c);
    if (found == marks.end()) continue;
    const Mark mark = found->second;
    // The nearest mark that is open and fits; what was opened behind it has no partner.
    std::size_t partner = open.size();
    while (partner > 0 && (open[partner - 1].first & mark.closes) == 0) --partner;
    if (partner > 0) {
      for (std::size_t j = open[partner - 1].second + 1; j < i; ++j)
        if (!marks.contains(text[j].c)) inside[text[j].word] = true;
      open.resize(partner - 1);
    } else if (mark.opens != 0) {
      open.emplace_back(mark.opens, i);
    }
  }
}

LabelSet enclosed(const Words& words, const char* name, const Marks& marks) {
  std::vector<std::string> values(words.rows());
  for (const std::vector<std::size_t>& group : words.groups) {
    std::vector<Place> text;
    for (std::size_t w = 0; w < group.size(); ++w) {
      const std::string_view word = plain(words.text[group[w]]);
      for (std::size_t at = 0; at < word.size();) text.push_back({w, text::next_code_point(word, at)});
    }
    std::vector<bool> inside(group.size());
    enclose(text, marks, inside);
    for (std::size_t w = 0; w < group.size(); ++w) values[group[w]] = inside[w] ? name : other_class;
  }
  return {name, std::move(values), "auto"};
}

}  // namespace

LabelSet quoted(const Words& words) {
  return enclosed(words, "quoted", quotation_marks());
}

LabelSet bracketed(const Words& words) {
  return enclosed(words, "bracketed", brackets());
}

}  // namespace neurox::label
