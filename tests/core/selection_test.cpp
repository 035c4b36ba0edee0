#include "neurox/core/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support.h"

namespace neurox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Two blocks of (resid_pre 4, mlp_post 8, resid_post 4) and a last norm.
NeuronAxis small_model() {
  return all_neurons({{"blocks.0.hook_resid_pre", 0, 4},
                      {"blocks.0.mlp.hook_post", 0, 8},
                      {"blocks.0.hook_resid_post", 0, 4},
                      {"blocks.1.hook_resid_pre", 1, 4},
                      {"blocks.1.mlp.hook_post", 1, 8},
                      {"blocks.1.hook_resid_post", 1, 4},
                      {"ln_final.hook_out", -1, 4}});
}

using neurox::testing::refusal;

TEST(Selection, AShortNameMeansEveryBlock) {
  EXPECT_THAT(select_sites("mlp_post", small_model().sites), ElementsAre(1, 4));
}
TEST(Selection, BlocksAreCountedFromTheEndWhenNegative) {
  EXPECT_THAT(select_sites("resid_post@-1", small_model().sites), ElementsAre(5));
  EXPECT_THAT(select_sites("resid_post@0--1", small_model().sites), ElementsAre(2, 5));
}
TEST(Selection, ACommaBeforeADigitGoesOnWithTheBlocks) {
  EXPECT_THAT(select_sites("resid_post@0,1,mlp_post@1", small_model().sites), ElementsAre(2, 4, 5));
}
TEST(Selection, WithoutAPatternItIsTheResidualStreamOrAllOfAModelThatHasNone) {
  EXPECT_EQ(pattern_or_usual("", small_model().sites), "resid_post");
  EXPECT_EQ(pattern_or_usual("mlp_post", small_model().sites), "mlp_post");
  const std::vector<SiteColumns> modules{{"hidden", 0, 4}, {"output", 1, 2}};
  EXPECT_EQ(pattern_or_usual("", modules), "all");
}
TEST(Selection, StacksHaveNamesOfTheirOwnAndTogether) {
  const NeuronAxis both = all_neurons({{"encoder.blocks.0.hook_resid_post", 0, 4},
                                       {"encoder.ln_final.hook_out", -1, 4},
                                       {"decoder.blocks.0.cross_attn.hook_z", 0, 4},
                                       {"decoder.blocks.0.hook_resid_post", 0, 4},
                                       {"decoder.blocks.1.hook_resid_post", 1, 4}});
  EXPECT_THAT(select_sites("resid_post", both.sites), ElementsAre(0, 3, 4));
  EXPECT_THAT(select_sites("decoder_resid_post", both.sites), ElementsAre(3, 4));
  EXPECT_THAT(select_sites("resid_post@-1", both.sites), ElementsAre(0, 4));
  EXPECT_THAT(select_sites("encoder_final_norm,cross_z", both.sites), ElementsAre(1, 2));
  EXPECT_THAT(refusal([&] { select_sites("encoder_cross_z", both.sites); }), HasSubstr("no site"));
}
TEST(Selection, FullNamesAndTheLastNormAreSites) {
  EXPECT_THAT(select_sites("blocks.1.hook_resid_pre,final_norm", small_model().sites), ElementsAre(3, 6));
  EXPECT_THAT(select_sites("all", small_model().sites), ::testing::SizeIs(7));
}
TEST(Selection, NeuronsAreNamedAfterAColon) {
  // mlp_post of block 1 begins at 4+8+4+4 = 20.
  EXPECT_THAT(select_neurons("mlp_post@1:0-2,7", small_model()), ElementsAre(20, 21, 22, 27));
  EXPECT_THAT(select_neurons("resid_pre@0,1:3", small_model()), ElementsAre(3, 19));
}
TEST(Selection, AMisspeltSiteIsRefusedWithTheNearest) {
  const std::string message = refusal([] { select_sites("mlp_pots", small_model().sites); });
  EXPECT_THAT(message, HasSubstr("no site 'mlp_pots' (did you mean 'mlp_post'?)"));
}
TEST(Selection, ABlockOutOfRangeIsRefused) {
  EXPECT_THAT(refusal([] { select_sites("mlp_post@0-2", small_model().sites); }),
              HasSubstr("block 2 out of range"));
  EXPECT_THAT(refusal([] { select_sites("mlp_post@-3", small_model().sites); }),
              HasSubstr("block -3 out of range"));
}
TEST(Selection, ANeuronThatTheSiteLacksIsRefused) {
  EXPECT_THAT(refusal([] { select_neurons("mlp_post@1:8", small_model()); }),
              HasSubstr("no neuron blocks.1.mlp.hook_post:8"));
}
TEST(Selection, WordsThatAreNoRangeAreRefused) {
  EXPECT_THAT(refusal([] { select_sites("mlp_post@x", small_model().sites); }),
              HasSubstr("'x' is no number"));
  EXPECT_THAT(refusal([] { select_sites("mlp_post,,", small_model().sites); }),
              HasSubstr("nothing between two commas"));
  EXPECT_THAT(refusal([] { select_sites("mlp_post,3", small_model().sites); }),
              HasSubstr("follows a site without"));
}

}  // namespace
}  // namespace neurox
