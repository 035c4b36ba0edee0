#include "neurox/text/word_model.h"

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// A word is a token or is unknown.
class WordLevel final : public WordModel {
 public:
  WordLevel(Vocabulary vocabulary, std::string unknown_token)
      : WordModel(std::move(vocabulary), std::move(unknown_token)) {}

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    const std::int32_t id = vocabulary().find(word);
    tokens.push_back({id >= 0 ? id : unknown_id(word), 0, static_cast<std::uint32_t>(word.size())});
  }
};

std::string string_or_empty(const JsonValue& json, const std::string& key) {
  const auto member = json.find(key);
  return member ? member->string() : std::string();
}

std::vector<std::pair<std::string, std::string>> read_merges(const JsonValue& json) {
  std::vector<std::pair<std::string, std::string>> merges;
  for (const JsonValue& merge : json.elements()) {
    if (merge.is_array()) {
      const auto pair = merge.elements();
      if (pair.size() != 2)
        throw merge.error(fmt::format("2 parts are expected, {} were found", pair.size()));
      merges.emplace_back(pair[0].string(), pair[1].string());
      continue;
    }
    const std::string line = merge.string();
    if (line.starts_with("#version")) continue;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || line.find(' ', space + 1) != std::string::npos)
      throw merge.error(fmt::format("two parts with a space between are expected, \"{}\" was found", line));
    merges.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return merges;
}

std::unique_ptr<WordModel> read_unigram(const JsonValue& json) {
  UnigramOptions options;
  for (const JsonValue& entry : json.at("vocab").elements()) {
    const std::vector<JsonValue> pair = entry.elements();
    if (pair.size() != 2)
      throw entry.error(fmt::format("a piece and its score are expected, {} were found", pair.size()));
    options.pieces.emplace_back(pair[0].string(), pair[1].number());
  }
  if (const auto unknown = json.find("unk_id")) options.unknown = unknown->natural();
  options.byte_fallback = json.boolean_or("byte_fallback", false);
  try {
    return make_unigram(std::move(options));
  } catch (const Error& e) {
    throw json.error(e.what());
  }
}

std::unique_ptr<WordModel> read_bpe(const JsonValue& json) {
  BpeOptions options;
  options.unknown_token = string_or_empty(json, "unk_token");
  options.continuing_subword_prefix = string_or_empty(json, "continuing_subword_prefix");
  options.end_of_word_suffix = string_or_empty(json, "end_of_word_suffix");
  options.fuse_unknown = json.boolean_or("fuse_unk", false);
  options.byte_fallback = json.boolean_or("byte_fallback", false);
  options.ignore_merges = json.boolean_or("ignore_merges", false);
  const JsonValue merges = json.at("merges");
  options.merges = read_merges(merges);
  try {
    return make_bpe(read_vocabulary(json.at("vocab")), std::move(options));
  } catch (const Error& e) {
    if (std::string_view(e.what()).starts_with("merge ")) throw merges.error(e.what());
    throw;
  }
}

}  // namespace

std::unique_ptr<WordModel> make_word_level(Vocabulary vocabulary, std::string unknown_token) {
  return std::make_unique<WordLevel>(std::move(vocabulary), std::move(unknown_token));
}

Vocabulary read_vocabulary(const JsonValue& json) {
  Vocabulary vocabulary;
  for (const auto& [token, id] : json.object().items()) {
    if (!id.is_number_integer()) json.at(token).natural();  // says what is wrong with it
    const auto value = id.get<std::int64_t>();
    if (value < 0 || value > 0x7FFFFFFE) json.at(token).natural();
    vocabulary.add(token, static_cast<std::int32_t>(value));
  }
  return vocabulary;
}

WordModel::WordModel(Vocabulary vocabulary, std::string unknown_token)
    : vocabulary_(std::move(vocabulary)),
      unknown_token_(std::move(unknown_token)),
      unknown_id_(vocabulary_.find(unknown_token_)) {}

std::int32_t WordModel::unknown_id(std::string_view word) const {
  if (unknown_id_ < 0)
    throw input_error(R"(the tokenizer's vocabulary has neither "{}" nor its unknown-token "{}")", word,
                      unknown_token_);
  return unknown_id_;
}

std::unique_ptr<WordModel> read_word_model(const JsonValue& json) {
  // Old files do not say the type; their members do, in the order that the reference library asks them.
  std::string type = json.has("type")                                    ? json.at("type").string()
                     : json.has("merges")                                ? "BPE"
                     : json.has("continuing_subword_prefix")             ? "WordPiece"
                     : json.has("vocab") && !json.at("vocab").is_array() ? "WordLevel"
                                                                         : "Unigram";
  if (type == "BPE") return read_bpe(json);
  if (type == "WordPiece") {
    WordPieceOptions options;
    options.unknown_token = json.at("unk_token").string();
    options.continuing_subword_prefix = json.at("continuing_subword_prefix").string();
    options.max_input_chars_per_word = json.at("max_input_chars_per_word").natural();
    return make_word_piece(read_vocabulary(json.at("vocab")), std::move(options));
  }
  if (type == "WordLevel")
    return std::make_unique<WordLevel>(read_vocabulary(json.at("vocab")), json.at("unk_token").string());
  if (type == "Unigram") return read_unigram(json);
  throw json.at("type").error(
      fmt::format("there is no model \"{}\"; supported are BPE, Unigram, WordLevel, WordPiece", type));
}

}  // namespace neurox::text
