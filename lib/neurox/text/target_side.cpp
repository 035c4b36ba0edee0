#include "neurox/core/hash.h"
#include "neurox/text/sentencepiece_model.h"
#include "neurox/text/tokenizer_files.h"

namespace neurox::text {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

/// Pieces found by one model, with the ids that another vocabulary gives them.
class Renumbered final : public WordModel {
 public:
  Renumbered(std::unique_ptr<WordModel> pieces, Vocabulary vocabulary, std::string unknown)
      : WordModel(std::move(vocabulary), std::move(unknown)), pieces_(std::move(pieces)) {}

  void tokenize(std::string_view word, std::vector<WordToken>& tokens) const override {
    const std::size_t first = tokens.size();
    pieces_->tokenize(word, tokens);
    const std::int32_t unknown = pieces_->vocabulary().find(pieces_->unknown_token());
    for (std::size_t i = first; i < tokens.size(); ++i) {
      // Text of no piece may still be a token of the vocabulary, the other language's.
      const std::string_view piece = tokens[i].id == unknown
                                         ? word.substr(tokens[i].begin, tokens[i].end - tokens[i].begin)
                                         : std::string_view(pieces_->vocabulary().token(tokens[i].id));
      const std::int32_t id = this->vocabulary().find(piece);
      tokens[i].id = id >= 0 ? id : unknown_id(word);
    }
  }

 private:
  std::unique_ptr<WordModel> pieces_;
};

/// Tokens that a vocabulary file does not list, by id.
using MoreTokens = std::vector<std::pair<std::string, std::size_t>>;

/// One language of Marian's: its pieces, numbered by the vocabulary.
TokenizerParts marian_side(const fs::path& pieces, const fs::path& vocabulary,
                           const MoreTokens& languages = {}) {
  TokenizerParts parts =
      read_tokenizer_tree(tokenizer_json(SentencePieceModel::load(pieces), "marian", pieces), pieces);
  Json tree = parse_json(read_file(vocabulary.string()), vocabulary.string());
  if (tree.is_object())
    for (const auto& [token, id] : languages) tree[token] = id;
  parts.model = std::make_unique<Renumbered>(std::move(parts.model),
                                             read_vocabulary(JsonValue(tree, vocabulary.string())), "<unk>");
  std::vector<AddedToken> specials;
  for (const char* name : {"</s>", "<unk>", "<pad>"}) {
    if (parts.model->vocabulary().find(name) < 0)
      throw input_error("{}: no token {}", vocabulary.string(), name);
    specials.push_back({.content = name, .special = true});
  }
  for (const auto& [token, id] : languages) specials.push_back({.content = token, .special = true});
  parts.added = AddedTokens(specials, parts.model->vocabulary(), parts.normalizer);
  const auto text = [](const char* id) { return Json{{"Sequence", {{"id", id}, {"type_id", 0}}}}; };
  const Json end{{"SpecialToken", {{"id", "</s>"}, {"type_id", 0}}}};
  const Json post{{"type", "TemplateProcessing"},
                  {"single", {text("A"), end}},
                  {"pair", {text("A"), end, text("B"), end}},
                  {"special_tokens",
                   {{"</s>", {{"id", "</s>"}, {"ids", {*parts.id_of("</s>")}}, {"tokens", {"</s>"}}}}}}};
  parts.post_processor = read_post_processor(JsonValue(post, pieces.string()));
  parts.fingerprint = sha256(sha256_file(pieces) + "\n" + sha256_file(vocabulary) + "\n");
  return parts;
}

Json read_object(const fs::path& file) {
  if (!fs::exists(file)) return Json::object();
  Json tree = parse_json(read_file(file.string()), file.string());
  return tree.is_object() ? tree : Json::object();
}

/// M2M100's languages, numbered behind the vocabulary in this order (fairseq's); transformers writes no list
/// of them.
constexpr std::string_view m2m100_languages =
    "af am ar ast az ba be bg bn br bs ca ceb cs cy da de el en es et fa ff fi fr fy ga gd gl gu ha he hi hr "
    "ht hu hy "
    "id ig ilo is it ja jv ka kk km kn ko lb lg ln lo lt lv mg mk ml mn mr ms my ne nl no ns oc or pa pl ps "
    "pt ro ru "
    "sd si sk sl so sq sr ss su sv sw ta th tl tn tr uk ur uz vi wo xh yi yo zh zu ";
constexpr std::string_view wmt21_languages = "en ha is ja cs ru zh de ";

MoreTokens languages_of(const fs::path& folder, const Json& config) {
  const fs::path file = folder / "vocab.json";
  const std::size_t words = parse_json(read_file(file.string()), file.string()).size();
  const bool wmt = config.is_object() && config.value("language_codes", Json()) == "wmt21";
  MoreTokens out;
  for (std::string_view left = wmt ? wmt21_languages : m2m100_languages; !left.empty();) {
    const std::size_t end = left.find(' ');
    out.emplace_back("__" + std::string(left.substr(0, end)) + "__", words + out.size());
    left.remove_prefix(end + 1);
  }
  return out;
}

}  // namespace

TokenizerParts read_m2m_folder(const fs::path& folder, const Json& config) {
  return marian_side(folder / "sentencepiece.bpe.model", folder / "vocab.json", languages_of(folder, config));
}

TokenizerParts read_marian_folder(const fs::path& folder) {
  const fs::path vocabulary = folder / "vocab.json", other = folder / "target_vocab.json";
  TokenizerParts parts = marian_side(folder / "source.spm", vocabulary);
  if (!fs::exists(folder / "target.spm")) return parts;
  auto target = std::make_shared<TokenizerParts>(
      marian_side(folder / "target.spm", fs::exists(other) ? other : vocabulary));
  parts.fingerprint = sha256(parts.fingerprint + target->fingerprint);
  parts.target = std::move(target);
  return parts;
}

void read_target_side(const fs::path& folder, TokenizerParts& parts) {
  const Json config = read_object(folder / "config.json");
  if (!config.contains("is_encoder_decoder") || config["is_encoder_decoder"] != true) return;
  const Json generation = read_object(folder / "generation_config.json");
  for (const Json* from : {&generation, &config})
    for (const char* key : {"decoder_start_token_id", "pad_token_id"})
      if (!parts.decoder_start && from->contains(key) && (*from)[key].is_number_integer())
        parts.decoder_start = (*from)[key].get<std::int32_t>();
  const fs::path file = folder / "target_tokenizer.json";
  if (!fs::exists(file)) return;
  auto target = std::make_shared<TokenizerParts>(
      read_tokenizer_tree(parse_json(read_file(file.string()), file.string()), file));
  parts.fingerprint = sha256(parts.fingerprint + target->fingerprint);
  parts.target = std::move(target);
}

}  // namespace neurox::text
