#include <gtest/gtest.h>

#include "model/pair_models.h"
#include "neurox/attribute/attention.h"
#include "neurox/attribute/attention_graph.h"
#include "neurox/attribute/direct_logit.h"
#include "neurox/attribute/neuron_groups.h"
#include "neurox/attribute/readout.h"
#include "neurox/core/selection.h"
#include "neurox/model/transformer.h"
#include "support.h"

/// What is read of attention, weights and groups of neurons in encoders with decoders: laws in double
/// precision.
namespace neurox::attribute {
namespace {

using neurox::testing::PairSubject, neurox::testing::refusal;
using torch::Tensor;

/// A family's first sentence with three tokens of its target; explained is the token behind them.
struct PairReading {
  explicit PairReading(const std::string& family) : subject_(family, torch::kFloat64) {}
  SentenceFunction function() {
    const model::Batch sentence = subject_.alone(0, 3);
    return {subject_.model,
            sentence,
            {.kind = Target::Kind::Tokens, .position = sentence.tokens() - 1, .tokens = {5}},
            16 << 20};
  }
  std::int64_t sources() const { return subject_.sources[0]; }
  model::Model& model() { return subject_.model; }
  PairSubject subject_;
};

template <class Check>
void on_every_reading(const Check& check) {
  for (const std::string& family : neurox::testing::pair_models()) {
    SCOPED_TRACE(family);
    PairReading reading(family);
    check(reading);
  }
}

double most(const Tensor& x) {
  return x.numel() == 0 ? 0 : x.abs().max().item<double>();
}

TEST(PairReading, EveryPatternFillsItsCornerAndSumsToOneThere) {
  on_every_reading([](PairReading& r) {
    const auto f = r.function();
    const std::int64_t s = r.sources(), n = f.tokens();
    const std::vector<Site> patterns = attention_patterns(r.model());
    const AttentionMaps found = attention_probabilities(f, patterns);
    ASSERT_EQ(static_cast<int>(patterns.size()),
              r.model().config().encoder->blocks + 2 * r.model().config().blocks);
    for (std::size_t p = 0; p < patterns.size(); ++p) {
      const bool across = patterns[p].kind == SiteKind::CrossPattern,
                 encoder = patterns[p].stack == Stack::Encoder;
      const Tensor& map = found.maps[p];
      const std::int64_t from = encoder ? 0 : s, to = encoder || across ? 0 : s;
      const std::int64_t queries = encoder ? s : n - s, keys = encoder || across ? s : n - s;
      const Tensor corner = map.narrow(1, from, queries).narrow(2, to, keys);
      EXPECT_LT(most(corner.sum(2) - 1), 1e-12) << full_name(patterns[p]);
      EXPECT_NEAR(map.sum().item<double>(), static_cast<double>(map.size(0) * queries), 1e-9);
      EXPECT_EQ(!encoder && !across, most(corner.triu(1)) == 0) << full_name(patterns[p]);
    }
  });
}
TEST(PairReading, VectorsAcrossSumToWhatCrossAttentionWritesButItsBias) {
  on_every_reading([](PairReading& r) {
    const auto f = r.function();
    const Site pattern{SiteKind::CrossPattern, 1, {}, Stack::Decoder},
        out{SiteKind::CrossOut, 1, {}, Stack::Decoder};
    const Tensor bias = r.model().layers(1).cross_out.bias;
    const Tensor written = f.activations(f.embeddings(), {&out, 1})[0].narrow(0, r.sources(), 3);
    const Tensor vectors = attention_vectors(f, pattern);
    EXPECT_LT(most(vectors.sum({0, 2}) - (bias.defined() ? written - bias : written)), 1e-11);
    const Tensor norms = norm_weighted_attention(f, {&pattern, 1}).maps[0];
    EXPECT_LT(most(norms.narrow(1, r.sources(), 3).narrow(2, 0, r.sources()) - vectors.norm(2, {-1})), 1e-12);
  });
}
TEST(PairReading, AttributionsOfEveryPatternAddUp) {
  on_every_reading([](PairReading& r) {
    const auto f = r.function();
    const std::vector<Site> patterns = attention_patterns(r.model());
    const AttentionMaps a = attention_attribution(f, patterns, {.steps = 20, .tolerance = 1e-3});
    // T5 and M2M100 rectify: a grid of points converges slowly over the kinks.
    for (std::size_t p = 0; p < patterns.size(); ++p)
      EXPECT_NEAR(a.maps[p].sum().item<double>() / (a.value - a.baselines[p]), 1, 0.01)
          << full_name(patterns[p]);
  });
}
TEST(PairReading, RolloutIsAProductByHandAndAFlowAtMost) {
  on_every_reading([](PairReading& r) {
    const auto f = r.function();
    const TargetPlace place = place_of(f);
    EXPECT_EQ(place.positions, std::vector{f.tokens() - 1});
    const std::vector<Tensor> layers = layer_graph(attention_probabilities(f, place.patterns).maps);
    const Tensor rollout = attention_rollout(layers);
    EXPECT_LT(most(rollout.sum(1) - 1), 1e-12);
    EXPECT_EQ(most(rollout.narrow(0, 0, r.sources()).narrow(1, r.sources(), 3)), 0)
        << "sources see no target";
    // The encoder's own rollout, then each decoder block: its own attention, half of it, and half across.
    const auto half = [&](Site pattern, std::int64_t from, std::int64_t to, std::int64_t keys) {
      const Tensor map = attention_probabilities(f, {&pattern, 1}).maps[0].mean(0);
      return 0.5 * map.narrow(0, from, pattern.stack == Stack::Encoder ? r.sources() : 3).narrow(1, to, keys);
    };
    Tensor source = at::eye(r.sources(), torch::kFloat64);
    for (int l = 0; l < r.model().config().encoder->blocks; ++l)
      source = (half({SiteKind::AttnPattern, l, {}, Stack::Encoder}, 0, 0, r.sources()) +
                0.5 * at::eye(r.sources(), torch::kFloat64))
                   .matmul(source);
    // Rows: targets; columns: sources and targets.
    Tensor target = at::cat({at::zeros({3, r.sources()}, torch::kFloat64), at::eye(3, torch::kFloat64)}, 1);
    const Tensor encoded = at::cat({source, at::zeros({r.sources(), 3}, torch::kFloat64)}, 1);
    for (int l = 0; l < r.model().config().blocks; ++l) {
      target =
          0.5 * target +
          half({SiteKind::AttnPattern, l, {}, Stack::Decoder}, r.sources(), r.sources(), 3).matmul(target);
      target =
          0.5 * target +
          half({SiteKind::CrossPattern, l, {}, Stack::Decoder}, r.sources(), 0, r.sources()).matmul(encoded);
    }
    EXPECT_LT(most(rollout.narrow(0, r.sources(), 3) - target), 1e-12);
    const std::vector<double> flow = attention_flow(layers, f.tokens() - 1);
    for (std::int64_t j = 0; j < f.tokens(); ++j)
      EXPECT_GE(flow[static_cast<std::size_t>(j)], rollout[f.tokens() - 1][j].item<double>() - 1e-9);
  });
}
TEST(PairReading, PartsOfTheDecoderSumToTheLogit) {
  on_every_reading([](PairReading& r) {
    const auto f = r.function();
    std::vector<Site> sites;
    for (const SiteKind kind :
         {SiteKind::CrossZ, SiteKind::CrossOut, SiteKind::ResidMidCross, SiteKind::MlpPost})
      sites.push_back({kind, 1, {}, Stack::Decoder});
    const LayerAttribution a = direct_logit(f, sites);
    double all = 0, heads = 0, bias = 0;
    for (const Part& part : a.parts) {
      all += part.value;
      if (part.component == "cross attention head" && part.block == 1) heads += part.value;
      if (part.component == "cross attention bias" && part.block == 1) bias += part.value;
    }
    EXPECT_NEAR(a.value, f.value(f.embeddings()), 1e-11);
    EXPECT_NEAR(all, a.value, 1e-9);
    EXPECT_NEAR(a.values[0].sum().item<double>(), heads, 1e-10);
    EXPECT_NEAR(a.values[1].sum().item<double>(), heads + bias, 1e-10);
    const Site encoder{SiteKind::MlpPost, 0, {}, Stack::Encoder};
    EXPECT_NE(refusal([&] {
                direct_logit(f, {&encoder, 1});
              }).find("writes into the encoder's stream"),
              std::string::npos);
  });
}
TEST(PairReading, WrittenDirectionsAreDirectLogitSharesButForAFactor) {
  on_every_reading([](PairReading& r) {
    const Readout readout = linear_readout(r.model(), "test");
    for (const char* pattern : {"decoder_mlp_post@0:3", "decoder_cross_z@0:5", "decoder_resid_mid@1:4"}) {
      const NeuronAxis all = all_neurons(r.model().sites());
      const NeuronAxis axis = select(all, select_neurons(pattern, all));
      const Site site = *parse_site(axis.site(0));
      const std::int64_t j = axis.neurons[0].index;
      const Tensor logits = written_directions(r.model(), axis).matmul(readout.weight.t())[0];
      std::vector<double> factors;
      for (const std::int64_t output : {7, 9}) {
        const model::Batch sentence = r.subject_.alone(0, 3);
        const std::int64_t last = sentence.tokens() - 1;
        const SentenceFunction f(r.model(), sentence,
                                 {.kind = Target::Kind::Tokens, .position = last, .tokens = {output}},
                                 1 << 20);
        const double held = f.activations(f.embeddings(), {&site, 1})[0][last][j].item<double>();
        // A rectified neuron may be silent here.
        const double share = direct_logit(f, {&site, 1}).values[0][last][j].item<double>();
        if (held != 0) factors.push_back(share / held / logits[output].item<double>());
      }
      if (factors.empty()) continue;
      EXPECT_GT(factors[0], 0) << pattern;
      EXPECT_NEAR(factors[0] / factors[1], 1, 1e-8) << pattern;
    }
    const NeuronAxis all = all_neurons(r.model().sites());
    const NeuronAxis encoder = select(all, select_neurons("encoder_mlp_post@0:1", all));
    EXPECT_NE(refusal([&] { written_directions(r.model(), encoder); }).find("write into its own stream"),
              std::string::npos);
  });
}
TEST(PairReading, HeadsOfTheTwoStacksAreGroupsOfTheirOwn) {
  on_every_reading([](PairReading& r) {
    const NeuronAxis all = all_neurons(r.model().sites());
    const NeuronAxis heads = select(all, select_neurons("encoder_attn_z@0,decoder_attn_z@0", all));
    const std::vector<NeuronGroup> groups = group_neurons(heads, "head");
    EXPECT_EQ(static_cast<int>(groups.size()), r.model().config().encoder->heads + r.model().config().heads);
    EXPECT_EQ(groups.front().name, "encoder 0.0");
    EXPECT_EQ(groups.back().name, "decoder 0." + std::to_string(r.model().config().heads - 1));
    const std::vector<NeuronGroup> blocks = group_neurons(heads, "block");
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_EQ(blocks[0].name, "block encoder 0");
  });
}

}  // namespace
}  // namespace neurox::attribute
