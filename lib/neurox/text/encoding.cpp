#include "neurox/text/encoding.h"

#include <algorithm>
#include <cassert>
#include <iterator>

#include "neurox/text/utf8.h"

namespace neurox::text {
namespace {

template <class T>
void append_all(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void append(Encoding& to, Encoding from) {
  append_all(to.ids, from.ids);
  append_all(to.type_ids, from.type_ids);
  append_all(to.tokens, from.tokens);
  append_all(to.bytes, from.bytes);
  append_all(to.special, from.special);
  append_all(to.sequence, from.sequence);
}

CodePoints::CodePoints(std::string_view utf8) : text_(utf8), ascii_(is_ascii(utf8)) {
  if (ascii_) return;
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % 64 == 0) counts_.push_back(count);
    if (!is_continuation(text_[i])) ++count;
  }
  counts_.push_back(count);
}

std::uint32_t CodePoints::at_byte(std::uint32_t byte) const {
  assert(byte <= text_.size());
  if (ascii_) return byte;
  if (byte == text_.size()) return counts_.back();
  const std::size_t block = byte / 64;
  const auto within = text_.substr(block * 64, byte - block * 64);
  return counts_[block] + static_cast<std::uint32_t>(count_code_points(within));
}

}  // namespace neurox::text
