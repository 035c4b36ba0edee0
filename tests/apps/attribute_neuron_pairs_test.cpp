#include <gmock/gmock.h>

#include "apps/program.h"
#include "neurox/io/anndata.h"

/// `neurox attribute` with pairs of neurons.
namespace neurox::testing {
namespace {

class NeuronPairFolder : public TempFolder {
 public:
  NeuronPairFolder() {
    tiny_model(*this, "bert-sequence");
    write_text(*this / "some.txt", "the cat sat\na dog\n");
  }
};

TEST(AttributeNeuronPairs, TopNeuronsOfARankingInOneFileWithTheirMeanFirst) {
  const NeuronPairFolder folder;
  must_run(folder, "attribute model some.txt --method conductance --sites resid_post@0 -o r.h5ad");
  const auto said =
      must_run(folder,
               "attribute model some.txt --method integrated-hessians,shapley-taylor,arch-detect --ranking "
               "r.h5ad --top 3 -o p.h5ad");
  EXPECT_EQ(said["groups of neurons"], 3);
  EXPECT_FALSE(said["groups"].empty()) << "ArchAttribute's";
  io::AnnData file = io::read_anndata(folder / "p.h5ad");
  // Three neurons and all others: ten rows a text; the mean and two texts.
  EXPECT_EQ(file.X->rows(), 30);
  EXPECT_EQ(file.uns["examples"]["text"][0], "the mean over 2 texts");
  for (Index r = 0; r < 10; ++r)
    EXPECT_NEAR((*file.X)(r, 1), ((*file.X)(r + 10, 1) + (*file.X)(r + 20, 1)) / 2, 1e-5F);
  must_run(folder, "report p.h5ad -o p.html");
}
TEST(AttributeNeuronPairs, HeadsAreNamedAndTooManyPlayersAreRefused) {
  const NeuronPairFolder folder;
  const auto said = must_run(
      folder, "attribute model some.txt --method shapley-interaction --sites attn_z --groups head -o h.h5ad");
  EXPECT_EQ(said["groups of neurons"], 8);
  expect_refusal(folder,
                 "attribute model some.txt --method arch-detect --sites resid_post,mlp_post,attn_z,resid_mid "
                 "-o out.h5ad",
                 2, "take about as many passes as their square; name at most 200");
  expect_refusal(
      folder, "attribute model some.txt --method arch-detect --sites resid_post --ranking h.h5ad -o out.h5ad",
      2, "leave --sites away");
}

TEST(AttributeThroughANeuron, SumsToTheNeuronsConductanceAndNeedsOne) {
  const NeuronPairFolder folder;
  must_run(folder,
           "attribute model some.txt --limit 1 --method conductance --sites mlp_post@0 --steps 400 --target "
           "1 -o c.h5ad");
  must_run(folder,
           "attribute model some.txt --limit 1 --method neuron-conductance --through mlp_post@0:7 --target 1 "
           "-o n.h5ad");
  const io::AnnData all = io::read_anndata(folder / "c.h5ad");
  EXPECT_NEAR(io::read_anndata(folder / "n.h5ad").X->sum(),
              all.layer("signed_sum")->row(7)(all.layer("signed_sum")->cols() - 1), 1e-4);
  expect_refusal(folder, "attribute model some.txt --method neuron-conductance -o out.h5ad", 2,
                 "which neuron? give --through");
  expect_refusal(folder,
                 "attribute model some.txt --method neuron-conductance --through mlp_post@0:7 --through-word "
                 "9 -o out.h5ad",
                 1, "no word 9");
}

}  // namespace
}  // namespace neurox::testing
