#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A ranking of the sample's neurons as `ablate --mediate` writes it: of neurons, or of `mediators`.
std::string page_of_mediation(const std::string& unit, const std::vector<std::string>& mediators) {
  const testing::TempFolder folder;
  testing::write_sample_ranking(folder / "r.h5ad");
  io::AnnData data = io::read_anndata(folder / "r.h5ad");
  data.layers.clear();
  data.layers.emplace_back("direct", *data.X * -1);
  data.uns["ranking"] = {{"method", "mediation"}, {"label", ""}, {"larger_is_more_important", true}};
  io::Provenance provenance = testing::sample_provenance("ranking");
  provenance.settings = {{"mediate", unit}};
  data.uns["neurox"] = io::to_tree(provenance);
  data.uns["totals"] = {{"class", {"man", "overall"}},
                        {"pairs", {1, 2}},
                        {"total_effect", {1.0, 2.5}},
                        {"standard_error", {0.0, .25}}};
  data.uns["bias"] = {
      {"candidates", "he/she"}, {"mean", .5}, {"geometric_mean", .375}, {"share_above_1", .5}};
  data.uns["pairs"] = {{"base", {"The nurse", "The <i>"}},
                       {"counterfactual", {"The man", "The man"}},
                       {"base_candidate", {"she", "she"}},
                       {"counterfactual_candidate", {"he", "he"}},
                       {"ratio", {.25, .5}},
                       {"counterfactual_ratio", {1.0, 1.5}},
                       {"total_effect", {3.0, 2.0}}};
  if (!mediators.empty())
    data.uns["mediators"] = {
        {"mediator", mediators}, {"neurons", {3, 3}}, {"indirect", {.75, -.5}}, {"direct", {1.25, 2.0}}};
  io::write_anndata(folder / "m.h5ad", data, {});
  return render_page(load_report({folder / "m.h5ad"}, {}));
}

TEST(MediationReport, SitesAreBarsOfBothEffects) {
  const std::string page = page_of_mediation("site", {"blocks.0.hook_resid_post", "blocks.0.mlp.hook_post"});
  EXPECT_THAT(page, HasSubstr("<h2>Through what a word changes what goes on</h2>"));
  EXPECT_THAT(page, HasSubstr("Total effect 2.5 ± 0.25 over 2 pairs; bias ratio he/she: 0.375 (geometric "
                              "mean), above 1 in 50.0\u202f% of the prompts."));
  EXPECT_THAT(page, HasSubstr("\"x\":\"mlp_post@0\",\"y\":-0.5"));
  EXPECT_THAT(page, HasSubstr("\"x\":\"mlp_post@0\",\"y\":2.0"));
  EXPECT_THAT(page, HasSubstr("\"name\":\"direct\""));
  EXPECT_THAT(page, HasSubstr("The &lt;i&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("Where the top neurons live"))) << "all neurons of a site have its effect";
}

TEST(MediationReport, HeadsAreAMap) {
  const std::string page = page_of_mediation("head", {"0.1", "3.10"});
  EXPECT_THAT(page, HasSubstr("\"x\":\"10\",\"y\":\"3\",\"v\":-0.5"));
  EXPECT_THAT(page, HasSubstr("direct 2, 3 neurons"));
}

TEST(MediationReport, OfNeuronsThoseAtBothEndsAreShown) {
  const std::string page = page_of_mediation("neuron", {});
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">blocks.0.mlp.hook_post:0</th>"));
  EXPECT_THAT(page, HasSubstr("by neuron, mean over pairs."));
  EXPECT_THAT(page, Not(HasSubstr("\"name\":\"direct\"")));
}

}  // namespace
}  // namespace neurox
