#include "neurox/text/pre_tokenizer.h"

#include "neurox/text/byte_level.h"
#include "neurox/text/metaspace.h"
#include "neurox/text/normalizer.h"
#include "neurox/text/pattern.h"
#include "neurox/text/scripts.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

bool is_punctuation(char32_t c) {
  return contains(CharSet::Punctuation, c);
}
bool is_numeric(char32_t c) {
  return contains(CharSet::Numeric, c);
}

SplitBehavior read_behavior(const JsonValue& json) {
  const std::string name = json.string();
  if (name == "Removed") return SplitBehavior::Removed;
  if (name == "Isolated") return SplitBehavior::Isolated;
  if (name == "MergedWithPrevious") return SplitBehavior::MergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::MergedWithNext;
  if (name == "Contiguous") return SplitBehavior::Contiguous;
  throw json.error(fmt::format(
      "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous is expected, \"{}\" was "
      "found",
      name));
}

PreTokenizer splitter(Pattern pattern, SplitBehavior behavior) {
  return [pattern = std::move(pattern), behavior](PieceText& text) { text.split(pattern, behavior); };
}

PreTokenizer read_pre_tokenizer_sequence(const JsonValue& json) {
  std::vector<PreTokenizer> steps;
  for (const JsonValue& step : json.at("pretokenizers").elements()) steps.push_back(read_pre_tokenizer(step));
  return [steps = std::move(steps)](PieceText& text) {
    for (const PreTokenizer& step : steps) step(text);
  };
}

PreTokenizer read_byte_level(const JsonValue& json) {
  ByteLevelOptions how;
  how.add_prefix_space = json.at("add_prefix_space").boolean();
  json.at("trim_offsets").boolean();  // means something after the model only, but has to be there
  how.use_regex = json.boolean_or("use_regex", true);
  return [how](PieceText& text) { pre_tokenize_byte_level(how, text); };
}

PreTokenizer read_split(const JsonValue& json) {
  Pattern pattern = read_pattern(json.at("pattern"));
  if (json.at("invert").boolean()) pattern = inverted(std::move(pattern));
  return splitter(std::move(pattern), read_behavior(json.at("behavior")));
}

PreTokenizer read_fixed_length(const JsonValue& json) {
  const std::int32_t length = json.has("length") ? json.at("length").natural() : 5;
  if (length == 0) throw json.at("length").error("1 or more is expected, 0 was found");
  return splitter(
      [length](std::string_view word, std::vector<Match>& parts) {
        std::size_t begin = 0;
        std::int32_t count = 0;
        for (std::size_t i = 0; i < word.size();) {
          next_code_point(word, i);
          if (++count % length != 0 && i < word.size()) continue;
          parts.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(i), false});
          begin = i;
        }
      },
      SplitBehavior::Isolated);
}

}  // namespace

void pre_tokenize_bert(PieceText& text) {
  // Both splits in one pass: the parts are those of splitting at white space, then at punctuation.
  text.split(
      [](std::string_view piece, std::vector<Match>& parts) {
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < piece.size();) {
          const auto begin = static_cast<std::uint32_t>(i);
          const char32_t c = next_code_point(piece, i);
          const bool white = is_white(c);
          if (!white && !is_punctuation(c)) continue;
          if (word < begin) parts.push_back({word, begin, false});
          parts.push_back({begin, static_cast<std::uint32_t>(i), white});
          word = static_cast<std::uint32_t>(i);
        }
        if (word < piece.size()) parts.push_back({word, static_cast<std::uint32_t>(piece.size()), false});
      },
      SplitBehavior::Removed);
}

void pre_tokenize_byte_level(const ByteLevelOptions& how, PieceText& text) {
  if (how.add_prefix_space)
    text.rewrite([](AlignedText& piece, const Piece&) {
      if (!piece.text().starts_with(' ')) piece.prepend(" ");
    });
  if (how.use_regex) text.split(split_gpt2, SplitBehavior::Isolated);
  text.to_byte_level();
}

PreTokenizer read_pre_tokenizer(const JsonValue& json) {
  const std::string type = json.at("type").string();
  if (type == "BertPreTokenizer") return pre_tokenize_bert;
  if (type == "ByteLevel") return read_byte_level(json);
  if (type == "Whitespace") return splitter(inverted(word_pattern()), SplitBehavior::Removed);
  if (type == "WhitespaceSplit") return splitter(character_pattern(is_white), SplitBehavior::Removed);
  if (type == "Sequence") return read_pre_tokenizer_sequence(json);
  if (type == "Split") return read_split(json);
  if (type == "Digits")
    return splitter(character_pattern(is_numeric), json.at("individual_digits").boolean()
                                                       ? SplitBehavior::Isolated
                                                       : SplitBehavior::Contiguous);
  if (type == "Punctuation")
    return splitter(character_pattern(is_punctuation),
                    json.has("behavior") ? read_behavior(json.at("behavior")) : SplitBehavior::Isolated);
  if (type == "CharDelimiterSplit")
    return splitter(
        character_pattern([at = json.at("delimiter").character()](char32_t c) { return c == at; }),
        SplitBehavior::Removed);
  if (type == "Metaspace")
    return [how = read_metaspace(json)](PieceText& text) { pre_tokenize_metaspace(how, text); };
  if (type == "UnicodeScripts") return splitter(split_scripts, SplitBehavior::Removed);
  if (type == "FixedLength") return read_fixed_length(json);
  throw json.at("type").error(
      fmt::format("there is no pre-tokenizer \"{}\"; supported are BertPreTokenizer, ByteLevel, "
                  "CharDelimiterSplit, Digits, FixedLength, Metaspace, Punctuation, Sequence, Split, "
                  "UnicodeScripts, Whitespace, WhitespaceSplit",
                  type));
}

}  // namespace neurox::text
