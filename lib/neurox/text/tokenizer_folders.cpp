#include <algorithm>

#include "neurox/core/hash.h"
#include "neurox/text/tokenizer_files.h"

namespace neurox::text {
namespace fs = std::filesystem;
namespace {

/// A member of tokenizer_config.json, or a default.
bool switch_of(const nlohmann::json& config, const char* key, bool otherwise) {
  return config.is_object() && config.contains(key) && config[key].is_boolean() ? config[key].get<bool>()
                                                                                : otherwise;
}

std::string token_of(const nlohmann::json& config, const char* key, const char* otherwise) {
  if (!config.is_object() || !config.contains(key)) return otherwise;
  const nlohmann::json& value = config[key];
  if (value.is_object() && value.contains("content") && value["content"].is_string())
    return value["content"].get<std::string>();
  return value.is_string() ? value.get<std::string>() : otherwise;
}

std::vector<std::string> lines_of(const std::string& content) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < content.size();) {
    std::size_t end = content.find('\n', begin);
    if (end == std::string::npos) end = content.size();
    std::string line = content.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

AddedToken special(const std::string& content) {
  AddedToken token;
  token.content = content;
  token.special = true;
  return token;
}

/// Added tokens of tokenizer_config.json (`added_tokens_decoder`, by id), else those given.
std::vector<AddedToken> added_tokens(const nlohmann::json& config, std::vector<AddedToken> otherwise) {
  if (!config.is_object() || !config.contains("added_tokens_decoder") ||
      !config["added_tokens_decoder"].is_object())
    return otherwise;
  std::vector<std::pair<std::int64_t, AddedToken>> by_id;
  for (const auto& [id, value] : config["added_tokens_decoder"].items()) {
    if (!value.is_object() || !value.contains("content") || !value["content"].is_string()) continue;
    AddedToken token;
    token.content = value["content"].get<std::string>();
    token.single_word = switch_of(value, "single_word", false);
    token.lstrip = switch_of(value, "lstrip", false);
    token.rstrip = switch_of(value, "rstrip", false);
    token.normalized = switch_of(value, "normalized", true);
    token.special = switch_of(value, "special", false);
    by_id.emplace_back(std::strtoll(id.c_str(), nullptr, 10), std::move(token));
  }
  std::stable_sort(by_id.begin(), by_id.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<AddedToken> tokens;
  tokens.reserve(by_id.size());
  for (auto& [id, token] : by_id) tokens.push_back(std::move(token));
  return tokens;
}

std::string fingerprint_of(const fs::path& folder, std::initializer_list<const char*> names) {
  std::string lines;
  for (const char* name : names)
    if (fs::exists(folder / name)) lines += fmt::format("{}  {}\n", sha256_file(folder / name), name);
  return sha256(lines);
}

std::int32_t need(const TokenizerParts& parts, const std::string& token, const fs::path& file) {
  const auto id = parts.id_of(token);
  if (!id) throw input_error("{}: the vocabulary has no \"{}\"", file.string(), token);
  return *id;
}

}  // namespace

TokenizerParts read_word_piece_folder(const fs::path& folder, const nlohmann::json& config) {
  const fs::path file = folder / "vocab.txt";
  Vocabulary vocabulary;
  std::int32_t line = 0;
  for (const std::string& token : lines_of(read_file(file.string()))) vocabulary.add(token, line++);
  if (line == 0) throw input_error("{}: no tokens", file.string());

  BertNormalization how;
  how.lowercase = switch_of(config, "do_lower_case", true);
  how.handle_chinese_chars = switch_of(config, "tokenize_chinese_chars", true);
  how.strip_accents = switch_of(config, "strip_accents", how.lowercase);
  WordPieceOptions options;
  options.unknown_token = token_of(config, "unk_token", "[UNK]");
  const std::string cls = token_of(config, "cls_token", "[CLS]"),
                    sep = token_of(config, "sep_token", "[SEP]");

  TokenizerParts parts;
  parts.normalizer = [how](AlignedText& text) { normalize_bert(how, text); };
  parts.pre_tokenizer = pre_tokenize_bert;
  parts.model = make_word_piece(std::move(vocabulary), options);
  std::vector<AddedToken> specials;
  for (const std::string& token : {options.unknown_token, sep, token_of(config, "pad_token", "[PAD]"), cls,
                                   token_of(config, "mask_token", "[MASK]")})
    if (parts.id_of(token)) specials.push_back(special(token));
  parts.added =
      AddedTokens(added_tokens(config, std::move(specials)), parts.model->vocabulary(), parts.normalizer);
  parts.post_processor = bert_processor({cls, sep, need(parts, cls, file), need(parts, sep, file)});
  parts.decoder = [](std::vector<std::string>& tokens) { decode_word_piece({}, tokens); };
  parts.fingerprint = fingerprint_of(folder, {"vocab.txt", "tokenizer_config.json"});
  return parts;
}

TokenizerParts read_byte_level_bpe_folder(const fs::path& folder, const nlohmann::json& config) {
  const std::string file = (folder / "vocab.json").string(), merges = (folder / "merges.txt").string();
  const nlohmann::json tree = parse_json(read_file(file), file);
  Vocabulary vocabulary = read_vocabulary(JsonValue(tree, file));

  BpeOptions options;
  std::size_t number = 0;
  for (const std::string& line : lines_of(read_file(merges))) {
    ++number;
    if (line.starts_with("#version") || line.empty()) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos)
      throw input_error("{}:{}: two parts with a space between are expected, \"{}\" was found", merges,
                        number, line);
    options.merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  TokenizerParts parts;
  try {
    parts.model = make_bpe(std::move(vocabulary), std::move(options));
  } catch (const Error& e) {
    throw input_error("{}: {}", merges, e.what());
  }

  const std::string named = token_of(config, "tokenizer_class", "");
  const bool roberta = named.find("Roberta") != std::string::npos ||
                       (named.empty() && parts.id_of("<s>") && parts.id_of("</s>") && parts.id_of("<mask>"));
  ByteLevelOptions bytes;
  bytes.add_prefix_space = switch_of(config, "add_prefix_space", false);
  parts.pre_tokenizer = [bytes](PieceText& text) { pre_tokenize_byte_level(bytes, text); };
  parts.decoder = decode_byte_level;
  std::vector<AddedToken> specials;
  if (roberta) {
    const std::string cls = token_of(config, "cls_token", "<s>"), sep = token_of(config, "sep_token", "</s>");
    for (const std::string& token :
         {cls, token_of(config, "pad_token", "<pad>"), sep, token_of(config, "unk_token", "<unk>")})
      if (parts.id_of(token)) specials.push_back(special(token));
    AddedToken mask = special(token_of(config, "mask_token", "<mask>"));
    mask.lstrip = true;
    if (parts.id_of(mask.content)) specials.push_back(mask);
    RobertaOptions how;
    how.ends = {cls, sep, need(parts, cls, file), need(parts, sep, file)};
    how.trim_offsets = switch_of(config, "trim_offsets", true);
    how.add_prefix_space = bytes.add_prefix_space;
    parts.post_processor = roberta_processor(how);
  } else {
    for (const char* key : {"unk_token", "bos_token", "eos_token"})
      if (const std::string token = token_of(config, key, "<|endoftext|>"); parts.id_of(token))
        specials.push_back(special(token));
  }
  parts.added =
      AddedTokens(added_tokens(config, std::move(specials)), parts.model->vocabulary(), parts.normalizer);
  parts.fingerprint = fingerprint_of(folder, {"vocab.json", "merges.txt", "tokenizer_config.json"});
  return parts;
}

}  // namespace neurox::text
