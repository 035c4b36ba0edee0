#include <gmock/gmock.h>

#include "neurox/report/load_report.h"
#include "neurox/report/render_page.h"
#include "report/sample_files.h"
#include "support.h"

namespace neurox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Two outputs, of two tokens and of one, as `attribute --shares` writes them.
void write_shares(const std::filesystem::path& path) {
  io::AnnData data;
  data.X = MatrixF(3, 7);
  *data.X << 5, .75F, 0, .25F, 1, 0, 1,  //
      4, .5F, .25F, .25F, 1, -1, 1.5F,   //
      3, .25F, 0, .75F, 1, 0, 1;
  data.obs.rows = 3;
  data.obs.add("sentence", std::vector<std::int64_t>{0, 0, 1});
  data.obs.add("position", std::vector<std::int64_t>{0, 1, 0});
  data.obs.add("token", std::vector<std::string>{"der", "<i>", "ein"});
  data.var.rows = 7;
  data.var.row_names = {{"value", "source", "prefix", "special", "source_sum", "prefix_sum", "entropy"}};
  data.uns["by_position"] = {{"position", {0, 1}},   {"tokens", {2, 1}},     {"source", {.5, .5}},
                             {"prefix", {0.0, .25}}, {"special", {.5, .25}}, {"entropy", {1.0, 1.5}}};
  io::Provenance provenance = testing::sample_provenance("shares");
  provenance.settings = {{"method", "input-x-gradient"}};
  data.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(path, data, {});
}

TEST(SharesReport, PlacesAreLinesAndTokensAreShadedByTheSource) {
  const testing::TempFolder folder;
  write_shares(folder / "s.h5ad");
  const std::string page = render_page(load_report({folder / "s.h5ad"}, {}));
  EXPECT_THAT(page, HasSubstr("<h2>What each token of an output comes from</h2>"));
  EXPECT_THAT(page, HasSubstr("by input-x-gradient, mean over 2 outputs."));
  // The mean of both first tokens, and each of them.
  EXPECT_THAT(page, HasSubstr("\"x\":0,\"y\":0.5,\"tip\":\"token 0: source 50.0\u202f%, mean of 2\""));
  EXPECT_THAT(page, HasSubstr("\"x\":\"0\",\"y\":\"1\",\"v\":0.75,\"t\":\"der\""));
  EXPECT_THAT(page, HasSubstr("\"x\":\"0\",\"y\":\"2\",\"v\":0.25,\"t\":\"ein\""));
  EXPECT_THAT(page, HasSubstr("output so far 25.0\u202f%"));
  EXPECT_THAT(page, Not(HasSubstr("No probe was given"))) << "this page is of attributions";
}

}  // namespace
}  // namespace neurox
