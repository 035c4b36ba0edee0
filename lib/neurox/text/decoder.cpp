#include "neurox/text/decoder.h"

#include <algorithm>
#include <charconv>

#include "neurox/text/byte_level.h"
#include "neurox/text/metaspace.h"
#include "neurox/text/normalizer.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  if (what.empty()) return text;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
    out.append(text, from, at - from).append(by);
    from = at + what.size();
  }
  return from == 0 ? std::move(text) : out.append(text, from);
}

std::string cleaned(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [what, by] : kRules) text = replaced(std::move(text), what, by);
  return text;
}

void decode_byte_fallback(std::vector<std::string>& tokens) {
  std::vector<std::string> out;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (!first_invalid_utf8(bytes)) {
      out.push_back(bytes);
    } else {
      out.insert(out.end(), bytes.size(), "\xEF\xBF\xBD");
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    unsigned byte = 0;
    const bool form = token.size() == 6 && token.starts_with("<0x") && token.ends_with('>');
    if (form && std::from_chars(token.data() + 3, token.data() + 5, byte, 16).ptr == token.data() + 5) {
      bytes.push_back(static_cast<char>(byte));
      continue;
    }
    flush();
    out.push_back(std::move(token));
  }
  flush();
  tokens = std::move(out);
}

Decoder read_strip(const JsonValue& json) {
  std::string mark;
  append_utf8(mark, json.at("content").character());
  return [mark, start = json.at("start").natural(), stop = json.at("stop").natural()](auto& tokens) {
    for (std::string& token : tokens) {
      std::string_view rest = token;
      for (std::int32_t i = 0; i < start && rest.starts_with(mark); ++i) rest.remove_prefix(mark.size());
      for (std::int32_t i = 0; i < stop && rest.ends_with(mark); ++i) rest.remove_suffix(mark.size());
      token = std::string(rest);
    }
  };
}

Decoder read_decoder_sequence(const JsonValue& json) {
  std::vector<Decoder> steps;
  for (const JsonValue& step : json.at("decoders").elements()) steps.push_back(read_decoder(step));
  return [steps = std::move(steps)](auto& tokens) {
    for (const Decoder& step : steps) step(tokens);
  };
}

Decoder read_replace(const JsonValue& json) {
  return [pattern = read_pattern(json.at("pattern")), content = json.at("content").string()](auto& tokens) {
    for (std::string& token : tokens) {
      std::vector<Match> parts;
      pattern(token, parts);
      std::string out;
      for (const Match& part : parts)
        out += part.matched ? content : token.substr(part.begin, part.end - part.begin);
      token = std::move(out);
    }
  };
}

Decoder read_ctc(const JsonValue& json) {
  return [pad = json.at("pad_token").string(), space = json.at("word_delimiter_token").string(),
          cleanup = json.at("cleanup").boolean()](auto& tokens) {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
      token = replaced(std::move(token), pad, "");
      if (cleanup) token = replaced(cleaned(std::move(token)), space, " ");
    }
    std::erase_if(tokens, [](const std::string& token) { return token.empty(); });
  };
}

}  // namespace

void decode_byte_level(std::vector<std::string>& tokens) {
  std::string bytes;
  for (const std::string& token : tokens) {
    const std::size_t before = bytes.size();
    for (std::size_t i = 0; i < token.size();) {
      const auto byte = byte_level_byte(next_code_point(token, i));
      if (!byte) {  // a token of another kind stays as it is
        bytes.resize(before);
        bytes += token;
        break;
      }
      bytes.push_back(*byte);
    }
  }
  tokens.assign(1, replace_invalid_utf8(bytes));
}

void decode_word_piece(const WordPieceDecoding& how, std::vector<std::string>& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string& token = tokens[i];
    if (i > 0) {
      if (token.starts_with(how.prefix)) {
        token.erase(0, how.prefix.size());
      } else {
        token.insert(0, 1, ' ');
      }
    }
    if (how.cleanup) token = cleaned(std::move(token));
  }
}

Decoder read_decoder(const JsonValue& json) {
  const std::string type = json.at("type").string();
  if (type == "ByteLevel") return decode_byte_level;
  if (type == "WordPiece")
    return [how = WordPieceDecoding{json.at("prefix").string(), json.at("cleanup").boolean()}](auto& tokens) {
      decode_word_piece(how, tokens);
    };
  if (type == "Metaspace")
    return [how = read_metaspace(json)](auto& tokens) { decode_metaspace(how, tokens); };
  if (type == "BPEDecoder")
    return [suffix = json.at("suffix").string()](auto& tokens) {
      for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = replaced(std::move(tokens[i]), suffix, i + 1 == tokens.size() ? "" : " ");
    };
  if (type == "ByteFallback") return decode_byte_fallback;
  if (type == "Fuse")
    return [](auto& tokens) {
      std::string all;
      for (const std::string& token : tokens) all += token;
      tokens.assign(1, std::move(all));
    };
  if (type == "Strip") return read_strip(json);
  if (type == "Replace") return read_replace(json);
  if (type == "CTC") return read_ctc(json);
  if (type == "Sequence") return read_decoder_sequence(json);
  throw json.at("type").error(
      fmt::format("there is no decoder \"{}\"; supported are BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, "
                  "Metaspace, Replace, Sequence, Strip, WordPiece",
                  type));
}

}  // namespace neurox::text
