#include "neurox/text/tokenizer_files.h"

#include <algorithm>
#include <limits>

#include "neurox/core/gguf_file.h"
#include "neurox/core/hash.h"
#include "neurox/text/gguf_tokenizer.h"
#include "neurox/text/sentencepiece_model.h"

namespace neurox::text {
namespace fs = std::filesystem;
namespace {

nlohmann::json read_config(const fs::path& folder) {
  const fs::path file = folder / "tokenizer_config.json";
  if (!fs::exists(file)) return nullptr;
  return parse_json(read_file(file.string()), file.string());
}

/// The names that sentencepiece models go by in folders.
std::optional<fs::path> find_sentencepiece(const fs::path& folder) {
  for (const char* name : {"tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"})
    if (fs::exists(folder / name)) return folder / name;
  return std::nullopt;
}

TokenizerParts read_sentencepiece_folder(const fs::path& file) {
  const fs::path config = file.parent_path() / "config.json";
  std::string family;
  if (fs::exists(config)) {
    const nlohmann::json tree = parse_json(read_file(config.string()), config.string());
    if (tree.is_object() && tree.contains("model_type") && tree["model_type"].is_string())
      family = tree["model_type"].get<std::string>();
  }
  return read_tokenizer_tree(tokenizer_json(SentencePieceModel::load(file), family, file), file);
}

/// Strings of a role in a config: plain, or an object with `content`.
std::optional<std::string> named_token(const nlohmann::json& config, const std::string& key) {
  if (!config.is_object() || !config.contains(key)) return std::nullopt;
  const nlohmann::json& value = config[key];
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("content") && value["content"].is_string())
    return value["content"].get<std::string>();
  return std::nullopt;
}

}  // namespace

TokenizerParts read_tokenizer_tree(const nlohmann::json& tree, const fs::path& file) {
  const JsonValue json(tree, file.string());
  TokenizerParts parts;
  if (const auto version = json.find("version"); version && version->string() != "1.0")
    throw version->error(fmt::format(R"(version "1.0" is expected, "{}" was found)", version->string()));
  parts.model = read_word_model(json.at("model"));
  if (const auto step = json.find("normalizer")) parts.normalizer = read_normalizer(*step);
  if (const auto step = json.find("pre_tokenizer")) parts.pre_tokenizer = read_pre_tokenizer(*step);
  if (const auto step = json.find("post_processor")) parts.post_processor = read_post_processor(*step);
  if (const auto step = json.find("decoder")) parts.decoder = read_decoder(*step);
  if (const auto added = json.find("added_tokens"))
    parts.added = AddedTokens(read_added_tokens(*added), parts.model->vocabulary(), parts.normalizer);
  if (const auto truncation = json.find("truncation"))
    parts.file_max_length = truncation->at("max_length").natural();
  parts.fingerprint = sha256_file(file);
  return parts;
}

std::optional<std::int32_t> TokenizerParts::id_of(std::string_view token) const {
  if (const auto id = added.id_of(token)) return id;
  const std::int32_t id = model->vocabulary().find(token);
  return id < 0 ? std::nullopt : std::optional(id);
}

void find_roles(const fs::path& folder, const nlohmann::json& config, TokenizerParts& parts) {
  nlohmann::json map;
  if (const fs::path file = folder / "special_tokens_map.json"; fs::exists(file))
    map = parse_json(read_file(file.string()), file.string());
  struct Known {
    const char* key;
    std::vector<std::string> usual;
  };
  // <s> and </s> stand for [CLS] and [SEP] only where there is a <mask>, as in RoBERTa.
  const bool masked = parts.id_of("<mask>").has_value();
  const std::array<Known, kRoles> roles{{
      {"unk_token", {parts.model->unknown_token(), "[UNK]", "<unk>"}},
      {"mask_token", {"[MASK]", "<mask>"}},
      {"pad_token", {"[PAD]", "<pad>"}},
      {"bos_token", {"<s>", "<bos>", "<|begin_of_text|>", "<|endoftext|>"}},
      {"eos_token", {"</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"}},
      {"cls_token", {"[CLS]", masked ? "<s>" : ""}},
      {"sep_token", {"[SEP]", masked ? "</s>" : ""}},
  }};
  for (std::size_t role = 0; role < kRoles; ++role) {
    std::optional<std::string> name = named_token(config, roles[role].key);
    if (!name) name = named_token(map, roles[role].key);
    if (name) {
      parts.roles[role] = parts.id_of(*name);
      continue;
    }
    for (const std::string& usual : roles[role].usual)
      if (!usual.empty() && !parts.roles[role]) parts.roles[role] = parts.id_of(usual);
  }
}

TokenizerParts read_tokenizer(const fs::path& path, const Languages& languages) {
  const bool is_folder = fs::is_directory(path);
  const fs::path folder = is_folder ? path : path.parent_path();
  const fs::path file = is_folder ? path / "tokenizer.json" : path;
  std::optional<GgufFile> gguf;
  if (!is_folder && fs::exists(file) && GgufFile::is_one(file)) gguf = GgufFile::open(file);
  // What lies beside a GGUF file may be another model's.
  const nlohmann::json config = gguf ? gguf_roles(*gguf) : read_config(folder);
  TokenizerParts parts;
  if (gguf) {
    parts = read_tokenizer_tree(gguf_tokenizer(*gguf), file);
  } else if (fs::exists(file)) {
    parts = read_tokenizer_tree(parse_json(read_file(file.string()), file.string()), file);
  } else if (is_folder && fs::exists(path / "source.spm")) {
    parts = read_marian_folder(path);
  } else if (is_folder && fs::exists(path / "vocab.json") && fs::exists(path / "merges.txt")) {
    parts = read_byte_level_bpe_folder(path, config);
  } else if (is_folder && fs::exists(path / "vocab.json") && fs::exists(path / "sentencepiece.bpe.model")) {
    parts = read_m2m_folder(path, config);
  } else if (is_folder && fs::exists(path / "vocab.txt")) {
    parts = read_word_piece_folder(path, config);
  } else if (const auto model = is_folder ? find_sentencepiece(path) : std::nullopt) {
    parts = read_sentencepiece_folder(*model);
  } else if (is_folder) {
    throw input_error(
        "{}: no tokenizer.json, nor vocab.txt, nor vocab.json with merges.txt, nor a sentencepiece "
        "model (tokenizer.model, spiece.model, sentencepiece.bpe.model, spm.model, source.spm)",
        path.string());
  } else {
    throw input_error("{}: there is no such file or folder", path.string());
  }
  find_roles(gguf ? file : folder, config, parts);
  if (is_folder) read_target_side(folder, parts);
  if (is_folder && parts.decoder_start)
    speak(folder, config, languages, parts);
  else if (languages.given())
    throw input_error("{}: languages are a source's and a target's, which this is no model of",
                      path.string());
  if (config.is_object() && config.contains("model_max_length") && config["model_max_length"].is_number()) {
    const auto length = config["model_max_length"].get<double>();
    if (length >= 1 && length <= std::numeric_limits<int>::max())
      parts.model_max_length = static_cast<int>(length);
  }
  return parts;
}

}  // namespace neurox::text
