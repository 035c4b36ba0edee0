#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/io/corpus_base.h"

namespace neurox::io {
namespace {

/// NP of `NP-SBJ-1` and `NP=2`; `-NONE-` and `-LRB-` stay.
std::string category_of(const std::string& label) {
  if (label.starts_with('-')) return label;
  return label.substr(0, label.find_first_of("-=|"));
}

/// A word as it stood in the text.
std::string unescaped(const std::string& word) {
  static constexpr std::array<std::pair<std::string_view, char>, 6> brackets = {
      {{"-LRB-", '('}, {"-RRB-", ')'}, {"-LSB-", '['}, {"-RSB-", ']'}, {"-LCB-", '{'}, {"-RCB-", '}'}}};
  for (const auto& [name, bracket] : brackets)
    if (word == name) return {bracket};
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (word[i] != '\\' || i + 1 == word.size() || (word[i + 1] != '/' && word[i + 1] != '*')) out += word[i];
  return out;
}

/// A bracket of a tree: a phrase over words, or the tag of one word.
struct Bracket {
  std::string label;
  std::size_t first = 0;  ///< words before it
  bool has_children = false, has_word = false;
};

/// Trees in brackets, as treebanks in the style of Penn have them, over any number of lines.
class TreeCorpus final : public CorpusBase {
 public:
  TreeCorpus(CorpusSource source, const CorpusOptions& options) : CorpusBase(std::move(source), options) {
    set_label_sets({"pos", "phrase", "begins", "ends", "depth", "opens", "closes"}, {});
  }

 protected:
  void restart() override { line_.clear(), at_ = 0; }

  bool read(Sentence& sentence) override {
    while (read_tree(sentence)) {
      if (!sentence.words.empty()) return true;
      skip();  // nothing but traces
    }
    return false;
  }

 private:
  enum Set { Pos, Phrase, Begins, Ends, Depth, Opens, Closes };

  bool read_tree(Sentence& sentence) {
    sentence = Sentence();
    sentence.word_labels.resize(Closes + 1);
    std::vector<Bracket> open;
    for (std::string part; next_part(part);) {
      if (part == "(") {
        if (open.empty()) sentence.line = lines().number();
        if (!open.empty()) {
          if (open.back().has_word)
            throw input_error("{}: a bracket with a word and a bracket in it", lines().where());
          open.back().has_children = true;
        }
        open.push_back({{}, sentence.words.size()});
        label_expected_ = true;
        continue;
      }
      if (open.empty())
        throw input_error("{}: '{}' outside of any tree; are brackets missing?", lines().where(), part);
      if (part == ")") {
        close(open, sentence);
        if (open.empty()) return true;
      } else if (label_expected_) {
        open.back().label = part;
      } else {
        add_word(open, sentence, part);
      }
      label_expected_ = false;
    }
    if (!open.empty())
      throw input_error("{}:{}: a bracket that opens here is never closed", name(), sentence.line);
    return false;
  }

  /// A bracket, or what stands between brackets and white space; false at the end of the file.
  bool next_part(std::string& part) {
    constexpr std::string_view blanks = " \t";
    while ((at_ = line_.find_first_not_of(blanks, at_)) == std::string::npos) {
      at_ = 0;
      if (!lines().next(line_)) return line_.clear(), false;
    }
    const std::size_t end = line_[at_] == '(' || line_[at_] == ')'
                                ? at_ + 1
                                : std::min(line_.find_first_of(" \t()", at_), line_.size());
    part = line_.substr(at_, end - at_);
    at_ = end;
    return true;
  }

  void add_word(std::vector<Bracket>& open, Sentence& sentence, const std::string& word) const {
    Bracket& tag = open.back();
    if (tag.has_children || tag.has_word)
      throw input_error(
          "{}: '{}' beside a bracket or word of the same bracket; a word stands alone in its tag",
          lines().where(), word);
    tag.has_word = true;
    if (tag.label == "-NONE-") return;  // a trace
    if (!sentence.words.empty()) sentence.text += ' ';
    const auto begin = static_cast<std::uint32_t>(sentence.text.size());
    sentence.text += unescaped(word);
    sentence.words.push_back({begin, static_cast<std::uint32_t>(sentence.text.size())});
    const bool in_phrase = open.size() > 1 && !open[open.size() - 2].label.empty();
    // The root says nothing: it has no label, or one that every tree has.
    const std::size_t phrases = open.size() - 1 - (open.size() > 1 && is_root(open.front().label) ? 1 : 0);
    sentence.word_labels[Pos].push_back(category_of(tag.label));
    sentence.word_labels[Phrase].push_back(in_phrase && phrases > 0 ? category_of(open[open.size() - 2].label)
                                                                    : "");
    sentence.word_labels[Begins].emplace_back();
    sentence.word_labels[Ends].emplace_back();
    sentence.word_labels[Depth].push_back(std::to_string(phrases));
    sentence.word_labels[Opens].emplace_back();
    sentence.word_labels[Closes].emplace_back();
  }

  static bool is_root(const std::string& label) { return label.empty() || label == "ROOT" || label == "TOP"; }

  void close(std::vector<Bracket>& open, Sentence& sentence) const {
    const Bracket bracket = std::move(open.back());
    open.pop_back();
    if (!bracket.has_word && !bracket.has_children)
      throw input_error("{}: a bracket with nothing in it", lines().where());
    // Brackets close from the smallest to the largest: the last to write is the largest.
    if (bracket.has_word || bracket.first == sentence.words.size() ||
        (open.empty() && is_root(bracket.label)))
      return;
    sentence.word_labels[Begins][bracket.first] = category_of(bracket.label);
    sentence.word_labels[Ends].back() = category_of(bracket.label);
    std::string& opens = sentence.word_labels[Opens][bracket.first];
    opens = category_of(bracket.label) + (opens.empty() ? "" : " " + opens);
    std::string& closes = sentence.word_labels[Closes].back();
    closes = std::to_string((closes.empty() ? 0 : std::stoi(closes)) + 1);
  }

  std::string line_;
  std::size_t at_ = 0;
  bool label_expected_ = false;
};

}  // namespace

std::unique_ptr<CorpusReader> open_trees(CorpusSource source, const CorpusOptions& options) {
  return std::make_unique<TreeCorpus>(std::move(source), options);
}

}  // namespace neurox::io
