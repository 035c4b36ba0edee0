#include "neurox/ablate/edits.h"

#include <gmock/gmock.h>

#include "neurox/model/model.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NeuronAxis two_sites() {
  return all_neurons({{"blocks.0.mlp.hook_post", 0, 3}, {"blocks.1.hook_resid_post", 1, 2}});
}

TEST(Edits, NeuronsAreGroupedBySiteWithTheirValues) {
  const std::vector<double> means{0.5, 1.5, 2.5, 3.5, 4.5};
  const std::vector<std::int64_t> neurons{4, 0, 2};
  const auto edits = site_edits(two_sites(), neurons, {Operation::Mean, 0, means});
  ASSERT_EQ(edits.size(), 2U);
  EXPECT_EQ(edits[0].site, (Site{SiteKind::MlpPost, 0}));
  EXPECT_THAT(edits[0].neurons, ElementsAre(0, 2));
  EXPECT_THAT(edits[0].values, ElementsAre(0.5F, 2.5F));
  EXPECT_THAT(edits[1].neurons, ElementsAre(1));
  EXPECT_EQ(first_block(edits, 2), 0);
}
TEST(Edits, AMatrixIsEditedAtTheNamedColumnsOnly) {
  MatrixF X = MatrixF::Ones(2, 5);
  const std::vector<std::int64_t> neurons{1, 3};
  edit_matrix(X, two_sites(), site_edits(two_sites(), neurons, {Operation::Set, 7, {}}));
  MatrixF expected = MatrixF::Ones(2, 5);
  expected.col(1).setConstant(7);
  expected.col(3).setConstant(7);
  EXPECT_EQ(X, expected);
}
TEST(Edits, TheReplacedValueIsWhatTheModelGoesOnWithAndGuardsEndIt) {
  const testing::TempFolder folder;
  model::Model model = model::Model::load(testing::tiny_model(folder));
  const auto batch = model::Batch::of({{2, 5, 6, 3}});
  torch::Tensor seen;
  const auto watch = model.hooks().observe({SiteKind::MlpPost, 0}, [&](const torch::Tensor& x) { seen = x; });
  const torch::Tensor before = model.forward(batch);
  {
    const std::vector<SiteEdit> edits{{{SiteKind::MlpPost, 0}, {2, 5}, {0.25F, -1.0F}}};
    const auto guards = put_edits(model.hooks(), edits, model.device());
    const torch::Tensor edited = model.forward(batch);
    EXPECT_TRUE((seen.select(1, 2) == 0.25).all().item<bool>());
    EXPECT_TRUE((seen.select(1, 5) == -1.0).all().item<bool>());
    EXPECT_GT((edited - before).abs().max().item<float>(), 1e-4F);
  }
  EXPECT_TRUE(torch::equal(model.forward(batch), before));
}
TEST(Edits, SettingANeuronToItsOwnValueChangesNothing) {
  const testing::TempFolder folder;
  model::Model model = model::Model::load(testing::tiny_model(folder));
  const auto batch = model::Batch::of({{2, 5, 3}});
  torch::Tensor seen;
  torch::Tensor before;
  {
    const auto watch =
        model.hooks().observe({SiteKind::ResidPost, 1}, [&](const torch::Tensor& x) { seen = x; });
    before = model.forward(batch);
  }
  // One token: the neuron's value is one number.
  const auto single = model::Batch::of({{2}});
  const torch::Tensor alone = model.forward(single);
  const std::vector<SiteEdit> edits{{{SiteKind::ResidPost, 1}, {3}, {alone[0][3].item<float>()}}};
  const auto guards = put_edits(model.hooks(), edits, model.device());
  EXPECT_TRUE(torch::equal(model.forward(single), alone));
}
TEST(Edits, MeansThatAreNotKnownAreRefused) {
  const std::vector<std::int64_t> neurons{0};
  EXPECT_THAT(testing::refusal([&] {
                site_edits(two_sites(), neurons, {Operation::Mean, 0, {}});
              }),
              HasSubstr("means are not known"));
}
TEST(Edits, AttentionProbabilitiesAreRefusedWithWhatToTakeInstead) {
  NeuronAxis axis = all_neurons({{"blocks.0.attn.hook_pattern", 0, 1}});
  const std::vector<std::int64_t> neurons{0};
  EXPECT_THAT(testing::refusal([&] { site_edits(axis, neurons, {}); }), HasSubstr("attn_z"));
}

}  // namespace
}  // namespace neurox::ablate
