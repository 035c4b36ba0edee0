#include "neurox/attribute/neuron_groups.h"

#include <gmock/gmock.h>

#include <cmath>

#include "games.h"
#include "neurox/model/transformer.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using ::testing::ElementsAre;

NeuronAxis axis() {
  return all_neurons({{"blocks.0.attn.hook_z", 0, 4, 2}, {"blocks.1.attn.hook_z", 1, 4, 2}});
}

std::vector<std::string> names(const std::vector<NeuronGroup>& groups) {
  std::vector<std::string> out;
  for (const NeuronGroup& g : groups) out.push_back(g.name);
  return out;
}

TEST(NeuronGroups, OfHeadsSitesBlocksAndSingleNeurons) {
  const auto heads = group_neurons(axis(), "head");
  EXPECT_THAT(names(heads), ElementsAre("0.0", "0.1", "1.0", "1.1"));
  EXPECT_THAT(heads[2].neurons, ElementsAre(4, 5));
  EXPECT_THAT(names(group_neurons(axis(), "site")),
              ElementsAre("blocks.0.attn.hook_z", "blocks.1.attn.hook_z"));
  EXPECT_THAT(names(group_neurons(axis(), "block")), ElementsAre("block 0", "block 1"));
  EXPECT_EQ(group_neurons(axis(), "neuron").size(), 8U);
  const NeuronAxis two = all_neurons({{"blocks.0.attn.hook_q", 0, 2, 2}, {"blocks.0.attn.hook_z", 0, 2, 2}});
  EXPECT_THAT(names(group_neurons(two, "head")),
              ElementsAre("blocks.0.attn.hook_q:0", "blocks.0.attn.hook_z:0"));
}
TEST(NeuronGroups, OfLabelsInTheOrderOfTheirNumbers) {
  const auto groups = groups_of_labels({"10", "2", "", "10", "-1"});
  EXPECT_THAT(names(groups), ElementsAre("2", "10"));
  EXPECT_THAT(groups[1].neurons, ElementsAre(0, 3));
  EXPECT_THAT(names(groups_of_labels({"nouns", "10", "2"})), ElementsAre("10", "2", "nouns"));
}
TEST(NeuronGroups, Refusals) {
  EXPECT_EQ(refusal([] { group_neurons(axis(), "heads"); }),
            "groups 'heads': write neuron, head, site, block or a file (did you mean 'head'?)");
  EXPECT_EQ(
      refusal([] {
        group_neurons(all_neurons({{"blocks.0.hook_mlp_out", 0, 4, 0}}), "head");
      }),
      "groups of heads: blocks.0.hook_mlp_out has no heads; choose attn_z, a head's columns there are the "
      "head");
  EXPECT_EQ(refusal([] { groups_of_labels({"", "-1"}); }), "groups: none of the 2 neurons is in a group");
}

class GroupGames : public ::testing::Test {
 protected:
  PlayerValues run(const std::string& method, const Target& target, std::vector<NeuronGroup> (*groups)(),
                   double value = 0) {
    const SentenceFunction f(model, model::Batch::of({{2, 11, 40, 23, 7, 3}}), target, 1 << 20);
    const EditedFunction edited(f);
    const NeuronAxis all = all_neurons(model.sites());
    const std::vector<double> values(all.size(), value);
    for (const GroupMethod& m : group_methods())
      if (m.name == method) return m.run(edited, edits_of_groups(all, groups(), values), {});
    ADD_FAILURE() << method;
    return {};
  }
  static std::int64_t at(const char* site, std::int32_t neuron) {
    static const NeuronAxis all = all_neurons(
        model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models/bert-sequence").sites());
    return all.find(site, neuron);
  }
  static std::vector<NeuronGroup> three() {
    return {{"a", {at("blocks.0.mlp.hook_post", 3), at("blocks.0.mlp.hook_post", 8)}},
            {"b", {at("blocks.0.attn.hook_z", 1), at("blocks.1.mlp.hook_post", 5)}},
            {"c", {at("blocks.1.hook_resid_post", 2)}}};
  }
  model::Model model = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models/bert-sequence",
                                          {.dtype = torch::kFloat64});
};

TEST_F(GroupGames, OnWhatANeuronFeedsItsEffectIsItsOutputWeightTimesItsChange) {
  // mlp_out_7 = sum over j of W_7j mlp_post_j + b: replacing j by 0.25 takes W_7j (mlp_post_j - 0.25) away.
  const Target target{.kind = Target::Kind::Unit, .index = 7, .position = 2, .site = {SiteKind::MlpOut, 0}};
  const SentenceFunction f(model, model::Batch::of({{2, 11, 40, 23, 7, 3}}), target, 1 << 20);
  const Site site{SiteKind::MlpPost, 0};
  const auto x = f.activations(f.embeddings(), {&site, 1}).front();
  const auto weight = model.layers(0).mlp_down.weight;
  const auto effect = [&](int j) { return (weight[7][j] * (x[2][j] - 0.25)).item<double>(); };
  const auto groups = [] {
    return std::vector<NeuronGroup>{
        {"3 and 8", {at("blocks.0.mlp.hook_post", 3), at("blocks.0.mlp.hook_post", 8)}},
        {"5", {at("blocks.0.mlp.hook_post", 5)}},
        {"later", {at("blocks.1.mlp.hook_post", 5)}}};
  };
  // Effects add up here, so that every game gives them too; what comes later is a dummy.
  for (const char* method : {"ablation", "shapley", "banzhaf", "sampled-shapley", "kernel-shap"}) {
    const PlayerValues found = run(method, target, groups, 0.25);
    EXPECT_NEAR(found.values[0], effect(3) + effect(8), 1e-12) << method;
    EXPECT_NEAR(found.values[1], effect(5), 1e-12) << method;
    EXPECT_NEAR(found.values[2], 0, 1e-15) << method;
  }
}
TEST_F(GroupGames, ShapleyValuesAddUpToWhatAllGroupsAreWorth) {
  for (const char* method : {"shapley", "sampled-shapley", "kernel-shap"}) {
    const PlayerValues found = run(method, {.index = 1}, three);
    EXPECT_NE(found.all, found.none);
    EXPECT_NEAR(found.values[0] + found.values[1] + found.values[2], found.all - found.none, 1e-12) << method;
  }
  // Three players are few enough for Kernel SHAP to be exact.
  EXPECT_LT(largest_difference(run("kernel-shap", {.index = 1}, three).values,
                               run("shapley", {.index = 1}, three).values),
            1e-11);
}
TEST_F(GroupGames, AblationIsTheValueWithoutTheGroupTakenFromTheWhole) {
  const PlayerValues alone = run("ablation", {.index = 1}, three);
  EXPECT_TRUE(std::isnan(alone.none));
  const auto edits = edits_of_groups(all_neurons(model.sites()), three(),
                                     std::vector<double>(all_neurons(model.sites()).size(), 0.0));
  for (std::size_t g = 0; g < 3; ++g) {
    const SentenceFunction f(model, model::Batch::of({{2, 11, 40, 23, 7, 3}}), {.index = 1}, 1 << 20);
    const auto guards = ablate::put_edits(model.hooks(), edits[g], model.device());
    EXPECT_NEAR(alone.values[g], alone.all - f.value(f.embeddings()), 1e-12);
  }
}
TEST_F(GroupGames, TooManyGroupsForEnumerationAreRefused) {
  const auto fifteen = [] {
    std::vector<NeuronGroup> out;
    for (std::int32_t i = 0; i < 15; ++i)
      out.push_back({std::to_string(i), {at("blocks.1.mlp.hook_post", i)}});
    return out;
  };
  EXPECT_THAT(refusal([&] { run("shapley", {.index = 1}, fifteen); }), ::testing::HasSubstr("15 players"));
}

}  // namespace
}  // namespace neurox::attribute
