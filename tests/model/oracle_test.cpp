#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "h5_tensor.h"
#include "neurox/model/likelihood.h"
#include "tiny_models.h"

/// Real models against what transformers computed with them.
namespace neurox::model {
namespace {

using testing::h5_tensor, testing::largest_difference, testing::real_model, testing::shared;

std::vector<std::int64_t> read_ids(const std::filesystem::path& file, int sentence) {
  const torch::Tensor ids = h5_tensor(file, fmt::format("s{}/ids", sentence)).to(torch::kInt64);
  return {ids.data_ptr<std::int64_t>(), ids.data_ptr<std::int64_t>() + ids.numel()};
}

/// Sentences first..last-1, as the file has them and so in no order of length.
Batch read_batch(const std::filesystem::path& file, int first, int last) {
  std::vector<std::vector<std::int64_t>> sentences;
  for (int i = first; i < last; ++i) sentences.push_back(read_ids(file, i));
  return Batch::of(sentences);
}

torch::Tensor rows(const torch::Tensor& x, const Batch& batch, std::size_t sentence) {
  return x.narrow(0, batch.offsets()[sentence], batch.lengths[sentence]);
}

/// Largest difference over the largest value of its row.
double row_relative(const torch::Tensor& found, const torch::Tensor& expected) {
  const torch::Tensor difference = (found.to(torch::kFloat64) - expected).abs().amax(1);
  return (difference / expected.abs().amax(1)).max().item<double>();
}

TEST(MiniLm, HiddenStatesOf32SentencesInOneBatch) {
  NEUROX_NEED(folder, real_model("minilm"));
  NEUROX_NEED(file, shared("oracles/hidden/minilm.h5"));
  torch::InferenceMode inference;
  Model model = Model::load(folder);
  const Batch batch = read_batch(file, 0, 32);
  std::vector<torch::Tensor> states(7);
  std::vector<Hooks::Guard> guards;
  guards.push_back(
      model.hooks().observe({SiteKind::ResidPre, 0}, [&](const torch::Tensor& x) { states[0] = x; }));
  for (int l = 0; l < 6; ++l)
    guards.push_back(model.hooks().observe({SiteKind::ResidPost, l}, [&states, l](const torch::Tensor& x) {
      states[static_cast<std::size_t>(l) + 1] = x;
    }));
  model.forward(batch);
  double largest = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const torch::Tensor expected = h5_tensor(file, fmt::format("s{}/hidden", i));
    for (std::size_t k = 0; k < 7; ++k)
      largest =
          std::max(largest, largest_difference(rows(states[k], batch, i), expected[static_cast<int>(k)]));
  }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LE(largest, 2e-5);
}

TEST(MiniLm, InnerSitesOfTwoSentences) {
  NEUROX_NEED(folder, real_model("minilm"));
  NEUROX_NEED(file, shared("oracles/hidden/minilm.h5"));
  torch::InferenceMode inference;
  Model model = Model::load(folder);
  double largest = 0;
  for (int i = 0; i < 2; ++i) {
    const Batch batch = read_batch(file, i, i + 1);
    for (int l = 0; l < 6; ++l) {
      const auto compare = [&](SiteKind kind, const std::string& name) {
        torch::Tensor found = testing::at_site(model, batch, {kind, l});
        if (kind == SiteKind::AttnPattern) found = found[0];
        largest = std::max(
            largest, largest_difference(found, h5_tensor(file, fmt::format("s{}/block{}/{}", i, l, name))));
      };
      compare(SiteKind::AttnPattern, "attention");
      compare(SiteKind::AttnZ, "z");
      compare(SiteKind::MlpPost, "ffn_post");
      if (i == 0) compare(SiteKind::MlpPre, "ffn_pre");
    }
  }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LE(largest, 2e-5);
}

TEST(MiniLm, PaddedEqualsPacked) {
  NEUROX_NEED(folder, real_model("minilm"));
  NEUROX_NEED(file, shared("oracles/hidden/minilm.h5"));
  torch::InferenceMode inference;
  const Model model = Model::load(folder);
  const Batch batch = read_batch(file, 0, 8);
  const torch::Tensor padded = h5_tensor(file, "padded/block5"), mask = h5_tensor(file, "padded/mask");
  const torch::Tensor expected = padded.reshape({-1, 384}).index({mask.reshape({-1}) > 0});
  const double largest = largest_difference(model.forward(batch), expected);
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LE(largest, 2e-5);
}

TEST(SmolLm2, HiddenStatesLogitsAndLikelihoodsOfEightSentences) {
  NEUROX_NEED(folder, real_model("smollm2-135m"));
  NEUROX_NEED(file, shared("oracles/hidden/smollm2.h5"));
  torch::InferenceMode inference;
  Model model = Model::load(folder);
  ASSERT_TRUE(model.has_causal_lm());
  const Batch batch = read_batch(file, 0, 8);
  torch::Tensor first, second, middle, raw;
  const auto keep = [](torch::Tensor& to) { return [&to](const torch::Tensor& x) { to = x; }; };
  const auto g0 = model.hooks().observe({SiteKind::ResidPre, 0}, keep(first));
  const auto g1 = model.hooks().observe({SiteKind::ResidPost, 0}, keep(second));
  const auto g2 = model.hooks().observe({SiteKind::ResidPost, 14}, keep(middle));
  const auto g3 = model.hooks().observe({SiteKind::ResidPost, 29}, keep(raw));
  const torch::Tensor normed = model.forward(batch);
  const torch::Tensor logits = model.lm_logits(normed),
                      likelihood = token_log_likelihoods(model, normed, batch);
  double states = 0, values = 0, likelihoods = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    const auto expected = [&](const char* name) { return h5_tensor(file, fmt::format("s{}/{}", i, name)); };
    const auto compare = [&](const torch::Tensor& x, const char* name) {
      states = std::max(states, row_relative(rows(x, batch, i), expected(name)));
    };
    compare(first, "hidden0");
    compare(second, "hidden1");
    compare(middle, "hidden15");
    compare(raw, "hidden30_raw");
    compare(normed, "hidden30_normed");
    const torch::Tensor top = rows(logits, batch, i).gather(1, expected("top20_ids").to(torch::kInt64));
    values = std::max(values, largest_difference(top, expected("top20_logits")));
    const torch::Tensor tokens = rows(likelihood, batch, i);
    likelihoods = std::max(
        likelihoods, largest_difference(tokens.narrow(0, 1, tokens.size(0) - 1), expected("token_logprob")));
  }
  RecordProperty("states", fmt::format("{:.2e}", states));
  RecordProperty("logits", fmt::format("{:.2e}", values));
  RecordProperty("likelihoods", fmt::format("{:.2e}", likelihoods));
  EXPECT_LE(states, 1e-4);
  EXPECT_LE(values, 2e-3);
  EXPECT_LE(likelihoods, 2e-3);
}

TEST(SmolLm2, SentenceLikelihoods) {
  NEUROX_NEED(folder, real_model("smollm2-135m"));
  NEUROX_NEED(file, shared("oracles/hidden/smollm2.h5"));
  torch::InferenceMode inference;
  const Model model = Model::load(folder);
  const Batch batch = read_batch(file, 0, 8);
  const torch::Tensor found = sentence_log_likelihoods(model, model.forward(batch), batch);
  const nlohmann::json info = nlohmann::json::parse(std::ifstream(file.parent_path() / "info.json"));
  for (std::size_t i = 0; i < 8; ++i) {
    const double expected = info["smollm2"]["log_likelihood"][i].get<double>();
    EXPECT_NEAR(found[static_cast<int>(i)].item<double>(), expected, 1e-4 * std::abs(expected));
  }
}

TEST(MiniLmSst2, LogitsOfTwoSentences) {
  NEUROX_NEED(folder, real_model("minilm-sst2"));
  torch::InferenceMode inference;
  const Model model = Model::load(folder);
  const Batch batch = Batch::of({{101, 1037, 4010, 1010, 6057, 1998, 3048, 2143, 1012, 102},
                                 {101, 10634, 1010, 21425, 1998, 2521, 2205, 2146, 1012, 102}});
  const torch::Tensor logits = model.classify(model.forward(batch), batch);
  EXPECT_LE(largest_difference(logits, torch::tensor({{-2.4324, 2.2350}, {2.2679, -2.1273}})), 1e-4)
      << logits;
  EXPECT_EQ(model.labels(), (std::vector<std::string>{"negative", "positive"}));
}

TEST(MiniLmQa, SpansOfThreeQuestions) {
  NEUROX_NEED(folder, real_model("minilm-qa"));
  torch::InferenceMode inference;
  const Model model = Model::load(folder);
  ASSERT_TRUE(model.has_question_answering());
  struct Question {
    std::vector<std::int64_t> ids;
    int start, end;
    double start_logit, end_logit;
  };
  // Ids of question and context by the folder's tokenizer.
  const std::vector<Question> questions = {
      {{101,  2043,  2001, 2009, 2405, 1029, 102,  6253, 22953, 10111, 2626, 1996, 3117,
        8814, 12399, 2075, 7535, 1010, 2029, 2001, 2405, 1999,  9176,  1012, 102},
       22,
       22,
       5.0372,
       5.7996},
      {{101,  2040,  2626, 1996, 3117, 1029, 102,  6253, 22953, 10111, 2626, 1996, 3117,
        8814, 12399, 2075, 7535, 1010, 2029, 2001, 2405, 1999,  9176,  1012, 102},
       7,
       9,
       6.1008,
       5.7498},
      {{101,  2054,  2106, 6253, 4339, 1029, 102,  6253, 22953, 10111, 2626, 1996, 3117,
        8814, 12399, 2075, 7535, 1010, 2029, 2001, 2405, 1999,  9176,  1012, 102},
       11,
       12,
       5.1164,
       4.2137}};
  for (const Question& question : questions) {
    Batch batch = Batch::of({question.ids});
    const auto answer = std::find(question.ids.begin(), question.ids.end(), 102) - question.ids.begin() + 1;
    batch.type_ids = (torch::arange(batch.tokens()) >= answer).to(torch::kInt64);
    const auto [start, end] = model.span_logits(model.forward(batch));
    EXPECT_EQ(start.argmax().item<int>(), question.start);
    EXPECT_EQ(end.argmax().item<int>(), question.end);
    EXPECT_NEAR(start[question.start].item<double>(), question.start_logit, 1e-4);
    EXPECT_NEAR(end[question.end].item<double>(), question.end_logit, 1e-4);
  }
}

TEST(Stories260K, LogitsAndLossOfItsFirstSentence) {
  NEUROX_NEED(folder, real_model("stories260K-hf"));
  torch::InferenceMode inference;
  const Model model = Model::load(folder);
  const Batch batch =
      Batch::of({{1, 403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426}});
  const torch::Tensor hidden = model.forward(batch);
  const torch::Tensor last = model.lm_logits(hidden)[-1];
  const auto [values, ids] = last.topk(3);
  EXPECT_TRUE(ids.equal(torch::tensor({338, 385, 317}, torch::kInt64)));
  EXPECT_LE(largest_difference(values, torch::tensor({17.4565, 14.7381, 13.8856})), 1e-4);
  EXPECT_LE(
      largest_difference(last.narrow(0, 0, 5), torch::tensor({-3.8517, 4.9812, -3.8526, -3.8520, -3.8516})),
      1e-4);
  EXPECT_NEAR(-sentence_log_likelihoods(model, hidden, batch)[0].item<double>() / 15, 0.1001, 5e-5);
}

}  // namespace
}  // namespace neurox::model
