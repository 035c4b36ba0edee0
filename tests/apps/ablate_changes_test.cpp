#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

using ::testing::ElementsAre;

TEST(AblateChanges, OtherNeuronsThatMoveAreARanking) {
  const TempFolder folder;
  tiny_model(folder, "gpt2-lm");
  write_text(folder / "text.txt", "a b c d\ne f g\nh i j k l\n");
  const auto said = must_run(
      folder, "ablate model text.txt --neurons mlp_post@0:0-9 --changes mlp_post,resid_post -o c.h5ad");
  EXPECT_EQ(said["rows"], 12);
  EXPECT_EQ(said["neurons"], 2 * (96 + 24) - 10);
  const io::AnnData one = io::read_anndata(folder / "c.h5ad");
  EXPECT_THAT(*one.var.row_names, ElementsAre("overall"));
  EXPECT_EQ(one.obs.numbers("neuron", "c")[0], 10) << "the edited ones are left out";
  EXPECT_EQ(one.X->topRows(86).maxCoeff(), 0) << "what stands beside them does not move";
  const auto deviation = one.obs.numbers("standard_deviation", "c");
  EXPECT_NEAR((*one.X)(100, 0), (*one.layer("absolute_change"))(100, 0) / deviation[100], 1e-5);
  const auto two = must_run(folder,
                            "ablate model text.txt --neurons mlp_post@0:0-1 --each --operation zero,add=3 "
                            "--changes resid_post@1 -o t.h5ad");
  EXPECT_THAT(*io::read_anndata(folder / "t.h5ad").var.row_names,
              ElementsAre("blocks.0.mlp.hook_post:0 zero", "blocks.0.mlp.hook_post:1 zero",
                          "blocks.0.mlp.hook_post:0 add=3", "blocks.0.mlp.hook_post:1 add=3", "overall"));
  must_run(folder, "ablate model text.txt --ranking c.h5ad --top 5 -o a.h5ad");
  must_run(folder, "report c.h5ad -o c.html");
  const std::string changed = "ablate model text.txt -o out.h5ad --changes ";
  expect_refusal(folder, changed + "mlp_post@0 --neurons mlp_post@0", 2,
                 "every neuron of --changes is edited");
  expect_refusal(folder, changed + "mlp_post --neurons mlp_post@0 --measure kl", 2, "leave --as-ranking");
}

}  // namespace
}  // namespace neurox::testing
