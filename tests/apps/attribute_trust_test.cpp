#include <gtest/gtest.h>

#include <cmath>

#include "apps/program.h"
#include "neurox/core/hash.h"
#include "neurox/io/anndata.h"

namespace neurox::testing {
namespace {

class ClassifierFolder : public TempFolder {
 public:
  ClassifierFolder() {
    tiny_model(*this, "bert-sequence");
    write_text(*this / "some.txt", "the cat sat\na dog ran home\n");
  }
};

TEST(AttributeTrust, EveryMethodAndEveryPairOfThemIsInTheTableAndTheFile) {
  const ClassifierFolder folder;
  const std::string command =
      "attribute model some.txt --method integrated-gradients,saliency,occlusion --trust --baseline zero "
      "-o a.h5ad";
  const auto said = must_run(folder, command);
  ASSERT_EQ(said["trust"].size(), 3U);
  EXPECT_EQ(said["trust"][1]["method"], "saliency");
  for (const auto& row : said["trust"]) {
    EXPECT_GE(row["infidelity_words"], row["infidelity_words_scaled"]);
    EXPECT_GT(row["sensitivity_max"], 0);
    EXPECT_LE(std::abs(row["random_weights"].get<double>()), 1);
  }
  EXPECT_TRUE(said["trust"][2]["infidelity_noise"].is_null()) << "occlusion knows words only";
  ASSERT_EQ(said["agreement"].size(), 3U);
  EXPECT_EQ(said["agreement"][0]["second"], "saliency");
  // A word of three, then one of four: a third and a quarter.
  EXPECT_NEAR(said["agreement"][0]["overlap_by_chance"].get<double>(), (1.0 / 3 + 1.0 / 4) / 2, 1e-9);
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  EXPECT_EQ(data.uns.at("trust").at("examples").at("method").size(), 6U);
  EXPECT_EQ(data.uns.at("trust").at("mean").at("sensitivity_max").size(), 3U);
  EXPECT_EQ(data.uns.at("agreement").at("examples").at("spearman").size(), 6U);
  const std::string bytes = sha256_file(folder / "a.h5ad");
  must_run(folder, command + " --force");
  EXPECT_EQ(sha256_file(folder / "a.h5ad"), bytes);
}
TEST(AttributeTrust, ACascadeEndsAtTheRandomWeights) {
  const ClassifierFolder folder;
  const auto said = must_run(
      folder, "attribute model some.txt --method saliency,attention-rollout --trust --cascade -o a.h5ad");
  ASSERT_EQ(said["cascade"].size(), 8U);
  EXPECT_EQ(said["cascade"][0]["drawn down to"], "head");
  EXPECT_EQ(said["cascade"][3]["drawn down to"], "embeddings");
  EXPECT_EQ(said["cascade"][4]["spearman"], 1) << "rollout does not see the head";
  for (const int m : {0, 1}) {
    const auto& last = said["cascade"][4 * m + 3];
    EXPECT_EQ(last["spearman"], said["trust"][m]["random_weights"]);
    EXPECT_EQ(last["spearman_absolute"], said["trust"][m]["random_weights_absolute"]);
  }
  const io::AnnData data = io::read_anndata(folder / "a.h5ad");
  EXPECT_EQ(data.uns.at("cascade").at("examples").at("spearman").size(), 16U);
  expect_refusal(folder, "attribute model some.txt --method saliency --cascade -o out.h5ad", 2,
                 "--cascade: goes with --trust");
}
TEST(AttributeTrust, IsForMethodsOfWords) {
  const ClassifierFolder folder;
  expect_refusal(folder,
                 "attribute model some.txt --method conductance --sites resid_post --trust -o out.h5ad", 2,
                 "--trust: goes with methods of words, without --sites");
  expect_refusal(folder, "attribute model some.txt --method arch-detect --trust -o out.h5ad", 2,
                 "--trust: goes with methods of words, and 'arch-detect' is none");
}

}  // namespace
}  // namespace neurox::testing
