#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace neurox::text {

/// Tokens and their ids, both ways. Read by many threads at once once it is built.
///
/// A hash table of its own, since tokenizers ask for `prefix + part of a word` many times a word: a hash of a
/// longer string is had from that of a shorter one, and no string is built to ask.
class Vocabulary {
 public:
  /// FNV-1a, continued by further bytes.
  static constexpr std::uint64_t kHashOfNothing = 14695981039346656037U;
  static std::uint64_t hash(std::string_view bytes, std::uint64_t before = kHashOfNothing) {
    for (const char byte : bytes) before = (before ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    return before;
  }

  /// A token that is there already gets the new id.
  void add(std::string_view token, std::int32_t id);

  /// The id, or -1.
  std::int32_t find(std::string_view token) const { return find(hash(token), token, {}); }
  /// The id of head + tail, whose hash is given, or -1.
  std::int32_t find(std::uint64_t hash_of_both, std::string_view head, std::string_view tail) const;

  /// The token of an id; empty, and `has` false, where there is none.
  const std::string& token(std::int32_t id) const;
  bool has(std::int32_t id) const;
  /// Number of tokens (not of ids: they may have holes).
  std::size_t size() const { return entries_.size(); }
  std::int32_t highest_id() const { return static_cast<std::int32_t>(by_id_.size()) - 1; }

 private:
  struct Entry {
    std::string token;
    std::uint64_t hash;
    std::int32_t id;
  };
  void grow();

  std::vector<Entry> entries_;
  std::vector<std::int32_t> slots_;  // index into entries_, or -1; a power of two of them
  std::vector<std::int32_t> by_id_;  // index into entries_, or -1
};

}  // namespace neurox::text
