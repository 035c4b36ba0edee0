#include "neurox/text/pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "neurox/text/byte_level.h"
#include "neurox/text/utf8.h"
#include "support.h"

namespace neurox::text {
namespace {

using neurox::testing::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The parts of a text, matched ones in brackets.
std::vector<std::string> parts_of(const Pattern& pattern, std::string_view text) {
  std::vector<Match> parts;
  pattern(text, parts);
  std::vector<std::string> out;
  for (const Match& part : parts) {
    const std::string piece(text.substr(part.begin, part.end - part.begin));
    out.push_back(part.matched ? "[" + piece + "]" : piece);
  }
  return out;
}

TEST(Pattern, AStringIsFoundFromLeftToRight) {
  EXPECT_THAT(parts_of(literal_pattern("aa"), "aaabaa"), ElementsAre("[aa]", "ab", "[aa]"));
  EXPECT_THAT(parts_of(literal_pattern(""), "ab"), ElementsAre("ab"));
  EXPECT_THAT(parts_of(literal_pattern("a"), ""), ElementsAre(""));
}

TEST(Pattern, EmptyMatchesCountButNotRightBehindAMatch) {
  EXPECT_THAT(parts_of(regex_pattern("x*"), "axxb"), ElementsAre("[]", "a", "[xx]", "b", "[]"));
}

TEST(Pattern, APlusBehindABoundedRepetitionRepeatsAsInRuby) {
  // In ICU's own syntax it would be possessive, and "ab" would not be found in "aaab".
  EXPECT_THAT(parts_of(regex_pattern("a{1,2}+b"), "aaab"), ElementsAre("[aaab]"));
  EXPECT_EQ(icu_expression("(ab){1,2}+c"), "(?:(ab){1,2})+c");
  EXPECT_EQ(icu_expression("a{,2}"), "a{0,2}");
  EXPECT_EQ(icu_expression("a{x}"), "a\\{x\\}");
}

TEST(Pattern, LinesAndDotsAreRubys) {
  EXPECT_THAT(parts_of(regex_pattern("^b$"), "a\nb\nc"), ElementsAre("a\n", "[b]", "\nc"));
  EXPECT_THAT(parts_of(regex_pattern("a.b"), "a\nb"), ElementsAre("a\nb"));
  EXPECT_THAT(parts_of(regex_pattern("(?m)a.b"), "a\nb"), ElementsAre("[a\nb]"));
}

TEST(Pattern, ClassesAreOnigurumas) {
  // A vertical tab is white space there, not in ICU's \s.
  EXPECT_THAT(parts_of(regex_pattern("\\s"), "a\vb"), ElementsAre("a", "[\v]", "b"));
  EXPECT_THAT(parts_of(regex_pattern("[^\\s\\p{L}]+"), "ab1\u00bd cd"),
              ElementsAre("ab", "[1\u00bd]", " cd"));
  EXPECT_THAT(parts_of(regex_pattern("\\h+"), "xBeEf"), ElementsAre("x", "[BeEf]"));
}

TEST(Pattern, OffsetsAreBytesWhateverTheCharacters) {
  EXPECT_THAT(parts_of(regex_pattern("[a-z]+"), "\u00e9ab\U0001f600cd"),
              ElementsAre("\u00e9", "[ab]", "\U0001f600", "[cd]"));
}

TEST(Pattern, WhatCannotBeCompiledIsRefused) {
  EXPECT_THAT(refusal([] { regex_pattern("(a"); }), HasSubstr("the expression \"(a\" cannot be compiled"));
}

TEST(Pattern, Gpt2sWordsTakeTheSpaceBeforeThem) {
  EXPECT_THAT(parts_of(split_gpt2, "I'll go  to\n\n x2!? "),
              ElementsAre("[I]", "['ll]", "[ go]", "[ ]", "[ to]", "[\n\n]", "[ x]", "[2]", "[!?]", "[ ]"));
}

TEST(Pattern, Gpt2sWordsByHandEqualItsExpression) {
  const Pattern expression =
      regex_pattern(R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)");
  const std::u32string alphabet =
      U" \n\t'stredvml01x.,!\u00e9\u4e2d\u0301\u00a0\u3000\u0663\u2167\U0001f600\u200d";
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (unsigned k = 1 + random() % 14; k > 0; --k) append_utf8(text, alphabet[random() % alphabet.size()]);
    EXPECT_EQ(parts_of(split_gpt2, text), parts_of(expression, text)) << text;
  }
}

}  // namespace
}  // namespace neurox::text
