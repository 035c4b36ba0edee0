#include <algorithm>
#include <map>

#include "neurox/text/character_map.h"
#include "neurox/text/json_reader.h"
#include "neurox/text/sentencepiece_model.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

using Json = nlohmann::json;
using Pieces = std::vector<std::pair<std::string, double>>;

const char* const mark = "\u2581";

Json sequence(const char* kind, Json steps) {
  return {{"type", "Sequence"}, {kind, std::move(steps)}};
}
Json replacing(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}
Json metaspace(const char* scheme, bool split) {
  return {{"type", "Metaspace"}, {"replacement", mark}, {"prepend_scheme", scheme}, {"split", split}};
}

/// How a family's tokenizer differs from the plain one.
struct Family {
  std::string_view model_type;
  const char* single;  ///< of the template: tokens, $A in between, :2 for a type of 2
  const char* pair;
  std::vector<const char*> added;  ///< behind the vocabulary, where it lacks them
  bool cleaned = false;            ///< quotes made plain, accents stripped
  bool lowercase = false;
};

const std::vector<Family>& families() {
  static const std::vector<Family> rows{
      {"albert",
       "[CLS] $A [SEP]",
       "[CLS] $A [SEP] $B:1 [SEP]:1",
       {"[CLS]", "[SEP]", "<unk>", "<pad>", "[MASK]"},
       true,
       true},
      {"gemma", "<bos> $A", "<bos> $A <bos>:1 $B:1", {"<bos>", "<eos>", "<pad>", "<mask>"}},
      {"gemma2", "<bos> $A", "<bos> $A <bos>:1 $B:1", {"<bos>", "<eos>", "<pad>", "<mask>"}},
      {"gemma3_text", "<bos> $A", "<bos> $A <bos>:1 $B:1", {"<bos>", "<eos>", "<pad>", "<mask>"}},
      {"llama", "<s> $A", "<s> $A <s>:1 $B:1", {"<s>", "</s>"}},
      {"mistral", "<s> $A", "<s> $A <s>:1 $B:1", {"<s>", "</s>"}},
      {"marian", "$A </s>", "$A </s> $B </s>", {"</s>"}},
      {"mt5", "$A </s>", "$A </s> $B </s>", {"</s>", "<pad>"}},
      {"t5", "$A </s>", "$A </s> $B </s>", {"</s>", "<pad>"}},
      {"xlm-roberta", "<s> $A </s>", "<s> $A </s> </s> $B </s>", {"<pad>", "<mask>"}},
      {"xlnet",
       "$A <sep> <cls>:2",
       "$A <sep> $B:1 <sep>:1 <cls>:2",
       {"<sep>", "<pad>", "<cls>", "<mask>"},
       true},
  };
  return rows;
}

/// XLM-R counts from fairseq's four special tokens on.
Pieces pieces_of(const SentencePieceModel& model, const Family& family) {
  Pieces out;
  std::size_t first = 0;
  if (family.model_type == "xlm-roberta") {
    out = {{"<s>", 0}, {"<pad>", 0}, {"</s>", 0}, {"<unk>", 0}};
    first = std::min<std::size_t>(3, model.pieces.size());
  }
  for (std::size_t i = first; i < model.pieces.size(); ++i)
    out.emplace_back(model.pieces[i].text, static_cast<double>(model.pieces[i].score));
  if (family.model_type == "t5")
    for (int k = 99; k >= 0; --k) out.emplace_back(fmt::format("<extra_id_{}>", k), 0);
  return out;
}

/// Every way to make a piece of two, by the id of the piece, then the shorter left part first.
Json merges_of(const Pieces& pieces) {
  std::map<std::string_view, std::size_t> ids;
  for (std::size_t i = 0; i < pieces.size(); ++i) ids[pieces[i].first] = i;
  Json out = Json::array();
  for (std::size_t id = 0; id < pieces.size(); ++id) {
    const std::string_view piece = pieces[id].first;
    if (ids.at(piece) != id) continue;
    for (std::size_t i = 0; i < piece.size();) {
      next_code_point(piece, i);
      if (i == piece.size()) break;
      const std::string_view left = piece.substr(0, i), right = piece.substr(i);
      if (ids.contains(left) && ids.contains(right)) out.push_back({left, right});
    }
  }
  return out;
}

std::string encode_base64(std::string_view bytes) {
  constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) out += k <= n ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Json normalizer_of(const SentencePieceModel& model, const Family& family) {
  Json steps = Json::array();
  if (family.cleaned) {
    steps = {replacing("``", "\""), replacing("''", "\""), {{"type", "NFKD"}}, {{"type", "StripAccents"}}};
    if (family.lowercase) steps.push_back({{"type", "Lowercase"}});
  }
  if (!model.character_map.empty())
    steps.push_back({{"type", "Precompiled"}, {"precompiled_charsmap", encode_base64(model.character_map)}});
  if (steps.empty()) return nullptr;
  return sequence("normalizers", steps);
}

Json template_of(const char* text, const std::map<std::string, std::size_t>& ids, Json& tokens) {
  Json out = Json::array();
  const std::string_view all = text;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min(all.find(' ', begin), all.size());
    std::string name(all.substr(begin, end - begin));
    begin = end + 1;
    int type = 0;
    if (const std::size_t colon = name.find(':'); colon != std::string::npos) {
      type = std::stoi(name.substr(colon + 1));
      name.resize(colon);
    }
    if (name.starts_with('$')) {
      out.push_back({{"Sequence", {{"id", name.substr(1)}, {"type_id", type}}}});
      continue;
    }
    tokens[name] = {{"id", name}, {"ids", {ids.at(name)}}, {"tokens", {name}}};
    out.push_back({{"SpecialToken", {{"id", name}, {"type_id", type}}}});
  }
  return out;
}

}  // namespace

Json tokenizer_json(const SentencePieceModel& model, const std::string& name,
                    const std::filesystem::path& file) {
  const auto& rows = families();
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const Family& f) { return f.model_type == name; });
  if (found == rows.end()) {
    std::string known;
    for (const Family& row : rows) known += (known.empty() ? "" : ", ") + std::string(row.model_type);
    throw input_error(
        "{}: which special tokens a sentencepiece model has with model_type '{}' is not known; known are {}; "
        "write a tokenizer.json with AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)",
        file.string(), name, known);
  }
  const Family& family = *found;
  const Pieces pieces = pieces_of(model, family);
  Json json{{"version", "1.0"}};
  Json added = Json::array();
  std::map<std::string, std::size_t> ids;
  for (std::size_t i = 0; i < pieces.size(); ++i) ids[pieces[i].first] = i;
  std::map<std::size_t, std::string> specials;
  for (const SentencePieceModel::Piece& piece : model.pieces)
    if (piece.type == SentencePieceModel::Type::Control ||
        piece.type == SentencePieceModel::Type::UserDefined ||
        piece.type == SentencePieceModel::Type::Unknown)
      if (const auto id = ids.find(piece.text); id != ids.end()) specials[id->second] = piece.text;
  for (const auto& [token, id] : ids)
    if (token.starts_with("<extra_id_")) specials[id] = token;
  for (const char* token : family.added) {
    const std::size_t id = ids.try_emplace(token, ids.size()).first->second;
    specials[id] = token;
  }
  for (const auto& [id, token] : specials)
    added.push_back({{"id", id},
                     {"content", token},
                     {"single_word", false},
                     {"lstrip", (token == "<mask>" || token == "[MASK]") && family.cleaned},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  json["added_tokens"] = added;
  if (model.kind == SentencePieceModel::Kind::Unigram) {
    json["model"] = {{"type", "Unigram"}, {"unk_id", family.model_type == "xlm-roberta" ? 3 : model.unknown}};
    json["model"]["byte_fallback"] = model.byte_fallback;
    json["model"]["vocab"] = pieces;
    json["normalizer"] = normalizer_of(model, family);
    json["pre_tokenizer"] =
        sequence("pretokenizers", {{{"type", "WhitespaceSplit"}}, metaspace("always", true)});
    json["decoder"] = metaspace("always", true);
  } else {
    Json vocabulary = Json::object();
    for (std::size_t i = 0; i < pieces.size(); ++i) vocabulary[pieces[i].first] = i;
    json["model"] = {
        {"type", "BPE"},       {"unk_token", model.pieces[static_cast<std::size_t>(model.unknown)].text},
        {"fuse_unk", true},    {"byte_fallback", model.byte_fallback},
        {"vocab", vocabulary}, {"merges", merges_of(pieces)}};
    const bool gemma = name.starts_with("gemma");
    Json decoders{replacing(mark, " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}};
    if (gemma) {
      json["normalizer"] = replacing(" ", mark);
    } else if (family.model_type == "marian") {
      json["normalizer"] = normalizer_of(model, family);
      json["pre_tokenizer"] =
          sequence("pretokenizers", {{{"type", "WhitespaceSplit"}}, metaspace("always", true)});
      decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    } else {
      json["pre_tokenizer"] = metaspace("first", false);
      decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    }
    json["decoder"] = sequence("decoders", decoders);
  }
  Json tokens = Json::object();
  Json post{{"type", "TemplateProcessing"}};
  post["single"] = template_of(family.single, ids, tokens);
  post["pair"] = template_of(family.pair, ids, tokens);
  post["special_tokens"] = tokens;
  json["post_processor"] = post;
  return json;
}

}  // namespace neurox::text
