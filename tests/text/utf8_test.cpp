#include "neurox/text/utf8.h"

#include <gtest/gtest.h>

namespace neurox::text {
namespace {

using namespace std::string_view_literals;

TEST(Utf8, ValidTextHasNoInvalidByte) {
  EXPECT_EQ(first_invalid_utf8(""), std::nullopt);
  EXPECT_EQ(first_invalid_utf8("plain\0 text"sv), std::nullopt);
  EXPECT_EQ(first_invalid_utf8("\u00e9\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"), std::nullopt);
}

TEST(Utf8, TheFirstInvalidSequenceIsNamedByItsBegin) {
  EXPECT_EQ(first_invalid_utf8("ab\xff"), 2u);
  EXPECT_EQ(first_invalid_utf8("\u00e9\x80"), 2u);                 // a lone continuation
  EXPECT_EQ(first_invalid_utf8("a\xe2\x82"), 1u);                  // cut off at the end
  EXPECT_EQ(first_invalid_utf8("a\xc0\x80"), 1u);                  // overlong NUL
  EXPECT_EQ(first_invalid_utf8("a\xe0\x9f\xbf"), 1u);              // overlong
  EXPECT_EQ(first_invalid_utf8("a\xed\xa0\x80"), 1u);              // a surrogate
  EXPECT_EQ(first_invalid_utf8("a\xf4\x90\x80\x80"), 1u);          // above U+10FFFF
  EXPECT_EQ(first_invalid_utf8("ok \xf0\x9f\x98 then more"), 3u);  // three of four bytes
}

TEST(Utf8, CodePointsGoBothWays) {
  const std::u32string all = U"a\u00e9\u20ac\U0001f600";
  std::string text;
  for (const char32_t c : all) append_utf8(text, c);
  std::size_t at = 0;
  for (const char32_t c : all) EXPECT_EQ(next_code_point(text, at), c);
  EXPECT_EQ(at, text.size());
  for (auto c = all.rbegin(); c != all.rend(); ++c) EXPECT_EQ(previous_code_point(text, at), *c);
  EXPECT_EQ(at, 0u);
  EXPECT_EQ(count_code_points(text), 4u);
}

TEST(Utf8, EveryLongestInvalidPartBecomesOneReplacement) {
  // The example of the Unicode standard, table 3-8: 61 F1 80 80 E1 80 C2 62 80 63 80 BF 64.
  EXPECT_EQ(replace_invalid_utf8("a\xF1\x80\x80\xE1\x80\xC2"
                                 "b\x80"
                                 "c\x80\xBF"
                                 "d"),
            "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
}

}  // namespace
}  // namespace neurox::text
