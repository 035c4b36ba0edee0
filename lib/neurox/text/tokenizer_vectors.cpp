#include "neurox/core/hash.h"
#include "neurox/core/word_vectors.h"
#include "neurox/text/aligned_text.h"
#include "neurox/text/tokenizer_files.h"
#include "neurox/text/utf8.h"

namespace neurox::text {

TokenizerParts read_tokenizer_of_vectors(const std::filesystem::path& path) {
  WordVectorsFile file(path);
  Vocabulary vocabulary;
  std::string listed;
  std::int32_t id = 0;
  bool capitals = false;
  while (const auto line = file.next()) {
    if (const auto bad = first_invalid_utf8(line->word))
      throw input_error("{}:{}: byte {} of the word is not UTF-8", path.string(), line->number, *bad);
    // Of words that stand there twice the first counts, as in other readers.
    if (vocabulary.find(line->word) < 0) vocabulary.add(line->word, id);
    if (!capitals && line->word.front() != '<' && line->word.front() != '[') {
      AlignedText lower(line->word, 0);
      lower.lowercase();
      capitals = lower.text() != line->word;
    }
    listed.append(line->word).push_back('\n');
    ++id;
  }
  std::string unknown;
  for (const char* usual : {"<unk>", "[UNK]", "<UNK>", "UNK"})
    if (unknown.empty() && vocabulary.find(usual) >= 0) unknown = usual;
  const nlohmann::json settings = read_word_settings(path);
  const JsonValue said(settings, path.stem().string() + ".neurox.json");
  if (const auto value = said.find("unknown")) {
    unknown = value->string();
    if (vocabulary.find(unknown) < 0)
      throw value->error(fmt::format("{} has no \"{}\"", path.string(), unknown));
  }
  if (unknown.empty()) vocabulary.add(unknown = "<unk>", id);

  const auto words = said.find("words");
  const nlohmann::json finder = word_finder(words ? words->string() : R"([\w']+|[^\w\s])");
  const bool lowercase = said.boolean_or("lowercase", !capitals);
  TokenizerParts parts;
  parts.model = make_word_level(std::move(vocabulary), unknown);
  const nlohmann::json lower{{"type", "Lowercase"}};
  if (lowercase) parts.normalizer = read_normalizer(JsonValue(lower, path.string()));
  parts.pre_tokenizer = read_pre_tokenizer(JsonValue(finder, path.string()));
  find_roles(path.parent_path(), nullptr, parts);
  parts.fingerprint =
      sha256(sha256(listed) + "  " + finder.dump() + (lowercase ? " lowercase " : " ") + unknown);
  return parts;
}

}  // namespace neurox::text
