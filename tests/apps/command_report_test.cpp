#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/core/hash.h"

namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

TEST(CommandReport, IsOnePageOfEverythingAndTheSameBytesAgain) {
  const PipelineFolder folder;
  folder.make_ranking();
  must_run(folder,
           "ablate model dev.conllu --ranking v.rank.h5ad --probe v.probe.h5ad --top 10%,50% --random 2 -o "
           "v.ablate.h5ad");
  must_run(folder, "report dev.h5ad v.probe.h5ad v.rank.h5ad v.ablate.h5ad -o r.html");
  const std::string page = read_text(folder / "r.html");
  EXPECT_THAT(page, HasSubstr("blocks.1.hook_resid_post"));
  EXPECT_THAT(page, HasSubstr("</html>"));
  EXPECT_EQ(page.find("src=\"http"), std::string::npos);
  const std::string bytes = sha256_file(folder / "r.html");
  must_run(folder, "report dev.h5ad v.probe.h5ad v.rank.h5ad v.ablate.h5ad -o r.html --force");
  EXPECT_EQ(sha256_file(folder / "r.html"), bytes);
}
TEST(CommandReport, AFileThatIsNothingOfOursIsRefused) {
  const PipelineFolder folder;
  write_text(folder / "x.h5ad", "hello");
  expect_refusal(folder, "report x.h5ad -o out.html", 1, "x.h5ad", "out.html");
}

}  // namespace
}  // namespace neurox::testing
