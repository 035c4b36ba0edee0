#include "neurox/report/html.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support.h"

namespace neurox {
namespace {

TEST(Html, EscapesWhatEndsATextOrAnAttribute) {
  EXPECT_EQ(html::escape("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
}

TEST(Html, BrokenUtf8AndControlCharactersBecomeTheReplacementCharacter) {
  EXPECT_EQ(html::escape("a\x80z"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(html::escape("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(html::escape(std::string_view("\0\x1b", 2)), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(html::escape("ä 日 😀"), "ä 日 😀");
}

TEST(Html, JsonInAScriptHoldsNothingThatEndsTheScript) {
  nlohmann::ordered_json value{{"word", "</script><!-- & \xE2\x80\xA8 \x80"}};
  const std::string json = html::script_json(value);
  EXPECT_THAT(json, ::testing::Not(::testing::HasSubstr("<")));
  EXPECT_THAT(json, ::testing::Not(::testing::HasSubstr("&")));
  EXPECT_EQ(nlohmann::ordered_json::parse(json)["word"], "</script><!-- & \xE2\x80\xA8 \xEF\xBF\xBD");
}

TEST(Html, NumbersThatAreNotKnownAreDashes) {
  EXPECT_EQ(html::number(std::nan("")), "–");
  EXPECT_EQ(html::percent(std::nan("")), "–");
  EXPECT_EQ(html::percent(0.9444), "94.4\u202f%");
  EXPECT_EQ(html::round_percent(27.0 / 2688), "1\u202f%");
  EXPECT_EQ(html::round_percent(134.0 / 2688), "5\u202f%");
  EXPECT_EQ(html::round_percent(0.125), "12.5\u202f%");
  EXPECT_EQ(html::number(-0.000123456), "−0.0001235");
  EXPECT_EQ(html::number(-0.0), "0");
  EXPECT_EQ(html::count(1234567),
            "1\xE2\x80\xAF"
            "234\xE2\x80\xAF"
            "567");
}

TEST(Html, ATableNamesItsColumnsAndRowsForScreenReaders) {
  const std::string t = html::table({"Scores <1>", {{"class", false}, {"F1"}}, {{"A&B", "0.5"}}});
  EXPECT_THAT(t, ::testing::HasSubstr("<caption>Scores &lt;1&gt;</caption>"));
  EXPECT_THAT(t, ::testing::HasSubstr("<th scope=\"col\" class=\"n\">F1</th>"));
  EXPECT_THAT(t, ::testing::HasSubstr("<th scope=\"row\">A&amp;B</th><td class=\"n\">0.5</td>"));
}

}  // namespace
}  // namespace neurox
