#include <algorithm>

#include "neurox/core/hash.h"
#include "neurox/core/nearest.h"
#include "neurox/text/tokenizer_files.h"
#include "neurox/text/unicode.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace fs = std::filesystem;
namespace {

/// Tokens and ids of vocab.txt (line n, from 0, is id n) or vocab.json.
nlohmann::json vocabulary_of(const fs::path& file, const std::string& content) {
  if (file.extension() == ".json") return parse_json(content, file.string());
  nlohmann::json out = nlohmann::json::object();
  std::int32_t id = 0;
  for (std::size_t begin = 0; begin < content.size(); ++id) {
    std::size_t end = content.find('\n', begin);
    if (end == std::string::npos) end = content.size();
    std::string token = content.substr(begin, end - begin);
    if (token.ends_with('\r')) token.pop_back();
    if (const auto bad = first_invalid_utf8(token))
      throw input_error("{}:{}: byte {} is not UTF-8", file.string(), id + 1, *bad);
    out[token] = id;
    begin = end + 1;
  }
  if (out.empty()) throw input_error("{}: no tokens", file.string());
  return out;
}

/// `<unk>` and the like are names, no words.
bool is_name(const std::string& token) {
  return token.size() > 2 &&
         ((token.front() == '<' && token.back() == '>') || (token.front() == '[' && token.back() == ']'));
}

/// What the vocabulary itself says of how words were made.
struct Traits {
  bool characters = true;  ///< every entry is one character
  bool capitals = false;   ///< some entry has a capital letter
};

Traits traits_of(const nlohmann::json& vocabulary) {
  Traits out;
  for (const auto& [token, id] : vocabulary.items()) {
    if (is_name(token)) continue;
    out.characters =
        out.characters && CodePoints(token).at_byte(static_cast<std::uint32_t>(token.size())) == 1;
    AlignedText lower(token, 0);
    lower.lowercase();
    out.capitals = out.capitals || lower.text() != token;
  }
  return out;
}

bool has_stand_ins(const nlohmann::json& vocabulary) {
  for (const auto& [token, id] : vocabulary.items())
    if (token.starts_with("<unk:")) return true;
  return false;
}

}  // namespace

nlohmann::json read_word_settings(const fs::path& script) {
  fs::path file = script;
  file.replace_extension(".neurox.json");
  if (!fs::exists(file)) return nlohmann::json::object();
  return parse_json(read_file(file.string()), file.string());
}

nlohmann::json word_finder(const std::string& words) {
  if (words == "spaces") return {{"type", "WhitespaceSplit"}};
  const bool characters = words == "characters";
  return {{"type", "Split"},
          {"pattern", {{"Regex", characters ? R"([\s\S])" : words}}},
          {"behavior", characters ? "Isolated" : "Removed"},
          {"invert", !characters}};
}

TokenizerParts read_tokenizer_beside(const fs::path& script) {
  const fs::path folder = script.parent_path();
  if (fs::exists(folder / "tokenizer.json")) return read_tokenizer(folder / "tokenizer.json");
  const fs::path file = fs::exists(folder / "vocab.txt") ? folder / "vocab.txt" : folder / "vocab.json";
  if (!fs::exists(file))
    throw input_error(
        "{}: no vocabulary beside it: put vocab.txt (line n is id n, from 0), vocab.json (token to id) or "
        "tokenizer.json into {}",
        script.string(), folder.empty() ? "." : folder.string());
  const std::string content = read_file(file.string());
  const nlohmann::json vocabulary = vocabulary_of(file, content);
  const nlohmann::json settings = read_word_settings(script);
  const JsonValue said(settings, script.stem().string() + ".neurox.json");
  const Traits traits = traits_of(vocabulary);

  std::string words = traits.characters ? "characters" : R"([\w']+|[^\w\s])";
  if (const auto value = said.find("words")) words = value->string();
  nlohmann::json tokenizer{{"model", {{"type", "WordLevel"}, {"vocab", vocabulary}}}};
  std::string unknown;
  if (const auto value = said.find("unknown")) {
    unknown = value->string();
    if (!vocabulary.contains(unknown))
      throw value->error(fmt::format("{} has no \"{}\"", file.string(), unknown));
  } else {
    for (const char* usual : {"<unk>", "[UNK]", "<UNK>", "UNK"})
      if (unknown.empty() && vocabulary.contains(usual)) unknown = usual;
  }
  tokenizer["model"]["unk_token"] = unknown;
  if (said.boolean_or("lowercase", !traits.capitals)) tokenizer["normalizer"] = {{"type", "Lowercase"}};
  tokenizer["pre_tokenizer"] = word_finder(words);

  TokenizerParts parts;
  const JsonValue built(tokenizer, file.string());
  parts.model = unknown.empty() && has_stand_ins(vocabulary)
                    ? make_shaped_words(read_vocabulary(JsonValue(vocabulary, file.string())))
                    : read_word_model(built.at("model"));
  if (const auto step = built.find("normalizer")) parts.normalizer = read_normalizer(*step);
  parts.pre_tokenizer = read_pre_tokenizer(built.at("pre_tokenizer"));
  // Nothing stands between characters, a space between words.
  if (words == "characters") parts.decoder = [](std::vector<std::string>&) {};
  find_roles(folder, nullptr, parts);
  tokenizer["model"].erase("vocab");
  parts.fingerprint = sha256(sha256(content) + "  " + tokenizer.dump());
  return parts;
}

}  // namespace neurox::text
