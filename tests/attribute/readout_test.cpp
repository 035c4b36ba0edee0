#include "neurox/attribute/readout.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "neurox/attribute/direct_logit.h"
#include "neurox/core/selection.h"
#include "support.h"

namespace neurox::attribute {
namespace {

using neurox::testing::refusal;
using torch::Tensor;

model::Model load(const char* folder) {
  at::set_num_threads(1);
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / folder,
                            {.dtype = torch::kFloat64});
}
NeuronAxis chosen(const model::Model& model, const char* pattern) {
  const NeuronAxis axis = all_neurons(model.sites());
  return select(axis, select_neurons(pattern, axis));
}

TEST(Promotion, IsSortedAndTiesGoToTheSmallerId) {
  // Directions (1, 0) and (0, -1) read by three outputs.
  const Readout readout{HeadKind::Token,
                        torch::tensor({{1.0, 2.0}, {3.0, 2.0}, {3.0, -1.0}}, torch::kFloat64)};
  const Promotion p = promotion(readout, torch::tensor({{1.0, 0.0}, {0.0, -1.0}}, torch::kFloat64), 2);
  EXPECT_TRUE(at::equal(p.promoted, torch::tensor({{3.0, 3.0}, {1.0, -2.0}}, torch::kFloat64)));
  EXPECT_TRUE(at::equal(p.promoted_ids, torch::tensor({{1, 2}, {2, 0}}, torch::kInt64)));
  EXPECT_TRUE(at::equal(p.suppressed, torch::tensor({{1.0, 3.0}, {-2.0, -2.0}}, torch::kFloat64)));
  EXPECT_TRUE(at::equal(p.suppressed_ids, torch::tensor({{0, 1}, {0, 1}}, torch::kInt64)));
  EXPECT_EQ(promotion(readout, torch::tensor({{1.0, 0.0}}, torch::kFloat64), 9).promoted.size(1), 3);
}

/// Per unit of activation, a neuron's direct share of two logits differs from the file's numbers by one
/// positive factor: the scales of the norms at the text.
TEST(WrittenDirections, AreDirectLogitSharesButForAFactor) {
  struct Case {
    const char* folder;
    Target::Kind kind;
  };
  for (const Case& c : {Case{"gpt2-lm", Target::Kind::Tokens}, Case{"llama-lm", Target::Kind::Tokens},
                        Case{"bert-token", Target::Kind::TokenClass}}) {
    model::Model model = load(c.folder);
    const Readout readout = linear_readout(model, "test");
    for (const char* pattern :
         {"mlp_post@0:3", "attn_z@0:5", "mlp_post@1:2", "resid_pre@0:1", "resid_mid@0:4"}) {
      const NeuronAxis axis = chosen(model, pattern);
      const Site site = *parse_site(axis.site(0));
      const std::int64_t j = axis.neurons[0].index;
      const Tensor logits = written_directions(model, axis).matmul(readout.weight.t())[0];
      std::vector<double> factors;
      for (const std::int64_t output : {0, 1}) {
        const SentenceFunction f(model, model::Batch::of({{2, 11, 40, 23, 3}}),
                                 {.kind = c.kind, .index = output, .position = 4, .tokens = {output}},
                                 1 << 20);
        const Tensor held = f.activations(f.embeddings(), {&site, 1})[0];
        const double share = direct_logit(f, {&site, 1}).values[0][4][j].item<double>();
        factors.push_back(share / held[4][j].item<double>() / logits[output].item<double>());
      }
      EXPECT_GT(factors[0], 0) << c.folder << ' ' << pattern;
      EXPECT_NEAR(factors[0] / factors[1], 1, 1e-8) << c.folder << ' ' << pattern;
    }
  }
}
TEST(WrittenDirections, SitesThatWriteNothingAreRefused) {
  model::Model model = load("gpt2-lm");
  EXPECT_NE(refusal([&] {
              written_directions(model, chosen(model, "mlp_pre@0:1"));
            }).find("blocks.0.mlp.hook_pre: writes nothing into the residual stream"),
            std::string::npos);
}
TEST(Readouts, ModelsWithoutALinearHeadAreRefused) {
  EXPECT_NE(refusal([] { linear_readout(load("bert"), "vocabulary"); }).find("holds no head that reads"),
            std::string::npos);
  EXPECT_NE(refusal([] { linear_readout(load("bert-mlm"), "vocabulary"); }).find("a hidden layer between"),
            std::string::npos);
  EXPECT_EQ(linear_readout(load("bert-span"), "vocabulary").weight.size(0), 2);
}

}  // namespace
}  // namespace neurox::attribute
