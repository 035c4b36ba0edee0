#include "neurox/text/vocabulary.h"

#include <cassert>

namespace neurox::text {
namespace {

const std::string kNoToken;

/// FNV's low bits alone are poor for short strings.
std::size_t place(std::uint64_t hash, std::size_t slots) {
  return static_cast<std::size_t>((hash ^ (hash >> 32)) & (slots - 1));
}

}  // namespace

void Vocabulary::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, -1);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    std::size_t at = place(entries_[i].hash, slots_.size());
    while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = static_cast<std::int32_t>(i);
  }
}

void Vocabulary::add(std::string_view token, std::int32_t id) {
  assert(id >= 0);
  if (by_id_.size() <= static_cast<std::size_t>(id)) by_id_.resize(static_cast<std::size_t>(id) + 1, -1);
  if (entries_.size() * 2 >= slots_.size()) grow();
  const std::uint64_t h = hash(token);
  std::size_t at = place(h, slots_.size());
  while (slots_[at] >= 0) {
    Entry& entry = entries_[static_cast<std::size_t>(slots_[at])];
    if (entry.token == token) {
      entry.id = id;
      by_id_[static_cast<std::size_t>(id)] = slots_[at];
      return;
    }
    at = (at + 1) & (slots_.size() - 1);
  }
  slots_[at] = by_id_[static_cast<std::size_t>(id)] = static_cast<std::int32_t>(entries_.size());
  entries_.push_back({std::string(token), h, id});
}

std::int32_t Vocabulary::find(std::uint64_t hash_of_both, std::string_view head,
                              std::string_view tail) const {
  if (slots_.empty()) return -1;
  std::size_t at = place(hash_of_both, slots_.size());
  while (slots_[at] >= 0) {
    const Entry& entry = entries_[static_cast<std::size_t>(slots_[at])];
    if (entry.hash == hash_of_both && entry.token.size() == head.size() + tail.size() &&
        entry.token.starts_with(head) && entry.token.ends_with(tail))
      return entry.id;
    at = (at + 1) & (slots_.size() - 1);
  }
  return -1;
}

bool Vocabulary::has(std::int32_t id) const {
  return id >= 0 && id <= highest_id() && by_id_[static_cast<std::size_t>(id)] >= 0;
}

const std::string& Vocabulary::token(std::int32_t id) const {
  return has(id) ? entries_[static_cast<std::size_t>(by_id_[static_cast<std::size_t>(id)])].token : kNoToken;
}

}  // namespace neurox::text
