#include "neurox/text/utf8.h"

#include <algorithm>
#include <cstring>

namespace neurox::text {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Length of the valid sequence at i, or minus the length of the longest part there that begins a valid one
/// (at least 1).
int sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  if (lead < 0x80) return 1;
  int length = 0;
  unsigned low = 0x80, high = 0xBF;  // bounds of the second byte
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
  } else {
    return -1;
  }
  for (int k = 1; k < length; ++k) {
    const std::size_t at = i + static_cast<std::size_t>(k);
    if (at >= text.size() || byte_at(text, at) < low || byte_at(text, at) > high) return -k;
    low = 0x80;
    high = 0xBF;
  }
  return length;
}

}  // namespace

std::optional<std::size_t> first_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    if (byte_at(text, i) < 0x80) {
      ++i;
      continue;
    }
    const int length = sequence_length(text, i);
    if (length < 0) return i;
    i += static_cast<std::size_t>(length);
  }
  return std::nullopt;
}

char32_t next_code_point(std::string_view text, std::size_t& position) {
  const unsigned lead = byte_at(text, position++);
  if (lead < 0x80) return lead;
  const auto more = [&] { return byte_at(text, position++) & 0x3FU; };
  if (lead < 0xE0) return ((lead & 0x1FU) << 6) | more();
  if (lead < 0xF0) {
    const unsigned second = more();
    return ((lead & 0x0FU) << 12) | (second << 6) | more();
  }
  const unsigned second = more(), third = more();
  return ((lead & 0x07U) << 18) | (second << 12) | (third << 6) | more();
}

char32_t previous_code_point(std::string_view text, std::size_t& position) {
  do {
    --position;
  } while (position > 0 && is_continuation(text[position]));
  std::size_t at = position;
  return next_code_point(text, at);
}

void append_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::size_t count_code_points(std::string_view text) {
  return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

bool is_ascii(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if ((word & 0x8080808080808080U) != 0) return false;
  }
  for (; i < text.size(); ++i)
    if (byte_at(text, i) >= 0x80) return false;
  return true;
}

std::string replace_invalid_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const int length = sequence_length(bytes, i);
    if (length > 0) {
      text.append(bytes, i, static_cast<std::size_t>(length));
      i += static_cast<std::size_t>(length);
    } else {
      text += "\xEF\xBF\xBD";
      i += static_cast<std::size_t>(-length);
    }
  }
  return text;
}

}  // namespace neurox::text
