#include "neurox/model/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "neurox/model/short_attention.h"

namespace neurox::model {
namespace {

using torch::Tensor;

struct Case {
  std::int64_t heads, kv_heads, width;
  bool causal;
};

/// Sentences of 1 to 70 tokens, so that every remainder of a vector's width comes up.
class ShortAttention : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    at::manual_seed(3);
    for (std::int64_t length = 1; length <= 70; length += 3) {
      runs.push_back({.first_sentence = 0, .sentences = 2, .length = length, .first_token = tokens});
      tokens += 2 * length;
    }
    q = 3 * at::randn({tokens, GetParam().heads * GetParam().width});
    k = at::randn({tokens, GetParam().kv_heads * GetParam().width});
    v = at::randn({tokens, GetParam().kv_heads * GetParam().width});
  }
  AttentionSettings settings() const {
    return {.heads = GetParam().heads,
            .kv_heads = GetParam().kv_heads,
            .scale = 1 / std::sqrt(static_cast<double>(GetParam().width)),
            .causal = GetParam().causal};
  }
  /// softmax(scale q k^T) v by LibTorch, head by head.
  Tensor reference(torch::ScalarType type) const {
    const Case c = GetParam();
    Tensor out = torch::zeros({tokens, c.heads * c.width}, type);
    for (const model::Run& run : runs)
      for (std::int64_t s = 0; s < run.sentences; ++s)
        for (std::int64_t h = 0; h < c.heads; ++h) {
          const std::int64_t first = run.first_token + s * run.length, shared = h / (c.heads / c.kv_heads);
          const auto part = [&](const Tensor& x, std::int64_t head) {
            return x.narrow(0, first, run.length).narrow(1, head * c.width, c.width).to(type);
          };
          Tensor scores = at::matmul(part(q, h), part(k, shared).t()) * settings().scale;
          if (c.causal)
            scores = scores.masked_fill(torch::ones_like(scores, torch::kBool).triu(1),
                                        -std::numeric_limits<double>::infinity());
          out.narrow(0, first, run.length)
              .narrow(1, h * c.width, c.width)
              .copy_(at::matmul(at::softmax(scores, -1), part(v, shared)));
        }
    return out;
  }
  std::int64_t tokens = 0;
  std::vector<model::Run> runs;
  Tensor q, k, v;
};

double largest(const Tensor& x) {
  return x.abs().max().item<double>();
}

TEST_P(ShortAttention, IsAsNearToDoublePrecisionAsLibTorchIs) {
  ASSERT_TRUE(suits_short_attention(q, 70));
  const Tensor exact = reference(torch::kFloat64);
  const auto error = [&](const Tensor& z) {
    return (z.to(torch::kFloat64) - exact).square().mean().sqrt().item<double>();
  };
  const Tensor z = attend_short(q, k, v, runs, settings());
  EXPECT_LT(largest(z.to(torch::kFloat64) - exact), 1e-5);
  EXPECT_LT(error(z), 1.2 * error(reference(torch::kFloat32)));
}

TEST_P(ShortAttention, AlsoOfColumnsInsideAWiderMatrix) {
  const Tensor fused = at::cat({q, k, v}, 1);
  const Tensor inside = attend_short(fused.narrow(1, 0, q.size(1)), fused.narrow(1, q.size(1), k.size(1)),
                                     fused.narrow(1, q.size(1) + k.size(1), v.size(1)), runs, settings());
  EXPECT_TRUE(at::equal(inside, attend_short(q, k, v, runs, settings())));
}

TEST_P(ShortAttention, OfOneSentenceIsTheSameInABatch) {
  const Tensor together = attend_short(q, k, v, runs, settings());
  for (const model::Run& run : runs) {
    const auto part = [&](const Tensor& x) { return x.narrow(0, run.first_token, run.length); };
    const std::vector<model::Run> alone{
        {.first_sentence = 0, .sentences = 1, .length = run.length, .first_token = 0}};
    EXPECT_TRUE(at::equal(attend_short(part(q), part(k), part(v), alone, settings()), part(together)));
  }
}

TEST_P(ShortAttention, SurvivesScoresOfThousands) {
  const Tensor out = attend_short(1000 * q, k, v, runs, settings());
  EXPECT_TRUE(at::isfinite(out).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Heads, ShortAttention,
                         ::testing::Values(Case{12, 12, 32, false}, Case{9, 3, 64, true}, Case{2, 1, 5, true},
                                           Case{3, 3, 20, false}, Case{1, 1, 100, true}));

TEST(Attention, LongSentencesAndGradientsTakeTheGeneralKernel) {
  EXPECT_FALSE(suits_short_attention(at::randn({4, 8}), 513));
  EXPECT_FALSE(suits_short_attention(at::randn({4, 8}, torch::kFloat64), 4));
}

}  // namespace
}  // namespace neurox::model
