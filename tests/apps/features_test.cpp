#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

/// A random GPT-2 with autoencoders of its first block's stream.
class FeaturesFolder : public TempFolder {
 public:
  FeaturesFolder() {
    tiny_model(*this, "gpt2-lm");
    std::filesystem::copy(std::filesystem::path(NEUROX_TESTDATA) / "autoencoders", *this / "sae",
                          std::filesystem::copy_options::recursive);
    std::string text = "sentence,label\n";
    for (int i = 0; i < 80; ++i)
      text += std::string(1, static_cast<char>('a' + i % 26)) + (i % 2 == 0 ? " b c,1\n" : " d e,0\n");
    write_text(*this / "text.csv", text);
  }
};

TEST(Features, AreExtractedRankedAndAblatedAsNeurons) {
  const FeaturesFolder folder;
  const auto said = must_run(folder, "extract model text.csv --sae sae/jumprelu -o f.h5ad");
  EXPECT_EQ(said["neurons"], 40);
  const auto file = io::ActivationReader::open((folder / "f.h5ad").string());
  EXPECT_EQ(file->neurons().address(17), "blocks.0.hook_resid_post.sae:17");
  must_run(folder, "rank f.h5ad --label label --method mean-difference -o r.h5ad");
  const auto table = must_run(folder,
                              "ablate model text.csv --sae sae/jumprelu --ranking r.h5ad --top 5 --operation "
                              "zero,scale=1,add=3 -o a.h5ad");
  ASSERT_EQ(table["effects"].size(), 4U);
  EXPECT_NE(table["effects"][1]["nll_rise"].get<double>(), 0);
  EXPECT_NEAR(table["effects"][2]["nll_rise"].get<double>(), 0, 1e-6) << "scale=1 edits nothing";
  // Each feature alone, begun at its block, is what it is in the table.
  must_run(
      folder,
      "ablate model text.csv --sae sae/jumprelu --neurons resid_post.sae:0-9 --each --as-ranking --operation "
      "add=3 -o e.h5ad");
  const auto one =
      must_run(folder,
               "ablate model text.csv --sae sae/jumprelu --neurons blocks.0.hook_resid_post.sae:4 "
               "--operation add=3 -o one.h5ad");
  EXPECT_NEAR((*io::read_anndata(folder / "e.h5ad").X)(4, 0), one["effects"][1]["nll_rise"].get<double>(),
              1e-5);
}

TEST(Features, StandBesideOtherSitesAndTheSameCommandGivesTheSameBytes) {
  const FeaturesFolder folder;
  const std::string command =
      "extract model text.csv --sae sae/topk --sae mlp_out@1=sae/sparsify --sites "
      "resid_post@0,resid_post.sae,mlp_out.sae,mlp_post@0 -o f.h5ad";
  EXPECT_EQ(must_run(folder, command)["neurons"], 24 + 40 + 40 + 96);
  const std::string bytes = sha256_file(folder / "f.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "f.h5ad"), bytes);
  // The other sites are what they are without autoencoders.
  must_run(folder, "extract model text.csv --sites resid_post@0,mlp_post@0 -o plain.h5ad");
  const auto with = io::read_anndata(folder / "f.h5ad"), plain = io::read_anndata(folder / "plain.h5ad");
  EXPECT_EQ(with.X->leftCols(96), plain.X->leftCols(96));
  // At most five features of a word of one piece.
  const auto columns = with.X->middleCols(96 + 24, 40);
  for (Index i = 0; i < columns.rows(); ++i) EXPECT_LE((columns.row(i).array() > 0).count(), 5);
}

TEST(Features, OfAGatedAutoencoderAreExtractedAndMoved) {
  const FeaturesFolder folder;
  must_run(folder, "extract model text.csv --sae sae/gated -o f.h5ad");
  const auto file = io::read_anndata(folder / "f.h5ad");
  EXPECT_EQ(file.X->cols(), 40);
  EXPECT_GT((file.X->array() == 0).count(), 0);
  EXPECT_GE(file.X->minCoeff(), 0);
  const auto table = must_run(folder,
                              "ablate model text.csv --sae sae/gated --neurons resid_post.sae@0 --operation "
                              "scale=1,zero,add=2 -o a.h5ad");
  EXPECT_NEAR(table["effects"][1]["nll_rise"].get<double>(), 0, 1e-6);
  for (const int row : {2, 3}) EXPECT_GT(std::abs(table["effects"][row]["nll_rise"].get<double>()), 1e-4);
}

TEST(Features, RefusesAutoencodersThatDoNotFit) {
  const FeaturesFolder folder;
  const std::string extract = "extract model text.csv -o out.h5ad --sae ";
  expect_refusal(folder, extract + "nowhere", 1, "nowhere: no such folder of a sparse autoencoder");
  expect_refusal(folder, extract + "sae/sparsify", 1, "names no site; give --sae SITE=sae/sparsify");
  expect_refusal(folder, extract + "resid_post=sae/topk", 2, "means 2 sites; name one");
  expect_refusal(folder, extract + "mlp_post@0=sae/topk", 1,
                 "takes 24 inputs, but blocks.0.mlp.hook_post has 96");
  expect_refusal(folder, "ablate model text.csv --neurons resid_post.sae:3 -o out.h5ad", 2,
                 "no site 'resid_post.sae'");
}

}  // namespace
}  // namespace neurox::testing
