#include "neurox/attribute/attention.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "neurox/model/transformer.h"
#include "oracle_files.h"
#include "sentences.h"
#include "support.h"

/// Laws of attention methods on small random networks in double precision.
namespace neurox::attribute {
namespace {

using neurox::testing::five_ids, neurox::testing::refusal;
using torch::Tensor;

const std::vector<Site> both{{SiteKind::AttnPattern, 0}, {SiteKind::AttnPattern, 1}};

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

class AttentionLaws : public ::testing::TestWithParam<std::string> {
 protected:
  AttentionLaws() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / GetParam(),
                                      {.dtype = torch::kFloat64}));
  }
  SentenceFunction function(std::int64_t memory = 16 << 20) {
    return {*model_, model::Batch::of({five_ids}), {.index = 1}, memory};
  }
  std::optional<model::Model> model_;
};

TEST_P(AttentionLaws, RowsOfProbabilitiesSumToOneAndCausalModelsDoNotLookAhead) {
  for (const Tensor& map : attention_probabilities(function(), both).maps) {
    EXPECT_EQ(map.size(0), model_->config().heads);
    EXPECT_LT(largest(map.sum(2) - 1), 1e-12);
    EXPECT_EQ(model_->config().causal, largest(map.triu(1)) == 0);
  }
}
TEST_P(AttentionLaws, JoinedRowsSumToOneAndJoinedTotalsStay) {
  Example example;
  for (const std::vector<std::int64_t>& places :
       std::vector<std::vector<std::int64_t>>{{0}, {1, 2, 3}, {4}}) {
    example.rows.emplace_back();
    example.rows.back().places = places;
  }
  const Tensor map = attention_probabilities(function(), both).maps[1];
  const Tensor mean = join_maps(map, example, true), sum = join_maps(map, example, false);
  EXPECT_EQ(mean.sizes(), (std::vector<std::int64_t>{model_->config().heads, 3, 3}));
  EXPECT_LT(largest(mean.sum(2) - 1), 1e-12);
  EXPECT_NEAR(sum.sum().item<double>(), map.sum().item<double>(), 1e-11);
  EXPECT_NEAR(mean[0][1][0].item<double>(), map[0].slice(0, 1, 4).select(1, 0).mean().item<double>(), 1e-14);
  EXPECT_NEAR(mean[0][0][1].item<double>(), map[0][0].slice(0, 1, 4).sum().item<double>(), 1e-14);
}
TEST_P(AttentionLaws, VectorsSumToWhatAttentionWritesButItsBias) {
  const auto f = function();
  const Site out{SiteKind::AttnOut, 1};
  const Tensor bias = model_->layers(1).attention_out.bias;
  const Tensor expected =
      f.activations(f.embeddings(), {&out, 1})[0] - (bias.defined() ? bias : at::zeros({1}, torch::kFloat64));
  const Tensor vectors = attention_vectors(f, both[1]);
  EXPECT_LT(largest(vectors.sum({0, 2}) - expected), 1e-12);
  EXPECT_LT(largest(vectors.norm(2, {-1}) - norm_weighted_attention(f, both).maps[1]), 1e-12);
}
TEST_P(AttentionLaws, NormsEqualThePeers) {
  const auto peer = neurox::testing::read_json(std::filesystem::path(NEUROX_TESTDATA) / "attention" /
                                               (GetParam() + ".json"));
  const AttentionMaps a = norm_weighted_attention(function(), both);
  for (std::size_t l = 0; l < 2; ++l)
    for (std::int64_t h = 0; h < model_->config().heads; ++h)
      for (std::size_t i = 0; i < five_ids.size(); ++i)
        for (std::size_t j = 0; j < five_ids.size(); ++j)
          EXPECT_NEAR(a.maps[l][h][static_cast<std::int64_t>(i)][static_cast<std::int64_t>(j)].item<double>(),
                      peer["norm_weighted"][l][static_cast<std::size_t>(h)][i][j].get<double>(), 1e-5)
              << "transformers takes Llama's softmax and norm in single precision";
}
TEST_P(AttentionLaws, AttributionsOfABlockAddUp) {
  const auto f = function();
  const AttentionMaps a = attention_attribution(f, both, {.steps = 20, .tolerance = 1e-9});
  for (std::size_t l = 0; l < 2; ++l) {
    EXPECT_LT(std::abs(a.deltas[l]), 1e-8 * std::max(1.0, std::abs(a.value - a.baselines[l])));
    EXPECT_NEAR(a.maps[l].sum().item<double>(), a.value - a.baselines[l], 1e-8);
  }
}
TEST_P(AttentionLaws, AttributionIsTheSlopeAlongThePathByFiniteDifferences) {
  const auto f = function();
  const Tensor held = attention_probabilities(f, both).maps[0];
  // dF/d(one entry) at every node of a middle rule with 4 points.
  const std::int64_t h = 1, i = 4, j = 2;
  const auto value = [&](double scale, double more) {
    const auto guard = f.edit({SiteKind::AttnPattern, 0}, [&](const Tensor& x) {
      Tensor y = held.unsqueeze(0).to(x.scalar_type()) * scale;
      y[0][h][i][j] += more;
      return y;
    });
    return f.value(f.embeddings());
  };
  double slope = 0;
  constexpr double step = 1e-5;
  for (const double node : {0.125, 0.375, 0.625, 0.875})
    slope += (value(node, step) - value(node, -step)) / (2 * step) / 4;
  const AttentionMaps a = attention_attribution(f, both, {.rule = Rule::Middle, .steps = 4});
  EXPECT_NEAR(a.maps[0][h][i][j].item<double>(), held[h][i][j].item<double>() * slope, 1e-8);
}
TEST_P(AttentionLaws, AttributionDoesNotDependOnHowManyPointsFitIntoMemory) {
  const AttentionMaps whole = attention_attribution(function(), both, {.steps = 7}),
                      single = attention_attribution(function(1), both, {.steps = 7});
  for (std::size_t l = 0; l < 2; ++l) EXPECT_LT(largest(whole.maps[l] - single.maps[l]), 1e-12);
}
INSTANTIATE_TEST_SUITE_P(Families, AttentionLaws, ::testing::Values("bert-sequence", "llama-sequence"));

TEST(AttentionAttribution, ATargetBeforeTheAttentionIsRefused) {
  model::Model model = model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "gpt2-lm");
  const SentenceFunction f(model, model::Batch::of({five_ids}),
                           {.kind = Target::Kind::Unit, .position = 2, .site = {SiteKind::MlpPost, 0}},
                           1 << 20);
  EXPECT_EQ(refusal([&] { attention_attribution(f, both, {}); }),
            "attention-attribution: the target does not depend on blocks.1.attn.hook_pattern");
}

}  // namespace
}  // namespace neurox::attribute
