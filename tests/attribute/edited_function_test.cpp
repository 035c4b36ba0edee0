#include "neurox/attribute/edited_function.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "model/pair_models.h"
#include "neurox/core/random.h"
#include "neurox/model/one_position.h"
#include "neurox/text/tokenizer.h"
#include "support.h"

namespace neurox::attribute {
namespace {

using namespace neurox::testing;
using torch::Tensor;

model::Model tiny(const std::string& family) {
  return model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / family,
                            {.dtype = torch::kFloat64});
}

model::Batch sentence() {
  return model::Batch::of({{2, 11, 40, 23, 7, 3}});
}

/// Every site that has neurons.
std::vector<SiteColumns> columns_of(const model::Model& model) {
  std::vector<SiteColumns> out;
  for (const SiteColumns& c : model.sites())
    if (c.width > 0) out.push_back(c);
  return out;
}

/// Single neurons of every site, then sets across sites.
std::vector<Edits> many_conditions(const model::Model& model, std::uint64_t seed) {
  Random random(seed);
  std::vector<Edits> out{{}};
  const auto sites = columns_of(model);
  const auto neuron = [&](const SiteColumns& c) {
    return static_cast<std::int64_t>(random.next() % static_cast<std::uint64_t>(c.width));
  };
  for (const SiteColumns& c : sites)
    for (int i = 0; i < 3; ++i) out.push_back({{*site_of(c), {neuron(c)}, {static_cast<float>(i) - 1}}});
  for (int i = 0; i < 20; ++i) {
    const SiteColumns& a = sites[random.next() % sites.size()];
    const SiteColumns& b = sites[random.next() % sites.size()];
    if (a == b) continue;
    out.push_back({{*site_of(a), {neuron(a)}, {0.5F}}, {*site_of(b), {neuron(b)}, {-0.5F}}});
  }
  return out;
}

/// Whole passes, one by one.
std::vector<double> one_by_one(model::Model& model, const SentenceFunction& f,
                               const std::vector<Edits>& conditions) {
  std::vector<double> out;
  for (const Edits& edits : conditions) {
    const auto guards = ablate::put_edits(model.hooks(), edits, model.device());
    out.push_back(f.value(f.embeddings()));
  }
  return out;
}

void expect_equal(const std::string& family, model::Model& model, model::Batch batch, const Target& target) {
  const SentenceFunction f(model, std::move(batch), target, 1 << 20);
  const EditedFunction edited(f);
  const auto conditions = many_conditions(model, 7);
  const auto found = edited.values(conditions), expected = one_by_one(model, f, conditions);
  EXPECT_EQ(found[0], edited.intact());
  double moved = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], 1e-11) << family << " condition " << i;
    moved = std::max(moved, std::abs(expected[i] - edited.intact()));
  }
  EXPECT_GT(moved, 1e-4) << family;
}

void expect_equal(const std::string& family, const Target& target) {
  model::Model model = tiny(family);
  expect_equal(family, model, sentence(), target);
}

TEST(EditedFunction, BatchedConditionsEqualWholePassesOneByOneInEveryFamily) {
  for (const char* family : {"bert-sequence", "roberta-sequence", "distilbert-sequence", "gpt2-sequence",
                             "llama-sequence", "albert-groups-sequence", "xlnet-sequence",
                             "deberta-v2-sequence", "gpt-neox-sequence", "gemma3-sequence"})
    expect_equal(family, {.index = 1});
  expect_equal("bert-token", {.kind = Target::Kind::TokenClass, .index = 1, .position = 3});
  expect_equal("bert-span", {.kind = Target::Kind::SpanStart, .position = 2});
  for (const char* family : {"gpt2-lm", "llama-lm", "mistral-lm", "qwen2-lm", "mistral-window-lm",
                             "gpt-neox-lm", "gemma-lm", "gemma2-lm", "electra-mlm"}) {
    expect_equal(family, {.kind = Target::Kind::Tokens, .position = 3, .tokens = {9}});
    expect_equal(family, {.kind = Target::Kind::Tokens, .position = 3, .tokens = {9, 4}});
  }
}
TEST(EditedFunction, BatchedConditionsEqualWholePassesInEncodersWithDecoders) {
  for (const std::string& family : pair_models()) {
    PairSubject subject(family, torch::kFloat64);
    const model::Batch batch = subject.alone(0, 3);
    const std::int64_t last = batch.tokens() - 1;
    expect_equal(family, subject.model, batch,
                 {.kind = Target::Kind::Tokens, .position = last, .tokens = {5}});
    expect_equal(family, subject.model, subject.alone(0, 0),
                 {.kind = Target::Kind::Unit,
                  .index = 3,
                  .position = 1,
                  .site = {SiteKind::MlpOut, 1, {}, Stack::Encoder}});
  }
}
TEST(EditedFunction, ANeuronAsTargetEndsThePassThere) {
  for (const SiteKind kind : {SiteKind::AttnZ, SiteKind::MlpPost, SiteKind::MlpOut, SiteKind::ResidPost})
    for (const int block : {0, 1})
      expect_equal("bert-sequence",
                   {.kind = Target::Kind::Unit, .index = 3, .position = 2, .site = {kind, block}});
}
TEST(EditedFunction, ALowMemoryGivesTheSameNumbers) {
  model::Model model = tiny("bert-sequence");
  const SentenceFunction wide(model, sentence(), {.index = 1}, 1 << 28),
      narrow(model, sentence(), {.index = 1}, 1);
  const auto conditions = many_conditions(model, 3);
  const auto a = EditedFunction(wide).values(conditions), b = EditedFunction(narrow).values(conditions);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
}
TEST(EditedFunction, TheLastBlockAtOnePositionIsARowOfTheWholePass) {
  for (const char* family : {"bert-sequence", "gpt2-lm", "llama-lm", "mistral-lm", "distilbert-mlm",
                             "gpt-neox-lm", "gemma-lm", "albert-mlm"}) {
    const model::Model model = tiny(family);
    const torch::NoGradGuard no_gradients;
    const model::Batch two = model::Batch::of({{2, 11, 40, 23}, {5, 9, 31, 3}});
    const int last = model.config().blocks - 1;
    const Tensor resid = model.forward(two, Site{SiteKind::ResidPost, last - 1});
    const Tensor whole = model.forward(two).reshape({2, 4, -1});
    for (std::int64_t p = 0; p < 4; ++p)
      EXPECT_LT((model::last_block_at(model, resid, 4, p) - whole.select(1, p)).abs().max().item<double>(),
                1e-12)
          << family << " at " << p;
    EXPECT_EQ(refusal([&] { model::last_block_at(model, resid, 4, 4); }),
              "one position: 4 of a sentence of 4 tokens");
  }
}
TEST(EditedFunction, TheLastBlockTakesSentencesOfAnyLengths) {
  for (const char* family : {"bert-sequence", "gpt2-lm", "llama-lm", "gpt-neox-lm"}) {
    const model::Model model = tiny(family);
    const torch::NoGradGuard no_gradients;
    const model::Batch three = model::Batch::of({{2, 11}, {5, 9, 31, 3}, {7, 8, 9, 10}});
    const Tensor resid = model.forward(three, Site{SiteKind::ResidPost, model.config().blocks - 2});
    const Tensor rows = model.forward(three).index_select(0, torch::tensor({1, 4, 6}));
    const std::vector<std::int64_t> positions{1, 2, 0};
    EXPECT_LT(
        (model::last_block_at(model, resid, three.lengths, positions) - rows).abs().max().item<double>(),
        1e-12)
        << family;
  }
}
TEST(EditedFunction, TheClassifiersLogitsEqualThePeers) {
  NEUROX_NEED(file, shared("oracles/ablate/classifier.json"));
  NEUROX_NEED(path, real_model("minilm-sst2"));
  const auto oracle = nlohmann::json::parse(std::ifstream(file));
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  std::vector<Edits> conditions;
  std::vector<nlohmann::json> logits;
  for (const auto& of : oracle.at("interventions")) {
    if (of.at("how").get<std::string>().find("position 0") != std::string::npos) continue;
    const std::string name = of.at("site");
    const int block = std::stoi(name.substr(5));
    ablate::SiteEdit edit{{name.ends_with("ffn_post") ? SiteKind::MlpPost
                           : name.ends_with("head_z") ? SiteKind::AttnZ
                                                      : SiteKind::ResidPost,
                           block},
                          of.at("indices").get<std::vector<std::int64_t>>(),
                          {}};
    const auto& value = of.at("value");
    edit.values = value.is_array() ? value.get<std::vector<float>>()
                                   : std::vector<float>(edit.neurons.size(), value.get<float>());
    conditions.push_back({edit});
    logits.push_back(of.at("logits"));
  }
  double worst = 0;
  for (std::size_t s = 0; s < oracle.at("sentences").size(); ++s) {
    const auto encoded = tokenizer.encode(oracle.at("sentences")[s].get<std::string>()).ids;
    const auto batch = model::Batch::of({std::vector<std::int64_t>(encoded.begin(), encoded.end())});
    for (int k = 0; k < 2; ++k) {
      const SentenceFunction f(model, batch, {.index = k}, std::int64_t{256} << 20);
      const auto found = EditedFunction(f).values(conditions);
      for (std::size_t c = 0; c < found.size(); ++c)
        worst = std::max(worst, std::abs(found[c] - logits[c][s][static_cast<std::size_t>(k)].get<double>()));
    }
  }
  EXPECT_GE(conditions.size(), 15U);
  EXPECT_LT(worst, 5e-5);
  RecordProperty("largest_difference", fmt::format("{:.2e}", worst));
}
TEST(EditedFunction, Refusals) {
  model::Model model = tiny("bert-sequence");
  const SentenceFunction f(model, sentence(), {.index = 1}, 1 << 20);
  const EditedFunction edited(f);
  const auto with = [&](Site site, std::int64_t neuron) {
    const std::vector<Edits> conditions{{{site, {neuron}, {0.0F}}}};
    return refusal([&] { edited.values(conditions); });
  };
  EXPECT_EQ(with({SiteKind::MlpPost, 0}, 40), "blocks.0.mlp.hook_post: no neuron 40; it has 40");
  EXPECT_EQ(with({SiteKind::MlpPost, 1}, 40), "blocks.1.mlp.hook_post: no neuron 40; it has 40");
  EXPECT_EQ(with({SiteKind::AttnPattern, 1}, 0),
            "blocks.1.attn.hook_pattern: neurons of this site cannot be replaced");
}

}  // namespace
}  // namespace neurox::attribute
