#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;

std::string page_of_groups(const std::vector<std::string>& names) {
  const testing::TempFolder folder;
  testing::write_sample_ranking(folder / "r.h5ad");
  io::AnnData data = io::read_anndata(folder / "r.h5ad");
  data.uns["groups"] = {{"group", names},
                        {"neurons", {3, 3}},
                        {"effect", {.5, -.25}},
                        {"magnitude", {.5, .375}},
                        {"standard_error", {.125, .25}}};
  data.uns["examples"] = {{"text", {"one", "two"}}};
  io::write_anndata(folder / "g.h5ad", data, {});
  return render_page(load_report({folder / "g.h5ad"}, {}));
}

TEST(GroupsReport, HeadsAreAMapOfBlocksAndHeads) {
  const std::string page = page_of_groups({"0.1", "3.10"});
  EXPECT_THAT(page, HasSubstr("\"x\":\"10\",\"y\":\"3\",\"v\":-0.25"));
  EXPECT_THAT(page, HasSubstr("mean over 2 sentences"));
}

TEST(GroupsReport, HeadsOfSeveralSitesAreARowForEachSiteAndBlock) {
  const std::string page =
      page_of_groups({"encoder.blocks.2.attn.hook_z:7", "decoder.blocks.0.cross_attn.hook_z:1"});
  EXPECT_THAT(page, HasSubstr("\"x\":\"7\",\"y\":\"encoder_attn_z@2\",\"v\":0.5"));
  EXPECT_THAT(page, HasSubstr("\"x\":\"1\",\"y\":\"decoder_cross_z@0\",\"v\":-0.25"));
}

TEST(GroupsReport, OtherGroupsAreBarsWithTheirErrors) {
  const std::string page = page_of_groups({"blocks.0.hook_resid_post", "the <rest>"});
  EXPECT_THAT(page, HasSubstr("\"x\":\"resid_post@0\",\"y\":0.5"));
  EXPECT_THAT(page, HasSubstr("\"lo\":-0.5,\"hi\":0.0}"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">the &lt;rest&gt;</th>"));
}

TEST(GroupsReport, NeuronsOfAGroupAreNotListedAsTheBestOnes) {
  const std::string page = page_of_groups({"0.1", "3.10"});
  EXPECT_THAT(page, ::testing::Not(HasSubstr("Where the top neurons live")));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("No probe was given"))) << "this page is of attributions";
}

}  // namespace
}  // namespace neurox
