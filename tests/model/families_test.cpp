#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tiny_models.h"

/// Every family against what transformers computed with the same weights.
namespace neurox::model {
namespace {

using testing::reference, testing::relative;

TEST(Family, HiddenStatesEqualTransformers) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const SafeTensors expected = reference(s.name);
    const int blocks = model.config().blocks;
    std::vector<torch::Tensor> states(static_cast<std::size_t>(blocks) + 1);
    std::vector<Hooks::Guard> guards;
    for (int l = 0; l < blocks; ++l) {
      const auto keep = [&states](std::size_t k) {
        return [&states, k](const torch::Tensor& x) { states[k] = x; };
      };
      guards.push_back(model.hooks().observe({SiteKind::ResidPre, l}, keep(static_cast<std::size_t>(l))));
      guards.push_back(
          model.hooks().observe({SiteKind::ResidPost, l}, keep(static_cast<std::size_t>(l) + 1)));
    }
    const torch::Tensor last = model.forward(batch);
    if (model.config().architecture->norm_first) states.back() = last;  // transformers' last state is normed
    for (std::size_t k = 0; k < states.size(); ++k)
      EXPECT_LE(relative(states[k], expected.tensor("hidden_" + std::to_string(k))), 1e-5) << "state " << k;
  });
}

TEST(Family, AttentionPatternsEqualTransformers) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    std::vector<torch::Tensor> sentences;
    const auto guard = model.hooks().observe({SiteKind::AttnPattern, 0}, [&](const torch::Tensor& x) {
      for (const torch::Tensor& sentence : x.unbind(0)) sentences.push_back(sentence.reshape({-1}));
    });
    model.forward(s.batch);
    EXPECT_LE(relative(torch::cat(sentences), reference(s.name).tensor("pattern_0")), 1e-5);
  });
}

TEST(Family, LogitsEqualTransformers) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const SafeTensors expected = reference(s.name);
    const torch::Tensor hidden = model.forward(batch);
    torch::Tensor logits;
    if (model.has_sequence_classifier()) {
      logits = model.classify(hidden, batch);
      EXPECT_EQ(model.labels(), (std::vector<std::string>{"no", "maybe", "yes"}));
    } else if (model.has_token_classifier()) {
      logits = model.token_logits(hidden);
    } else if (model.has_question_answering()) {
      const auto [start, end] = model.span_logits(hidden);
      logits = torch::stack({start, end});
    } else if (model.has_causal_lm() || model.has_masked_lm()) {
      logits = model.lm_logits(hidden);
    } else {
      EXPECT_FALSE(expected.contains("logits"));
      return;
    }
    EXPECT_LE(relative(logits, expected.tensor("logits")), 1e-5);
  });
}

TEST(Family, HoldsExactlyTheHeadOfItsClass) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const ModelConfig& config = model.config();
    EXPECT_EQ(model.has_sequence_classifier(), config.is_class("ForSequenceClassification"));
    EXPECT_EQ(model.has_token_classifier(), config.is_class("ForTokenClassification"));
    EXPECT_EQ(model.has_question_answering(),
              config.is_class("ForQuestionAnswering") || config.is_class("ForQuestionAnsweringSimple"));
    const bool xlnet = config.is_class("XLNetLMHeadModel");  // sees both sides
    EXPECT_EQ(model.has_masked_lm(), config.is_class("ForMaskedLM") || xlnet);
    EXPECT_EQ(model.has_causal_lm(),
              config.is_class("ForCausalLM") || (config.is_class("LMHeadModel") && !xlnet));
  });
}

TEST(Family, OneByOneEqualsTogether) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const torch::Tensor together = model.forward(batch);
    const std::vector<std::int64_t> offsets = batch.offsets();
    for (std::size_t i = 0; i < batch.lengths.size(); ++i) {
      Batch alone;
      alone.ids = batch.ids.narrow(0, offsets[i], batch.lengths[i]);
      if (batch.type_ids.defined()) alone.type_ids = batch.type_ids.narrow(0, offsets[i], batch.lengths[i]);
      alone.lengths = {batch.lengths[i]};
      EXPECT_LE(relative(model.forward(alone), together.narrow(0, offsets[i], batch.lengths[i])), 1e-5);
    }
  });
}

TEST(Family, GradientsReachTheWordEmbeddings) {
  testing::on_every_family([](testing::Subject& s) {
    Model& model = s.model;
    const Batch& batch = s.batch;
    const torch::Tensor words = model.embed(batch).clone().requires_grad_();
    const torch::Tensor hidden = model.forward_embeddings(words, batch);
    {
      torch::NoGradGuard off;
      EXPECT_LE(relative(model.forward(batch), hidden), 1e-5);
    }
    // A directional derivative against a central difference, in float64.
    const Model exact = Model::load(testing::tiny_folder(s.name), {.dtype = torch::kFloat64});
    torch::manual_seed(1);
    const torch::Tensor at = exact.embed(batch).clone().requires_grad_();
    const torch::Tensor weight = torch::randn(hidden.sizes(), torch::kFloat64),
                        direction = torch::randn_like(at);
    const auto value = [&](const torch::Tensor& x) {
      return (exact.forward_embeddings(x, batch) * weight).sum();
    };
    const torch::Tensor slope = (torch::autograd::grad({value(at)}, {at})[0] * direction).sum();
    constexpr double step = 1e-6;
    torch::NoGradGuard off;
    const torch::Tensor measured = (value(at + step * direction) - value(at - step * direction)) / (2 * step);
    EXPECT_NEAR(slope.item<double>(), measured.item<double>(),
                1e-5 * (1 + std::abs(measured.item<double>())));
  });
}

}  // namespace
}  // namespace neurox::model
