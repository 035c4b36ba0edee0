#include "neurox/text/gguf_tokenizer.h"

#include <string>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/text/sentencepiece_model.h"

namespace neurox::text {
namespace {

using Json = nlohmann::json;

const char* const keys = "tokenizer.ggml.";

Json byte_level(bool words) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", words}};
}
Json split_by(const char* regex) {
  return {{"type", "Sequence"},
          {"pretokenizers",
           {{{"type", "Split"}, {"pattern", {{"Regex", regex}}}, {"behavior", "Isolated"}, {"invert", false}},
            byte_level(false)}}};
}

std::string pre_tokenizer_name(const GgufFile& file) {
  return file.has("tokenizer.ggml.pre") ? file.text("tokenizer.ggml.pre") : "gpt-2";
}
/// Llama 3's: a word that is listed is taken as it is, and a text begins with a token unless the file says
/// no.
bool is_llama3(const GgufFile& file) {
  const std::string name = pre_tokenizer_name(file);
  return name == "llama-bpe" || name == "llama3" || name == "llama-v3";
}

Json pre_tokenizer(const GgufFile& file) {
  const std::string name = pre_tokenizer_name(file);
  if (name == "gpt-2" || name == "default") return byte_level(true);
  if (name == "smollm")
    return {{"type", "Sequence"},
            {"pretokenizers", {{{"type", "Digits"}, {"individual_digits", true}}, byte_level(true)}}};
  if (is_llama3(file))
    return split_by(
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  if (name == "qwen2")
    return split_by(
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)");
  throw input_error(
      "{}: tokenizer.ggml.pre '{}' is not supported; supported are gpt-2, default, smollm, llama-bpe, qwen2",
      file.file().string(), name);
}

std::string token(const GgufFile& file, const char* role, const std::string& otherwise) {
  const auto& tokens = file.texts("tokenizer.ggml.tokens");
  const std::int64_t id = file.integer_or(fmt::format("{}{}_token_id", keys, role), -1);
  if (id < 0) return otherwise;
  if (static_cast<std::size_t>(id) >= tokens.size())
    throw input_error("{}: {}{}_token_id {} of {} tokens", file.file().string(), keys, role, id,
                      tokens.size());
  return tokens[static_cast<std::size_t>(id)];
}

/// One special token in front and behind, as the file's switches say.
Json post_processor(const GgufFile& file, const Json& vocabulary, bool begin_otherwise) {
  Json single = Json::array(), pair = Json::array(), used = Json::object();
  const auto special = [&](const char* role, const std::string& usual) {
    const std::string name = token(file, role, usual);
    if (!vocabulary.contains(name)) throw input_error("{}: no {} token", file.file().string(), role);
    used[name] = {{"id", name}, {"ids", {vocabulary[name]}}, {"tokens", {name}}};
    return name;
  };
  const bool begins = file.flag_or("tokenizer.ggml.add_bos_token", begin_otherwise),
             ends = file.flag_or("tokenizer.ggml.add_eos_token", false);
  for (const int type : {0, 1}) {
    for (Json* to : {&single, &pair}) {
      if (to == &single && type == 1) continue;
      const auto put = [&](const std::string& name) {
        to->push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
      };
      if (begins) put(special("bos", "<s>"));
      to->push_back({{"Sequence", {{"id", type == 0 ? "A" : "B"}, {"type_id", type}}}});
      if (ends) put(special("eos", "</s>"));
    }
  }
  return {{"type", "TemplateProcessing"}, {"single", single}, {"pair", pair}, {"special_tokens", used}};
}

Json byte_level_bpe(const GgufFile& file) {
  const auto& tokens = file.texts("tokenizer.ggml.tokens");
  const auto& types = file.integers("tokenizer.ggml.token_type");
  if (types.size() != tokens.size())
    throw input_error("{}: {} tokens but {} types of tokens", file.file().string(), tokens.size(),
                      types.size());
  Json vocabulary = Json::object(), added = Json::array(), merges = Json::array();
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    vocabulary[tokens[id]] = id;
    constexpr std::int64_t control = 3, of_user = 4;
    if (types[id] == control || types[id] == of_user)
      added.push_back({{"id", id},
                       {"content", tokens[id]},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", types[id] == control}});
  }
  for (const std::string& merge : file.texts("tokenizer.ggml.merges")) merges.push_back(merge);
  return {{"version", "1.0"},
          {"added_tokens", added},
          {"pre_tokenizer", pre_tokenizer(file)},
          {"post_processor", post_processor(file, vocabulary, is_llama3(file))},
          {"decoder", byte_level(true)},
          {"model",
           {{"type", "BPE"}, {"vocab", vocabulary}, {"merges", merges}, {"ignore_merges", is_llama3(file)}}}};
}

Json sentencepiece_bpe(const GgufFile& file) {
  const auto& tokens = file.texts("tokenizer.ggml.tokens");
  const auto& scores = file.numbers("tokenizer.ggml.scores");
  const auto& types = file.integers("tokenizer.ggml.token_type");
  if (types.size() != tokens.size() || scores.size() != tokens.size())
    throw input_error("{}: {} tokens but {} scores and {} types of tokens", file.file().string(),
                      tokens.size(), scores.size(), types.size());
  SentencePieceModel model;
  model.kind = SentencePieceModel::Kind::Bpe;
  model.byte_fallback = true;
  model.unknown = static_cast<std::int32_t>(file.integer_or("tokenizer.ggml.unknown_token_id", 0));
  if (model.unknown < 0 || static_cast<std::size_t>(model.unknown) >= tokens.size())
    throw input_error("{}: unknown_token_id {} of {} tokens", file.file().string(), model.unknown,
                      tokens.size());
  for (std::size_t id = 0; id < tokens.size(); ++id) {
    if (types[id] < 1 || types[id] > 6)
      throw input_error("{}: token {} is of type {}; known are 1 to 6", file.file().string(), id, types[id]);
    // GGUF's types are sentencepiece's.
    model.pieces.push_back(
        {tokens[id], static_cast<float>(scores[id]), static_cast<SentencePieceModel::Type>(types[id])});
  }
  const bool gemma = !file.flag_or("tokenizer.ggml.add_space_prefix", true);
  Json json = tokenizer_json(model, gemma ? "gemma" : "llama", file.file());
  json["post_processor"] = post_processor(file, json["model"]["vocab"], true);
  return json;
}

}  // namespace

Json gguf_roles(const GgufFile& file) {
  constexpr std::pair<const char*, const char*> roles[] = {{"unknown", "unk_token"},
                                                           {"bos", "bos_token"},
                                                           {"eos", "eos_token"},
                                                           {"padding", "pad_token"},
                                                           {"mask", "mask_token"}};
  Json out = Json::object();
  for (const auto& [role, key] : roles)
    if (const std::string name = token(file, role, ""); !name.empty()) out[key] = name;
  return out;
}

Json gguf_tokenizer(const GgufFile& file) {
  const std::string& kind = file.text("tokenizer.ggml.model");
  if (kind == "gpt2") return byte_level_bpe(file);
  if (kind == "llama") return sentencepiece_bpe(file);
  throw input_error("{}: a tokenizer of kind '{}' is not supported; supported are gpt2, llama",
                    file.file().string(), kind);
}

}  // namespace neurox::text
