#include "neurox/text/metaspace.h"

#include "neurox/text/pattern.h"
#include "neurox/text/utf8.h"

namespace neurox::text {

Metaspace read_metaspace(const JsonValue& json) {
  Metaspace how;
  how.replacement = json.at("replacement").character();
  if (const auto scheme = json.find("prepend_scheme")) {
    const std::string name = scheme->string();
    if (name == "first") {
      how.prepend = Metaspace::Prepend::First;
    } else if (name == "never") {
      how.prepend = Metaspace::Prepend::Never;
    } else if (name != "always") {
      throw scheme->error(fmt::format("always, first or never is expected, \"{}\" was found", name));
    }
  }
  if (!json.boolean_or("add_prefix_space", true) && how.prepend != Metaspace::Prepend::Never)
    throw json.error("add_prefix_space is false, but prepend_scheme is not \"never\"");
  how.split = json.boolean_or("split", true);
  return how;
}

void pre_tokenize_metaspace(const Metaspace& how, PieceText& text) {
  std::string mark;
  append_utf8(mark, how.replacement);
  const Pattern space = literal_pattern(" ");
  text.rewrite([&](AlignedText& piece, const Piece& where) {
    piece.replace(space, mark);
    const bool wanted = how.prepend == Metaspace::Prepend::Always ||
                        (how.prepend == Metaspace::Prepend::First && where.origin == 0);
    if (wanted && !piece.text().starts_with(mark)) piece.prepend(mark);
  });
  if (how.split)
    text.split(character_pattern([c = how.replacement](char32_t other) { return other == c; }),
               SplitBehavior::MergedWithNext);
}

void decode_metaspace(const Metaspace& how, std::vector<std::string>& tokens) {
  std::string mark;
  append_utf8(mark, how.replacement);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view to = i == 0 && how.prepend != Metaspace::Prepend::Never ? "" : " ";
    std::string out;
    std::size_t from = 0;
    for (std::size_t at = tokens[i].find(mark); at != std::string::npos; at = tokens[i].find(mark, from)) {
      out.append(tokens[i], from, at - from).append(to);
      from = at + mark.size();
    }
    tokens[i] = out.append(tokens[i], from);
  }
}

}  // namespace neurox::text
