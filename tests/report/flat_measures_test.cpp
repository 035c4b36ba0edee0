#include "neurox/report/flat_measures.h"

#include <gmock/gmock.h>

#include <cmath>

#include "neurox/core/no_value.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

AblationRow measured(const std::string& group, std::vector<double> values,
                     const std::string& target = "text") {
  AblationRow r;
  r.group = group, r.operation = group == "none" ? "none" : "add=2", r.target = target;
  r.values = std::move(values);
  return r;
}

AblationFindings table_of(std::vector<AblationRow> rows) {
  AblationFindings a;
  a.measures = {"texts", "distinct_1", "bleu", "chrf"};
  a.rows = std::move(rows);
  return a;
}

TEST(FlatMeasures, AreThoseWhoseNumbersAreTheSameToSixDigits) {
  const auto a = table_of({measured("none", {5, 1, 0, 50}), measured("list", {5, 1 - 1e-9, 0, 50.001}),
                           measured("list", {5, 1, no_value, 50})});
  EXPECT_THAT(flat_measures(a), UnorderedElementsAre(Pair("text", 0), Pair("text", 1), Pair("text", 2)));
  const std::string said = flat_measures_in_words(a);
  EXPECT_THAT(said, HasSubstr("The same under every condition: different words, share of all "
                              "(100.0\u202f%), BLEU (0)."));
  EXPECT_THAT(said, HasSubstr("BLEU counts up to four words in a row; of shorter texts it is 0."));
  EXPECT_THAT(said, Not(HasSubstr("texts (5)")));
}

TEST(FlatMeasures, TheUnablatedNumberCountsAndAClassDoesNot) {
  auto a = table_of({measured("none", {5, .75, 30, 50}), measured("list", {5, .5, 30, 60})});
  EXPECT_THAT(flat_measures(a), UnorderedElementsAre(Pair("text", 0), Pair("text", 2)));
  EXPECT_THAT(flat_measures_in_words(a), Not(HasSubstr("of shorter texts")));
  a.rows.push_back(measured("list", {5, .5, 90, 60}));
  a.rows.back().class_name = "NOUN";
  EXPECT_THAT(flat_measures(a), UnorderedElementsAre(Pair("text", 0), Pair("text", 2)));
}

TEST(FlatMeasures, TargetsAreApartAndOneNumberIsNotFlat) {
  // The first row stands for both targets.
  auto a = table_of({measured("none", {1, 1, 1, 1}, ""), measured("list", {1, 1, 2, no_value}, "model"),
                     measured("list", {1, 3, 1, no_value}, "matrix")});
  EXPECT_THAT(flat_measures(a),
              UnorderedElementsAre(Pair("model", 0), Pair("model", 1), Pair("matrix", 0), Pair("matrix", 2)));
  EXPECT_THAT(flat_measures_in_words(a), HasSubstr("BLEU in the activation matrix (1)"));
  a.rows = {measured("list", {1, 1, 1, 1})};
  EXPECT_TRUE(flat_measures(a).empty());
  EXPECT_EQ(flat_measures_in_words(a), "");
}

}  // namespace
}  // namespace neurox
