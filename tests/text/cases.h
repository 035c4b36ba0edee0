#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "neurox/text/tokenizer.h"

/// Comparing encodings with those that the reference library gave, as scripts/fixtures/tokenizer_cases.py and
/// the oracles beside the project store them.
namespace neurox::text::testing {

using Offsets = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

inline nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return nlohmann::json::parse(in);
}

/// Code-point offsets of an encoding of one or two texts.
inline Offsets characters(const Encoding& encoding, const std::string& first,
                          const std::string& second = "") {
  const CodePoints a(first), b(second);
  Offsets out;
  for (std::size_t i = 0; i < encoding.size(); ++i) {
    const auto& [begin, end] = encoding.bytes[i];
    const CodePoints& of = encoding.sequence[i] == 0 ? a : b;
    out.emplace_back(of.at_byte(begin), of.at_byte(end));
  }
  return out;
}

/// Compares with `expected`, which holds ids, tokens, char_offsets, special and perhaps type_ids,
/// byte_offsets.
inline void expect_equal(const Encoding& encoding, const Offsets& chars, const nlohmann::json& expected,
                         const std::string& where) {
  EXPECT_EQ(encoding.ids, expected["ids"].get<std::vector<std::int32_t>>()) << where;
  EXPECT_EQ(encoding.tokens, expected["tokens"].get<std::vector<std::string>>()) << where;
  EXPECT_EQ(chars, expected["char_offsets"].get<Offsets>()) << where;
  EXPECT_EQ(encoding.special, expected["special"].get<std::vector<std::uint8_t>>()) << where;
  if (expected.contains("byte_offsets")) {
    EXPECT_EQ(encoding.bytes, expected["byte_offsets"].get<Offsets>()) << where;
  }
  if (expected.contains("type_ids")) {
    EXPECT_EQ(encoding.type_ids, expected["type_ids"].get<std::vector<std::int32_t>>()) << where;
  }
}

/// Runs every case of a stored list: an encoding each, and what it decodes to.
/// @return 1 at the first case that differs, else 0
inline int compare_cases(const Tokenizer& tokenizer, const nlohmann::json& cases, const std::string& name) {
  for (const nlohmann::json& one : cases) {
    const auto text = one["text"].get<std::string>();
    const auto pair = one.value("pair", std::string());
    EncodeOptions options;
    options.add_special_tokens = one.value("add_special_tokens", true);
    if (one.contains("max_length")) options.max_length = one["max_length"].get<int>();
    const Encoding encoding =
        one.contains("pair") ? tokenizer.encode_pair(text, pair, options) : tokenizer.encode(text, options);
    const bool failed_before = ::testing::Test::HasFailure();
    expect_equal(encoding, characters(encoding, text, pair), one, name + ": " + one.dump());
    if (one.contains("decoded")) {
      EXPECT_EQ(tokenizer.decode(encoding.ids, false), one["decoded"].get<std::string>())
          << name << one.dump();
      EXPECT_EQ(tokenizer.decode(encoding.ids, true), one["decoded_plain"].get<std::string>())
          << name << one.dump();
    }
    if (one.contains("cut")) {
      EXPECT_EQ(encoding.truncated, one["cut"].get<bool>()) << name << one.dump();
    }
    if (!failed_before && ::testing::Test::HasFailure()) return 1;  // the first is enough to read
  }
  return 0;
}

}  // namespace neurox::text::testing
