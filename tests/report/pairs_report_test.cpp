#include <gmock/gmock.h>

#include <cmath>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// `[CLS] not not bad`: the first word is in no pair with a value.
void write_pairs(const std::filesystem::path& path) {
  io::AnnData data;
  const std::vector<std::string> tokens{"[CLS]", "not", "not", "bad"};
  std::vector<std::int32_t> sentence, first, second;
  std::vector<std::string> first_token, second_token;
  for (int i = 0; i < 4; ++i)
    for (int j = i; j < 4; ++j) {
      sentence.push_back(0), first.push_back(i), second.push_back(j);
      first_token.push_back(tokens[static_cast<std::size_t>(i)]);
      second_token.push_back(tokens[static_cast<std::size_t>(j)]);
    }
  data.obs.add("sentence", sentence);
  data.obs.add("first", first), data.obs.add("second", second);
  data.obs.add("first_token", io::categorical(first_token));
  data.obs.add("second_token", io::categorical(second_token));
  data.var.rows = 1;
  data.var.row_names = std::vector<std::string>{"shapley-taylor"};
  data.X = MatrixF(10, 1);
  *data.X << 0, 0, 0, 0, 1, 0.25F, -3, 2, 0.5F, -4;
  data.uns["neurox"] = io::to_tree(testing::sample_provenance("attribution"));
  data.uns["examples"] = {{"text", {"not not bad"}},
                          {"target", {"POSITIVE"}},
                          {"method", {"shapley-taylor"}},
                          {"value", {1.5}},
                          {"baseline_value", {0.5}}};
  io::write_anndata(path, data, {});
}

TEST(PairsReport, PairsAreASymmetricMatrixAndSingleWordsAreShaded) {
  const testing::TempFolder folder;
  write_pairs(folder / "p.h5ad");
  const ReportData data = load_report({folder / "p.h5ad"}, {});
  ASSERT_EQ(data.methods.pairs.size(), 1U);
  const PairText& t = data.methods.pairs[0].texts.at(0);
  EXPECT_THAT(t.tokens, ElementsAre("not", "not", "bad"));
  const PairMatrix& m = t.matrices.at(0);
  EXPECT_EQ(m.pairs(0, 2), -3);
  EXPECT_EQ(m.pairs(2, 0), -3);
  EXPECT_TRUE(std::isnan(m.pairs(1, 1)));
  EXPECT_THAT(m.alone, ElementsAre(1, 2, -4));
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("\"domain\":[\"not\",\"not₂\",\"bad\"]"));
  EXPECT_THAT(
      page,
      HasSubstr("{\"x\":\"bad\",\"y\":\"not\",\"v\":-3.0,\"t\":\"−3.00\",\"tip\":\"not and bad: −3\"}"));
  EXPECT_THAT(page, HasSubstr("<span class=\"t n5\" title=\"−4\">bad</span>"));
  EXPECT_THAT(page, HasSubstr("shapley-taylor, target POSITIVE, f(x) 1.5, f(baseline) 0.5"));
  EXPECT_THAT(page, HasSubstr("href=\"#pairs\""));
}

TEST(PairsReport, WithoutNegativeValuesTheMatrixHasOneHueAndArchDetectIsSaidToHaveNoSign) {
  ReportData data;
  PairText text{"a b", {"a", "b"}, {{"arch-detect", "A", 1, 0, MatrixD::Constant(2, 2, .5), {}}}};
  data.methods.pairs.push_back({"p.h5ad", "tiny", {text}, 3});
  const std::string page = render_page(data);
  EXPECT_THAT(page, HasSubstr("arch-detect, target A, f(x) 1, f(baseline) 0; strength, without a sign"));
  EXPECT_THAT(page, HasSubstr("The first 1 of 3 sentences."));
  const auto scripts = page.substr(page.find("id=\"charts\">"), 2000);
  EXPECT_THAT(scripts.substr(0, scripts.find("</script>")), ::testing::Not(HasSubstr("diverging")));
  data.methods.pairs[0].texts[0].matrices[0].pairs(0, 1) = -1;
  EXPECT_THAT(render_page(data), HasSubstr("\"diverging\":true"));
}

TEST(PairsReport, ATextWithoutAPairSaysSo) {
  ReportData data;
  data.methods.pairs.push_back({"p.h5ad", "tiny", {{"a", {}, {}}}, 1});
  EXPECT_THAT(render_page(data), HasSubstr("No pair of its words has a value other than 0."));
}

TEST(PairsReport, AWordOrSentenceThatCannotBeIsRefused) {
  const testing::TempFolder folder;
  const auto said = [&](const char* column, std::int32_t value) {
    write_pairs(folder / "p.h5ad");
    io::AnnData data = io::read_anndata(folder / "p.h5ad");
    for (io::Column& c : data.obs.columns)
      if (c.name == column) std::get<std::vector<std::int32_t>>(c.data)[4] = value;
    io::write_anndata(folder / "bad.h5ad", data, {});
    return testing::refusal([&] { load_report({folder / "bad.h5ad"}, {}); });
  };
  EXPECT_THAT(said("second", -1), HasSubstr("bad.h5ad:/obs/second: row 4 holds -1, expected a whole number "
                                            "from 0 to 9; write the file anew"));
  std::filesystem::remove(folder / "p.h5ad"), std::filesystem::remove(folder / "bad.h5ad");
  EXPECT_THAT(said("sentence", 2000000000), HasSubstr("/obs/sentence: row 4 holds 2000000000, expected"));
}

}  // namespace
}  // namespace neurox
