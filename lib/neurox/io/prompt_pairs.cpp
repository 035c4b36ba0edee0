#include "neurox/io/prompt_pairs.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/io/line_reader.h"

namespace neurox::io {
namespace {

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r") == std::string::npos;
}

std::string filled(const std::string& pattern, const std::string& word) {
  const std::size_t at = pattern.find("{}");
  return pattern.substr(0, at) + word + pattern.substr(at + 2);
}

}  // namespace

PromptPair PromptPair::turned() const {
  PromptPair out = *this;
  std::swap(out.base_candidate, out.counterfactual_candidate);
  std::swap(out.counterfactual, out.other_counterfactual);
  return out;
}

std::vector<PromptPair> read_prompt_pairs(const std::string& path) {
  LineReader lines(path);
  std::vector<PromptPair> out;
  for (std::string line; lines.next(line);) {
    if (is_blank(line)) continue;
    const nlohmann::json object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) throw input_error("{}: is no JSON object", lines.where());
    PromptPair pair;
    pair.line = lines.number();
    const std::array<std::pair<const char*, std::string*>, 6> members{
        {{"base", &pair.base},
         {"counterfactual", &pair.counterfactual},
         {"base_candidate", &pair.base_candidate},
         {"counterfactual_candidate", &pair.counterfactual_candidate},
         {"class", &pair.class_name},
         {"target", &pair.target}}};
    for (const auto& [key, value] : members) {
      const auto it = object.find(key);
      if (it != object.end() && it->is_string()) *value = it->get<std::string>();
      if (value != &pair.class_name && value != &pair.target && is_blank(*value))
        throw input_error(
            "{}: no text under '{}'; a pair has base, counterfactual, base_candidate and "
            "counterfactual_candidate",
            lines.where(), key);
    }
    if (const auto it = object.find("joined"); it != object.end()) {
      if (!it->is_boolean())
        throw input_error("{}: 'joined' is {}, not true or false", lines.where(), it->dump());
      pair.joined = it->get<bool>();
    }
    if (pair.base == pair.counterfactual)
      throw input_error("{}: base and counterfactual are the same: {}", lines.where(), pair.base);
    if (pair.base_candidate == pair.counterfactual_candidate)
      throw input_error("{}: both candidates are '{}'", lines.where(), pair.base_candidate);
    out.push_back(std::move(pair));
  }
  if (out.empty()) throw input_error("{}: holds no pairs of prompts", path);
  return out;
}

std::vector<Counterpart> parse_counterparts(const std::string& text) {
  std::vector<Counterpart> out;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(',', from), text.size());
    const std::string part = text.substr(from, end - from);
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == part.size())
      throw usage_error("counterparts '{}': '{}' is not WORD=CANDIDATE; write man=he,woman=she", text, part);
    out.push_back({part.substr(0, equals), part.substr(equals + 1)});
    from = end + 1;
  }
  if (out.size() != 2 || out[0].word == out[1].word || out[0].candidate == out[1].candidate)
    throw usage_error("counterparts '{}': must be two different ones; write man=he,woman=she", text);
  return out;
}

std::vector<PromptPair> pairs_of_templates(const std::vector<std::string>& templates,
                                           const std::string& words,
                                           const std::vector<Counterpart>& counterparts) {
  for (const std::string& pattern : templates)
    if (pattern.find("{}") == std::string::npos)
      throw usage_error("template '{}': has no {{}}, the place of the word", pattern);
  struct Word {
    std::string text;
    int counterpart;  // -1: none is named
    std::int64_t line;
  };
  std::vector<Word> list;
  LineReader lines(words);
  for (std::string line; lines.next(line);) {
    if (is_blank(line) || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    Word word{line.substr(0, tab), -1, lines.number()};
    if (tab != std::string::npos) {
      const std::string name = line.substr(tab + 1);
      for (std::size_t k = 0; k < counterparts.size(); ++k)
        if (counterparts[k].word == name) word.counterpart = static_cast<int>(k);
      if (word.counterpart < 0)
        throw input_error("{}: '{}' is no counterpart; they are {} and {}", lines.where(), name,
                          counterparts[0].word, counterparts[1].word);
    }
    for (const Counterpart& other : counterparts)
      if (other.word == word.text)
        throw input_error("{}: '{}' is itself a counterpart", lines.where(), word.text);
    list.push_back(std::move(word));
  }
  if (list.empty()) throw input_error("{}: holds no words", words);
  std::vector<PromptPair> out;
  for (const std::string& pattern : templates)
    for (const Word& word : list) {
      const bool second = word.counterpart == 1;
      const Counterpart& to = counterparts[second ? 1 : 0];
      const Counterpart& from = counterparts[second ? 0 : 1];
      PromptPair pair;
      pair.base = filled(pattern, word.text);
      pair.counterfactual = filled(pattern, to.word);
      pair.base_candidate = from.candidate;
      pair.counterfactual_candidate = to.candidate;
      if (word.counterpart < 0)
        pair.other_counterfactual = filled(pattern, from.word);
      else
        pair.class_name = to.word;
      pair.line = word.line;
      out.push_back(std::move(pair));
    }
  return out;
}

}  // namespace neurox::io
