#include <gmock/gmock.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

/// `neurox attribute` with methods of attention, layers and weights.
namespace neurox::testing {
namespace {

using ::testing::HasSubstr;

class ReadingFolder : public TempFolder {
 public:
  explicit ReadingFolder(const std::string& family) {
    tiny_model(*this, family);
    write_text(*this / "some.txt", "the cat sat\na dog\n");
  }
};

TEST(AttributeReadings, AttentionIsAMapForEachHeadAndNeedsNoHeadOfAModel) {
  const ReadingFolder folder("bert");
  const std::string command = "attribute model some.txt --method attention -o a.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["heads"].size(), 8U);
  for (const auto& head : said["heads"]) EXPECT_NEAR(head["row sum"].get<double>(), 1, 1e-6);
  EXPECT_LE(said["heads"][0]["entropy"].get<double>(), said["heads"][7]["entropy"].get<double>());
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  // Rows: [CLS] the cat sat [SEP], [CLS] a dog [SEP].
  EXPECT_EQ(data.X->rows(), 25 + 16);
  EXPECT_EQ(data.var.row_names->at(5), "blocks.1.attn.hook_pattern:1");
  for (Index h = 0; h < 8; ++h) EXPECT_NEAR(data.X->col(h).segment(5, 5).sum(), 1, 1e-5) << "from `the`";
  const std::string bytes = sha256_file(folder / "a.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), bytes);
}
TEST(AttributeReadings, BlocksAndPiecesCanBeChosen) {
  const ReadingFolder folder("bert");
  must_run(folder,
           "attribute model some.txt --method norm-weighted --sites attn_pattern@1 --unit token -o n.h5ad");
  const io::AnnData data = io::read_anndata(folder / "n.h5ad");
  EXPECT_EQ(data.X->cols(), 4);
  EXPECT_EQ(data.X->rows(), 11 * 11 + 6 * 6) << "a word is as many pieces as letters";
  EXPECT_GE(data.X->minCoeff(), 0);
}
TEST(AttributeReadings, AttentionAttributionTellsItsSum) {
  const ReadingFolder folder("bert-sequence");
  const auto said = must_run(folder, "attribute model some.txt --method attention-attribution -o t.h5ad");
  ASSERT_EQ(said["blocks"].size(), 4U);
  const io::AnnData data = io::read_anndata(folder / "t.h5ad");
  for (int block = 0; block < 2; ++block) {
    const auto& of = said["blocks"][static_cast<std::size_t>(block)];
    EXPECT_NEAR(data.X->block(0, 4 * block, 25, 4).sum(),
                of["f(x)"].get<double>() - of["f without its attention"].get<double>(),
                0.011 * std::abs(of["f(x)"].get<double>() - of["f without its attention"].get<double>()));
  }
}
TEST(AttributeReadings, RolloutAndFlowAreSharesOfWords) {
  const ReadingFolder folder("bert-sequence");
  const auto said =
      must_run(folder,
               "attribute model some.txt --method attention-rollout,attention-flow --faithfulness "
               "--baseline zero -o r.h5ad");
  const io::AnnData data = io::read_anndata(folder / "r.h5ad");
  for (Index m = 0; m < 2; ++m) {
    EXPECT_NEAR(data.X->col(m).head(5).sum(), 1, 1e-5);
    EXPECT_GT(data.X->col(m).minCoeff(), 0);
  }
  EXPECT_EQ(said["faithfulness"].size(), 12U);
}
TEST(AttributeReadings, DirectLogitsAreARankingAndTellTheParts) {
  const ReadingFolder folder("gpt2-lm");
  const auto said = must_run(
      folder,
      "attribute model some.txt --method direct-logit --sites mlp_post,attn_z --baseline zero -o d.h5ad");
  ASSERT_EQ(said["parts of the logit"].size(), 5U);
  const double logit = said["parts of the logit"][4]["sum so far"].get<double>();
  const io::AnnData data = io::read_anndata(folder / "d.h5ad");
  double parts = 0, values = 0;
  for (const auto& value : data.uns["parts"]["value"]) parts += value.get<double>() / 2;
  for (const auto& value : data.uns["examples"]["value"]) values += value.get<double>() / 8;
  EXPECT_NEAR(parts, logit, 1e-5);
  EXPECT_NEAR(values, logit, 1e-5) << "four sites, two sentences";
  must_run(folder, "ablate model some.txt --ranking d.h5ad --top 3 --random 2 -o e.h5ad");
  const auto words =
      must_run(folder, "attribute model --method vocabulary --ranking d.h5ad --top 3 --best 4 -o v.h5ad");
  EXPECT_EQ(words["neurons"], 3);
  EXPECT_EQ(words["vocabulary"][0]["neuron"], said["top"][0]["neuron"]);
  EXPECT_EQ(io::read_anndata(folder / "v.h5ad").X->cols(), 8);
}
TEST(AttributeReadings, TheLensEndsAtThePrediction) {
  for (const char* family : {"gpt2-lm", "bert-mlm", "bert-token"}) {
    const ReadingFolder folder(family);
    const auto said = must_run(folder, "attribute model some.txt --method logit-lens --best 3 -o l.h5ad");
    ASSERT_EQ(said["layers"].size(), 3U);
    EXPECT_EQ(said["layers"][2]["share at rank 1"], 1) << family;
    const io::AnnData data = io::read_anndata(folder / "l.h5ad");
    EXPECT_EQ(*data.var.row_names,
              (std::vector<std::string>{"blocks.0.hook_resid_pre", "blocks.0.hook_resid_post",
                                        "blocks.1.hook_resid_post"}));
    EXPECT_EQ(data.uns["top"]["token"].size(), static_cast<std::size_t>(9 * data.X->rows()));
    EXPECT_EQ(data.layer("rank")->col(2).maxCoeff(), 1);
  }
}
TEST(AttributeReadings, TheTextItselfCanBeTheTarget) {
  const ReadingFolder folder("gpt2-lm");
  must_run(folder, "attribute model some.txt --method logit-lens --target text --unit token -o l.h5ad");
  const io::AnnData data = io::read_anndata(folder / "l.h5ad");
  const auto tokens = data.obs.strings("token", "l"), targets = data.obs.strings("target", "l");
  EXPECT_EQ(targets[0], tokens[1]);
  EXPECT_EQ(targets[1], tokens[2]);
}
TEST(AttributeReadings, VocabularyOfAPattern) {
  const ReadingFolder folder("gpt2-lm");
  const auto said =
      must_run(folder, "attribute model --method vocabulary --neurons mlp_post@1:3-5,attn_z@0:2 -o v.h5ad");
  ASSERT_EQ(said["vocabulary"].size(), 4U);
  const io::AnnData data = io::read_anndata(folder / "v.h5ad");
  EXPECT_EQ(data.obs.rows, 4);
  EXPECT_GE((*data.X)(0, 0), (*data.X)(0, 1));
  EXPECT_LE((*data.X)(0, 5), (*data.X)(0, 6));
}
TEST(AttributeReadings, Refusals) {
  const ReadingFolder folder("bert-sequence");
  const auto refuse = [&](const std::string& arguments, const std::string& text) {
    expect_refusal(folder, "attribute model " + arguments + " -o out.h5ad", 2, text);
  };
  refuse("--method saliency", "CORPUS is required; only --method vocabulary does without");
  refuse("some.txt --method attention,norm-weighted", "2 methods; give one of attention, norm-weighted");
  refuse("some.txt --method attention --sites mlp_post", "attention is at attn_pattern");
  refuse("some.txt --method attention --neurons mlp_post@0:1",
         "--neurons and --ranking go with vocabulary and with pairs of neurons");
  refuse("some.txt --method direct-logit --sites mlp_post --baseline zero",
         "a hidden layer between the last block");
  refuse("--method vocabulary --neurons mlp_post@0:1", "a hidden layer between the last block");
  refuse("some.txt --method logit-lens --target yse", "logit-lens: no class 'yse'");
  refuse("some.txt --method logit-lens --sites mlp_post", "not of the residual stream's width");
  const ReadingFolder lm("gpt2-lm");
  expect_refusal(lm, "attribute model --method vocabulary -o out.h5ad", 2, "which neurons? give --neurons");
  expect_refusal(lm, "attribute model --method vocabulary --neurons mlp_pre@0:1 -o out.h5ad", 2,
                 "writes nothing into the residual stream");
  expect_refusal(lm, "attribute model some.txt --method logit-lens --target gold -o out.h5ad", 2,
                 "take predicted (what the model says)");
}

}  // namespace
}  // namespace neurox::testing
