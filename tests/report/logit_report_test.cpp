#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(LogitReport, PartsAreMeansOverSentencesAndAddUp) {
  const testing::TempFolder folder;
  testing::write_sample_ranking(folder / "r.h5ad");
  io::AnnData data = io::read_anndata(folder / "r.h5ad");
  data.uns["parts"] = io::Tree::object();
  const auto add = [&](int sentence, const char* component, int block, int head, double value) {
    io::Tree& t = data.uns["parts"];
    t["sentence"].push_back(sentence), t["component"].push_back(component), t["block"].push_back(block);
    t["head"].push_back(head), t["value"].push_back(value);
  };
  for (int s = 0; s < 2; ++s) {
    add(s, "embeddings", -1, -1, 1);
    add(s, "attention head", 0, 0, 2), add(s, "attention head", 0, 1, s == 0 ? -4 : 0);
    add(s, "attention bias", 0, -1, .5), add(s, "mlp", 0, -1, 8), add(s, "norm biases", 0, -1, .25);
    add(s, "final norm bias", -1, -1, 16), add(s, "head bias", -1, -1, 32);
  }
  io::write_anndata(folder / "d.h5ad", data, {});
  const ReportData found = load_report({folder / "d.h5ad"}, {});
  ASSERT_EQ(found.methods.parts.size(), 1U);
  const LogitParts& p = found.methods.parts[0];
  EXPECT_THAT(p.attention, ElementsAre(.5));
  EXPECT_THAT(p.mlp, ElementsAre(8));
  EXPECT_EQ(p.heads(0, 1), -2);
  const std::string page = render_page(found);
  // 1, + 0.5 + 8 + 0.25, + 16, + 32
  EXPECT_THAT(page,
              HasSubstr("<th scope=\"row\">block 0</th><td class=\"n\">0.5</td><td class=\"n\">8</td><td "
                        "class=\"n\">0.25</td><td class=\"n\">9.75</td>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"n\">57.75</td>"));
  EXPECT_THAT(page, HasSubstr("href=\"#logit\""));
}

}  // namespace
}  // namespace neurox
