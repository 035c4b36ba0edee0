#include "neurox/text/sentencepiece_model.h"

#include <cstring>

#include "neurox/text/json_reader.h"
#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

/// Fields of one protocol-buffer message, in the order in which they stand.
class Fields {
 public:
  Fields(std::string_view bytes, const std::filesystem::path& file) : bytes_(bytes), file_(file) {}

  bool next() {
    if (at_ == bytes_.size()) return false;
    const std::uint64_t key = varint();
    number = static_cast<int>(key >> 3);
    const auto wire = static_cast<int>(key & 7);
    if (wire == 0) {
      value = varint();
    } else if (wire == 1 || wire == 5) {
      part = take(wire == 1 ? 8 : 4);
    } else if (wire == 2) {
      part = take(varint());
    } else {
      throw broken();
    }
    return true;
  }
  float real() const {
    float out = 0;
    if (part.size() != sizeof out) throw broken();
    std::memcpy(&out, part.data(), sizeof out);
    return out;
  }
  Error broken() const {
    return input_error("{}: no sentencepiece model (byte {} of a message)", file_.string(), at_);
  }

  int number = 0;
  std::uint64_t value = 0;
  std::string_view part;

 private:
  std::uint64_t varint() {
    std::uint64_t out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      out |= static_cast<std::uint64_t>(byte & 127U) << shift;
      if (byte < 128) return out;
    }
    throw broken();
  }
  std::string_view take(std::uint64_t size) {
    if (size > bytes_.size() - at_) throw broken();
    const std::string_view out = bytes_.substr(at_, size);
    at_ += size;
    return out;
  }

  std::string_view bytes_;
  const std::filesystem::path& file_;
  std::size_t at_ = 0;
};

SentencePieceModel::Piece read_piece(std::string_view bytes, std::size_t id,
                                     const std::filesystem::path& file) {
  SentencePieceModel::Piece out;
  for (Fields fields(bytes, file); fields.next();) {
    if (fields.number == 1) out.text = fields.part;
    if (fields.number == 2) out.score = fields.real();
    if (fields.number != 3) continue;
    if (fields.value < 1 || fields.value > 6)
      throw input_error(
          "{}: piece {} (\"{}\") is of type {}; known are 1 normal, 2 unknown, 3 control, 4 user defined, 5 "
          "unused, 6 byte",
          file.string(), id, out.text, fields.value);
    out.type = static_cast<SentencePieceModel::Type>(fields.value);
  }
  if (first_invalid_utf8(out.text)) throw input_error("{}: piece {} is not UTF-8", file.string(), id);
  return out;
}

void read_training(std::string_view bytes, const std::filesystem::path& file, SentencePieceModel& model) {
  for (Fields fields(bytes, file); fields.next();) {
    if (fields.number == 35) model.byte_fallback = fields.value != 0;
    if (fields.number == 40) model.unknown = static_cast<std::int32_t>(fields.value);
    if (fields.number != 3) continue;
    if (fields.value != 1 && fields.value != 2)
      throw input_error("{}: a sentencepiece model of {} is not supported, only unigram and BPE",
                        file.string(),
                        fields.value == 3   ? "words"
                        : fields.value == 4 ? "characters"
                                            : fmt::format("type {}", fields.value));
    model.kind = static_cast<SentencePieceModel::Kind>(fields.value);
  }
}

}  // namespace

SentencePieceModel SentencePieceModel::load(const std::filesystem::path& file) {
  const std::string content = read_file(file.string());
  SentencePieceModel out;
  for (Fields fields(content, file); fields.next();) {
    if (fields.number == 1) out.pieces.push_back(read_piece(fields.part, out.pieces.size(), file));
    if (fields.number == 2) read_training(fields.part, file, out);
    if (fields.number == 3)
      for (Fields rules(fields.part, file); rules.next();)
        if (rules.number == 2) out.character_map = rules.part;
  }
  if (out.pieces.empty()) throw input_error("{}: a sentencepiece model without pieces", file.string());
  return out;
}

}  // namespace neurox::text
