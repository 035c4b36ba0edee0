#include "neurox/text/languages.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/core/nearest.h"
#include "neurox/text/json_reader.h"
#include "neurox/text/tokenizer_files.h"

namespace neurox::text {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

std::string member(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_string()) return {};
  return object[key].get<std::string>();
}

/// The tokenizer's class without `Fast`; empty where it has no languages.
std::string class_of(const fs::path& folder, const Json& config) {
  std::string name = member(config, "tokenizer_class");
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  if (name.empty() && fs::exists(folder / "config.json")) {
    const fs::path file = folder / "config.json";
    if (member(parse_json(read_file(file.string()), file.string()), "model_type") == "mbart")
      name = "MBartTokenizer";
    if (fs::exists(folder / "vocab.json") && fs::exists(folder / "sentencepiece.bpe.model"))
      name = "M2M100Tokenizer";
  }
  constexpr std::string_view known[] = {"MBartTokenizer", "MBart50Tokenizer", "M2M100Tokenizer",
                                        "NllbTokenizer"};
  return std::find(std::begin(known), std::end(known), name) == std::end(known) ? std::string() : name;
}

/// The token of a language.
std::string token_for(const std::string& language, const TokenizerParts& parts, const fs::path& folder) {
  for (const std::string& token : {language, "__" + language + "__"})
    if (!token.starts_with('<') && parts.id_of(token) && parts.added.is_special_content(token)) return token;
  // Codes are all special tokens that are no <...>.
  std::vector<std::string> codes;
  for (std::int32_t id = parts.added.highest_id(); id >= 0 && codes.size() < 1000; --id) {
    const std::string* token = parts.added.token_of(id);
    if (token != nullptr && parts.added.is_special_content(*token) && !token->starts_with('<'))
      codes.push_back(*token);
  }
  std::sort(codes.begin(), codes.end());
  const std::string close = nearest(language, codes);
  throw input_error("{}: the tokenizer knows no language '{}'{}", folder.string(), language,
                    !close.empty() ? "; did you mean '" + close + "'?"
                    : !codes.empty()
                        ? fmt::format("; it has {} others, {} among them", codes.size(), codes.front())
                        : "");
}

/// `before A after`, a token or nothing each.
PostProcessor around(const std::string& before, const std::vector<std::string>& after,
                     const TokenizerParts& parts, const fs::path& folder) {
  Json single = Json::array(), tokens = Json::object();
  const auto put = [&](const std::string& token) {
    const auto id = parts.id_of(token);
    if (!id) throw input_error("{}: the vocabulary has no \"{}\"", folder.string(), token);
    single.push_back({{"SpecialToken", {{"id", token}, {"type_id", 0}}}});
    tokens[token] = {{"id", token}, {"ids", {*id}}, {"tokens", {token}}};
  };
  if (!before.empty()) put(before);
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  for (const std::string& token : after) put(token);
  Json pair = single;
  pair.push_back({{"Sequence", {{"id", "B"}, {"type_id", 0}}}});
  const Json tree{
      {"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", tokens}};
  return read_post_processor(JsonValue(tree, folder.string()));
}

}  // namespace

void speak(const fs::path& folder, const Json& config, const Languages& languages, TokenizerParts& parts) {
  const std::string name = class_of(folder, config);
  if (name.empty()) {
    if (languages.given())
      throw input_error(
          "{}: its tokenizer marks no languages, but '{}' was asked for; MBart's, MBart50's, M2M100's and "
          "NLLB's do (tokenizer_class in tokenizer_config.json)",
          folder.string(), languages.source.empty() ? languages.target : languages.source);
    return;
  }
  if (!languages.given() && !parts.id_of("</s>")) return;  // a vocabulary of another kind
  const bool begins = name == "MBartTokenizer";            // the decoder, with the language itself
  const bool behind = begins || (config.is_object() && config.value("legacy_behaviour", Json()) == true);
  std::string source = languages.source;
  // M2M100's files hold no template: its source is what src_lang says, else English.
  if (source.empty() && name == "M2M100Tokenizer" && !fs::exists(folder / "tokenizer.json")) {
    source = member(config, "src_lang");
    if (source.empty()) source = "en";
  }
  if (!source.empty()) {
    const std::string token = token_for(source, parts, folder);
    parts.post_processor =
        behind ? around("", {"</s>", token}, parts, folder) : around(token, {"</s>"}, parts, folder);
  }
  std::string target = languages.target;
  if (target.empty() && !begins)
    if (const std::string usual = member(config, "tgt_lang");
        !usual.empty() && (parts.id_of(usual) || parts.id_of("__" + usual + "__")))
      target = usual;
  if (begins) parts.target_post_processor = around("", {"</s>"}, parts, folder);
  if (!target.empty()) {
    const std::string token = token_for(target, parts, folder);
    if (begins)
      parts.decoder_start = parts.id_of(token);
    else
      parts.target_post_processor = around(token, {"</s>"}, parts, folder);
    if (!languages.target.empty() && !begins) parts.target_language = parts.id_of(token);
  }
  if (languages.given())
    parts.fingerprint = sha256(
        fmt::format("{}\nsource {}\ntarget {}\n", parts.fingerprint, languages.source, languages.target));
}

}  // namespace neurox::text
