#include "neurox/label/supersense.h"

#include <filesystem>
#include <map>
#include <optional>

#include "neurox/label/wordnet.h"

namespace neurox::label {
namespace {

std::optional<PartOfSpeech> universal(const std::string& tag) {
  if (tag == "NOUN") return PartOfSpeech::Noun;
  if (tag == "VERB") return PartOfSpeech::Verb;
  if (tag == "ADJ") return PartOfSpeech::Adjective;
  if (tag == "ADV") return PartOfSpeech::Adverb;
  return std::nullopt;
}

std::optional<PartOfSpeech> penn(const std::string& tag) {
  if (tag == "NN" || tag == "NNS") return PartOfSpeech::Noun;
  if (tag.starts_with("VB")) return PartOfSpeech::Verb;
  if (tag.starts_with("JJ")) return PartOfSpeech::Adjective;
  if (tag.starts_with("RB")) return PartOfSpeech::Adverb;
  return std::nullopt;
}

const char* column_of_tags(const Words& words) {
  for (const char* name : {"upos", "xpos", "pos"})
    if (words.obs.find(name) != nullptr) return name;
  return nullptr;
}

}  // namespace

std::string missing_supersenses(const Words& words, const std::string& wordnet) {
  if (words.of_sentences) return "rows are sentences";
  if (column_of_tags(words) == nullptr) return "there is no part of speech (upos, xpos or pos)";
  if (!std::filesystem::exists(std::filesystem::path(wordnet) / "index.noun"))
    return wordnet + " has no WordNet; install the package wordnet-base";
  return {};
}

LabelSet supersense(const Words& words, const std::string& wordnet) {
  const std::string column = column_of_tags(words);
  const std::vector<std::string> tags = words.obs.strings(column, words.name);
  WordNet dictionary(wordnet);
  std::map<std::pair<std::string, PartOfSpeech>, std::string> known;
  std::vector<std::string> values(words.rows());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto pos = column == "upos" ? universal(tags[i]) : penn(tags[i]);
    if (!pos || !words.labelled[i]) continue;
    const auto [at, is_new] = known.try_emplace({words.text[i], *pos});
    if (is_new) at->second = dictionary.supersense(words.text[i], *pos);
    values[i] = at->second;
  }
  return {"supersense", std::move(values), "auto"};
}

}  // namespace neurox::label
