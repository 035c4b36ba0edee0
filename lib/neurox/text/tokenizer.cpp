#include "neurox/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "neurox/core/word_vectors.h"
#include "neurox/text/tokenizer_files.h"
#include "neurox/text/utf8.h"

namespace neurox::text {

struct Tokenizer::Parts : TokenizerParts {
  std::optional<std::int32_t> role(Role which) const { return roles[static_cast<std::size_t>(which)]; }
};

namespace {

/// The text, cut at added tokens, normalized and split into words.
PieceText words_of(const TokenizerParts& parts, std::string_view text) {
  PieceText out;
  TokenParts raw, normalized;
  parts.added.split_raw(text, raw);
  for (const TokenPart& part : raw) {
    AlignedText piece(text.substr(part.begin, part.end - part.begin), part.begin);
    normalized.clear();
    if (part.token >= 0) {
      normalized.push_back({0, part.end - part.begin, part.token});
    } else {
      if (parts.normalizer) parts.normalizer(piece);
      parts.added.split_normalized(piece.text(), normalized);
    }
    out.append(piece, normalized);
  }
  if (parts.pre_tokenizer) parts.pre_tokenizer(out);
  return out;
}

/// The tokens of one text, before special tokens.
Encoding tokens_of(const TokenizerParts& parts, std::string_view text, std::uint8_t sequence) {
  if (const auto bad = first_invalid_utf8(text))
    throw input_error("byte {} of the text is not UTF-8 (0x{:02x})", *bad,
                      static_cast<unsigned char>(text[*bad]));
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 8)
    throw input_error("a text of {} bytes is too long for the tokenizer; split it", text.size());
  const PieceText words = words_of(parts, text);
  Encoding out;
  out.ids.reserve(words.pieces().size() + 2);
  out.tokens.reserve(words.pieces().size() + 2);
  out.bytes.reserve(words.pieces().size() + 2);
  const auto put = [&](std::int32_t id, std::string_view token, Span span) {
    // Offsets stand at characters' bounds, whatever part of a character a token is.
    span.end = std::min(span.end, static_cast<std::uint32_t>(text.size()));
    span.begin = std::min(span.begin, span.end);
    while (span.begin > 0 && span.begin < text.size() && is_continuation(text[span.begin])) --span.begin;
    while (span.end < text.size() && is_continuation(text[span.end])) ++span.end;
    out.ids.push_back(id);
    out.tokens.emplace_back(token);
    out.bytes.emplace_back(span.begin, span.end);
  };
  const bool shown = parts.model->shows_unknown_text();
  const std::int32_t unknown = parts.model->vocabulary().find(parts.model->unknown_token());
  std::vector<WordToken> tokens;
  for (const Piece& piece : words.pieces()) {
    const std::string_view word = words.view(piece);
    if (piece.token >= 0) {
      put(piece.token, word, words.span(piece, 0, static_cast<std::uint32_t>(word.size())));
      continue;
    }
    tokens.clear();
    parts.model->tokenize(word, tokens);
    for (const WordToken& token : tokens) {
      // Byte fallback of a character with a suffix can name bytes behind the word's end.
      const Span span =
          token.end <= word.size() ? words.span(piece, token.begin, token.end) : Span{token.begin, token.end};
      const bool as_text = shown && token.id == unknown && token.end <= word.size();
      put(token.id,
          as_text ? word.substr(token.begin, token.end - token.begin)
                  : std::string_view(parts.model->vocabulary().token(token.id)),
          span);
    }
  }
  out.type_ids.assign(out.size(), sequence);
  out.special.assign(out.size(), 0);
  out.sequence.assign(out.size(), sequence);
  return out;
}

void cut(Encoding& part, std::size_t length) {
  if (part.size() <= length) return;
  part.ids.resize(length);
  part.type_ids.resize(length);
  part.tokens.resize(length);
  part.bytes.resize(length);
  part.special.resize(length);
  part.sequence.resize(length);
  part.truncated = true;
}

/// Cuts one text at its end; of two the longer first, and when both are long to half of the length each, the
/// odd token to the longer.
void truncate(std::vector<Encoding>& parts, std::size_t length) {
  std::size_t total = 0;
  for (const Encoding& part : parts) total += part.size();
  if (total <= length) return;
  if (parts.size() == 1) {
    cut(parts[0], length);
    return;
  }
  const bool swapped = parts[0].size() > parts[1].size();
  std::size_t shorter = std::min(parts[0].size(), parts[1].size());
  std::size_t longer = shorter > length ? shorter : std::max(shorter, length - shorter);
  if (shorter + longer > length) {
    shorter = length / 2;
    longer = shorter + length % 2;
  }
  cut(parts[0], swapped ? longer : shorter);
  cut(parts[1], swapped ? shorter : longer);
}

Encoding encode_texts(const TokenizerParts& parts, const PostProcessor& post_processor,
                      const std::vector<std::string_view>& texts, const EncodeOptions& options) {
  std::size_t room = std::numeric_limits<std::size_t>::max();
  if (options.max_length) {
    const int added = !options.add_special_tokens ? 0
                      : texts.size() == 2         ? post_processor.added_pair
                                                  : post_processor.added_single;
    if (*options.max_length < std::max(added, 1))
      throw usage_error("a length of at least {} is needed for the special tokens, {} was asked for",
                        std::max(added, 1), *options.max_length);
    room = static_cast<std::size_t>(*options.max_length - added);
  }
  std::vector<Encoding> encodings;
  for (std::size_t i = 0; i < texts.size(); ++i)
    encodings.push_back(tokens_of(parts, texts[i], static_cast<std::uint8_t>(i)));
  truncate(encodings, room);
  bool truncated = false;
  for (const Encoding& one : encodings) truncated = truncated || one.truncated;
  if (post_processor.process) post_processor.process(encodings, {options.add_special_tokens, texts});
  Encoding out;
  if (!encodings.empty()) out = std::move(encodings[0]);
  for (std::size_t i = 1; i < encodings.size(); ++i) append(out, std::move(encodings[i]));
  out.truncated = truncated;
  return out;
}

Encoding encode_texts(const TokenizerParts& parts, const std::vector<std::string_view>& texts,
                      const EncodeOptions& options) {
  return encode_texts(parts, parts.post_processor, texts, options);
}

/// What a decoder writes.
Encoding encode_written(const TokenizerParts& parts, std::string_view text, const EncodeOptions& options) {
  const TokenizerParts& side = parts.of_target();
  return encode_texts(side, parts.target_post_processor.value_or(side.post_processor), {text}, options);
}

std::string token_in(const TokenizerParts& parts, std::int32_t id) {
  if (const std::string* added = parts.added.token_of(id)) return *added;
  return parts.model->vocabulary().token(id);
}

/// A source, the token that a decoder begins with, and what it writes.
Encoding encode_source_and_target(const TokenizerParts& parts, std::string_view source,
                                  std::string_view target, const EncodeOptions& options) {
  EncodeOptions room = options;
  if (room.max_length) room.max_length = std::max(1, *room.max_length - 1);
  Encoding out = encode_texts(parts, {source}, options), written = encode_written(parts, target, room);
  out.type_ids.assign(out.size(), 0);
  Encoding start;
  start.ids = {*parts.decoder_start};
  start.tokens = {token_in(parts.of_target(), *parts.decoder_start)};
  start.bytes = {{0, 0}};
  start.special = {1};
  start.truncated = out.truncated || written.truncated;
  append(start, std::move(written));
  start.type_ids.assign(start.size(), 1);
  start.sequence.assign(start.size(), 1);
  out.truncated = start.truncated;
  append(out, std::move(start));
  return out;
}

std::int32_t ids_of(const TokenizerParts& parts) {
  return std::max(parts.model->vocabulary().highest_id(), parts.added.highest_id()) + 1;
}

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::load(const std::filesystem::path& path, const Languages& languages) {
  return Tokenizer(std::make_unique<const Parts>(Parts{read_tokenizer(path, languages)}));
}

Tokenizer Tokenizer::load_beside(const std::filesystem::path& script) {
  return Tokenizer(std::make_unique<const Parts>(Parts{
      WordVectorsFile::is_one(script) ? read_tokenizer_of_vectors(script) : read_tokenizer_beside(script)}));
}

Encoding Tokenizer::encode(std::string_view text, const EncodeOptions& options) const {
  return encode_texts(*parts_, {text}, options);
}

Encoding Tokenizer::encode_pair(std::string_view first, std::string_view second,
                                const EncodeOptions& options) const {
  if (parts_->decoder_start) return encode_source_and_target(*parts_, first, second, options);
  return encode_texts(*parts_, {first, second}, options);
}

Encoding Tokenizer::encode_target(std::string_view text, const EncodeOptions& options) const {
  return encode_written(*parts_, text, options);
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special_tokens) const {
  const TokenizerParts& parts = parts_->of_target();
  std::vector<std::string> tokens;
  for (const std::int32_t id : ids) {
    std::string token = token_in(parts, id);
    if (token.empty() && !parts.model->vocabulary().has(id)) continue;
    if (skip_special_tokens && parts.added.is_special_content(token)) continue;
    tokens.push_back(std::move(token));
  }
  std::string out;
  if (parts.decoder) {
    if (!tokens.empty()) parts.decoder(tokens);
    for (const std::string& token : tokens) out += token;
  } else {
    for (std::size_t i = 0; i < tokens.size(); ++i) out += (i > 0 ? " " : "") + tokens[i];
  }
  return out;
}

std::optional<std::int32_t> Tokenizer::id_of(std::string_view token) const {
  return parts_->of_target().id_of(token);
}

std::string Tokenizer::token_of(std::int32_t id) const {
  return token_in(parts_->of_target(), id);
}

std::int32_t Tokenizer::vocab_size() const {
  return ids_of(*parts_);
}
std::int32_t Tokenizer::target_vocab_size() const {
  return ids_of(parts_->of_target());
}
std::optional<std::int32_t> Tokenizer::decoder_start() const {
  return parts_->decoder_start;
}

std::optional<std::int32_t> Tokenizer::target_language() const {
  return parts_->target_language;
}

std::optional<std::int32_t> Tokenizer::unk_id() const {
  return parts_->role(Role::Unk);
}
std::optional<std::int32_t> Tokenizer::mask_id() const {
  return parts_->role(Role::Mask);
}
std::optional<std::int32_t> Tokenizer::pad_id() const {
  return parts_->role(Role::Pad);
}
std::optional<std::int32_t> Tokenizer::bos_id() const {
  return parts_->role(Role::Bos);
}
std::optional<std::int32_t> Tokenizer::eos_id() const {
  return parts_->role(Role::Eos);
}
std::optional<std::int32_t> Tokenizer::cls_id() const {
  return parts_->role(Role::Cls);
}
std::optional<std::int32_t> Tokenizer::sep_id() const {
  return parts_->role(Role::Sep);
}
bool Tokenizer::is_special(std::int32_t id) const {
  return parts_->of_target().added.is_special(id);
}
std::optional<int> Tokenizer::file_max_length() const {
  return parts_->file_max_length;
}
std::optional<int> Tokenizer::model_max_length() const {
  return parts_->model_max_length;
}
int Tokenizer::added_tokens(bool pair) const {
  return pair ? parts_->post_processor.added_pair : parts_->post_processor.added_single;
}
const std::string& Tokenizer::fingerprint() const {
  return parts_->fingerprint;
}

}  // namespace neurox::text
