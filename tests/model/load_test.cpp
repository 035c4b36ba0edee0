#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>

#include "neurox/model/device.h"
#include "tiny_models.h"

namespace neurox::model {
namespace {

using testing::reference_batch, testing::refusal, testing::relative, testing::TempFolder, testing::Tensors,
    testing::tiny, testing::tiny_folder, testing::write_variant;

std::string refused_folder(const TempFolder& folder) {
  const std::string message = refusal([&] { Model::load(folder.path()); });
  EXPECT_EQ(message.find('\n'), std::string::npos);
  const std::string place = folder.path().string() + ": ";
  EXPECT_EQ(message.substr(0, place.size()), place);
  return message.substr(std::min(message.size(), place.size()));
}

void rename(Tensors& tensors, const std::string& from, const std::string& to) {
  Tensors out;
  for (auto& [name, tensor] : tensors) {
    const bool match = name.starts_with(from);
    out[match ? to + name.substr(from.size()) : name] = tensor;
  }
  tensors = std::move(out);
}

TEST(Load, NamesEveryMissingMisshapenAndUnknownTensorAtOnce) {
  const TempFolder folder;
  write_variant(folder.path(), "bert", [](Tensors& t) {
    t.erase("encoder.layer.1.attention.self.query.bias");
    t.erase("embeddings.LayerNorm.weight");
    t["encoder.layer.0.output.dense.weight"] = torch::ones({40, 24});
    t["encoder.layer.2.output.dense.bias"] = torch::ones({24});
  });
  EXPECT_EQ(refused_folder(folder),
            "tensors do not fit config.json: 2 missing (embeddings.LayerNorm.weight [24], "
            "encoder.layer.1.attention.self.query.bias [24]); 1 of another shape or type "
            "(encoder.layer.0.output.dense.weight: [40, 24], expected [24, 40]); 1 unknown "
            "(encoder.layer.2.output.dense.bias [24])");
}

TEST(Load, NamesMissingWordEmbeddingsAlone) {
  const TempFolder folder;
  write_variant(folder.path(), "bert", [](Tensors& t) { t.erase("embeddings.word_embeddings.weight"); });
  const std::string message = refused_folder(folder);
  EXPECT_EQ(message.find("tensors do not fit config.json: 1 missing (embeddings.word_embeddings.weight ["),
            0U)
      << message;
}

TEST(Load, ShowsADozenNamesOfMany) {
  const TempFolder folder;
  write_variant(folder.path(), "bert", [](Tensors& t) {
    std::erase_if(t, [](const auto& entry) { return entry.first.find("layer.1.") != std::string::npos; });
  });
  const std::string message = refused_folder(folder);
  EXPECT_NE(message.find("16 missing ("), std::string::npos) << message;
  EXPECT_NE(message.find(", and 4 more)"), std::string::npos) << message;
}

TEST(Load, RefusesWeightsThatAreNoNumbersWithAPoint) {
  const TempFolder folder;
  std::filesystem::copy_file(tiny_folder("bert") / "config.json", folder / "config.json");
  testing::write_raw(
      folder / "model.safetensors",
      R"({"embeddings.word_embeddings.weight":{"dtype":"I8","shape":[61,24],"data_offsets":[0,1464]}})",
      std::string(1464, '\0'));
  EXPECT_NE(refused_folder(folder).find("(embeddings.word_embeddings.weight: I8, expected a floating type)"),
            std::string::npos);
}

TEST(Load, TakesTheSameWeightsUnderEveryPrefixAndOldNames) {
  const Batch batch = reference_batch("bert");
  const torch::Tensor expected = tiny("bert").forward(batch);
  for (const std::string prefix : {"bert.", "0.auto_model."}) {
    const TempFolder folder;
    write_variant(folder.path(), "bert", [&](Tensors& t) { rename(t, "", prefix); });
    EXPECT_TRUE(Model::load(folder.path()).forward(batch).equal(expected));
  }
  const TempFolder folder;
  write_variant(folder.path(), "bert", [&](Tensors& t) {
    for (const std::string norm : {"embeddings.LayerNorm", "encoder.layer.0.output.LayerNorm"}) {
      rename(t, norm + ".weight", norm + ".gamma");
      rename(t, norm + ".bias", norm + ".beta");
    }
    t["embeddings.position_ids"] = torch::arange(20).view({1, 20});
  });
  EXPECT_TRUE(Model::load(folder.path()).forward(batch).equal(expected));
}

TEST(Load, TakesCopiesOfTiedOutputWeightsAndOldBuffers) {
  const TempFolder folder;
  const Batch batch = reference_batch("gpt2-lm");
  write_variant(folder.path(), "gpt2-lm", [](Tensors& t) {
    t["lm_head.weight"] = t["transformer.wte.weight"].clone();
    t["transformer.h.0.attn.bias"] = torch::ones({1, 1, 20, 20});
    t["transformer.h.1.attn.masked_bias"] = torch::ones({1});
  });
  const Model model = Model::load(folder.path());
  const Model expected = tiny("gpt2-lm");
  EXPECT_TRUE(model.lm_logits(model.forward(batch)).equal(expected.lm_logits(expected.forward(batch))));
}

TEST(Load, TakesPythiasOldNameOfTheHead) {
  const TempFolder folder;
  const Batch batch = reference_batch("gpt-neox-lm");
  write_variant(folder.path(), "gpt-neox-lm",
                [](Tensors& t) { rename(t, "lm_head.weight", "embed_out.weight"); });
  const Model model = Model::load(folder.path()), expected = tiny("gpt-neox-lm");
  EXPECT_TRUE(model.lm_logits(model.forward(batch)).equal(expected.lm_logits(expected.forward(batch))));
}

TEST(Load, TakesDebertasReleasedNamesOfTheHead) {
  const TempFolder folder;
  const Batch batch = reference_batch("deberta-v2-mlm");
  write_variant(folder.path(), "deberta-v2-mlm", [](Tensors& t) {
    rename(t, "cls.predictions.transform.", "lm_predictions.lm_head.");
    rename(t, "cls.predictions.bias", "lm_predictions.lm_head.bias");
  });
  const Model model = Model::load(folder.path()), expected = tiny("deberta-v2-mlm");
  EXPECT_TRUE(model.lm_logits(model.forward(batch)).equal(expected.lm_logits(expected.forward(batch))));
}

TEST(Load, InInferenceModeLeavesGradientsPossible) {
  std::optional<Model> model;
  {
    const torch::InferenceMode inference;
    model.emplace(tiny("bert"));
  }
  const Batch batch = reference_batch("bert");
  const torch::Tensor words = model->embed(batch).clone().requires_grad_();
  const torch::Tensor sum = model->forward_embeddings(words, batch).square().sum();
  EXPECT_GT(torch::autograd::grad({sum}, {words})[0].abs().max().item<double>(), 0);
}

TEST(Load, ABodyAloneHasNoHead) {
  const Model model = tiny("bert");
  const Batch batch = reference_batch("bert");
  const torch::Tensor hidden = model.forward(batch);
  const std::string place = tiny_folder("bert").string();
  EXPECT_EQ(refusal([&] { model.classify(hidden, batch); }), place + " holds no sequence classifier");
  EXPECT_EQ(refusal([&] { model.token_logits(hidden); }), place + " holds no token classifier");
  EXPECT_EQ(refusal([&] { model.lm_logits(hidden); }), place + " holds no language model head");
  EXPECT_EQ(refusal([&] { model.span_logits(hidden); }), place + " holds no question answering head");
  EXPECT_TRUE(model.labels().empty());
}

TEST(RandomInit, IsTheSameForASeedAndAnotherForAnother) {
  const Batch batch = reference_batch("gpt2-lm");
  const auto drawn = [&](std::uint64_t seed) {
    return Model::load(tiny_folder("gpt2-lm"), {.device = "cpu", .random_init = seed});
  };
  const torch::Tensor one = drawn(1).forward(batch);
  EXPECT_TRUE(drawn(1).forward(batch).equal(one));
  EXPECT_FALSE(drawn(2).forward(batch).equal(one));
  EXPECT_EQ(drawn(1).fingerprint(), drawn(1).fingerprint());
  EXPECT_NE(drawn(1).fingerprint(), drawn(2).fingerprint());
  EXPECT_NE(drawn(1).fingerprint(), tiny("gpt2-lm").fingerprint());
}

TEST(RandomInit, NeedsNoWeightsAndTakesTheHeadOfTheClass) {
  for (const std::string& name : testing::tiny_models()) {
    const TempFolder folder;
    std::filesystem::copy_file(tiny_folder(name) / "config.json", folder / "config.json");
    const Model drawn = Model::load(folder.path(), {.random_init = 5});
    const Model read = tiny(name);
    EXPECT_EQ(drawn.sites(), read.sites());
    EXPECT_EQ(drawn.has_sequence_classifier(), read.has_sequence_classifier()) << name;
    EXPECT_EQ(drawn.has_token_classifier(), read.has_token_classifier()) << name;
    EXPECT_EQ(drawn.has_question_answering(), read.has_question_answering()) << name;
    EXPECT_EQ(drawn.has_masked_lm(), read.has_masked_lm()) << name;
    EXPECT_EQ(drawn.has_causal_lm(), read.has_causal_lm()) << name;
    EXPECT_EQ(drawn.labels(), read.labels()) << name;
    EXPECT_TRUE(drawn.forward(reference_batch(name)).isfinite().all().item<bool>());
  }
}

TEST(RandomInit, DrawsNormalNumbersOfTheDeviationInTheConfiguration) {
  const Model model = Model::load(tiny_folder("bert"), {.random_init = 5});
  // Words alone: 61 rows of 24 numbers, deviation 0.3.
  std::vector<std::int64_t> ids(61);
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<std::int64_t>(i);
  Batch batch = Batch::of({ids});
  batch.lengths = std::vector<std::int64_t>(61, 1);
  const torch::Tensor words = model.embed(batch).to(torch::kFloat64) / 0.3;
  const double n = static_cast<double>(words.numel());
  EXPECT_NEAR(words.mean().item<double>(), 0, 4 / std::sqrt(n));
  EXPECT_NEAR(words.square().mean().item<double>(), 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR((words.abs() < 0.6745).to(torch::kFloat64).mean().item<double>(), 0.5, 2 / std::sqrt(n));
}

TEST(Fingerprint, ChangesWithWeightsAndConfigurationOnly) {
  const TempFolder folder;
  write_variant(folder.path(), "bert", [](Tensors&) {});
  const std::string first = Model::load(folder.path()).fingerprint();
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(Model::load(folder.path()).fingerprint(), first);
  write_variant(folder.path(), "bert", [](Tensors& t) { t["embeddings.LayerNorm.bias"][0] += 1; });
  EXPECT_NE(Model::load(folder.path()).fingerprint(), first);
}

TEST(Forward, RefusesWhatTheModelCannotTake) {
  const Model model = tiny("bert");
  const std::string place = tiny_folder("bert").string();
  EXPECT_EQ(refusal([&] {
              model.forward(Batch::of({{5, 6}, {7, 8, 61}}));
            }),
            "sentence 1 of the batch, token 2: token id 61, but " + place +
                " has 61; is the tokenizer another model's?");
  EXPECT_EQ(refusal([&] {
              model.forward(Batch::of({{5, -1}}));
            }),
            "sentence 0 of the batch, token 1: token id -1, but " + place +
                " has 61; is the tokenizer another model's?");
  EXPECT_EQ(refusal([&] {
              model.forward(Batch::of({{5}, std::vector<std::int64_t>(21, 5)}));
            }),
            "sentence 1 of the batch: 21 tokens, but " + place + " has 20 positions");
  EXPECT_EQ(refusal([&] { model.forward(Batch::of({{5}, {}})); }), "sentence 1 of the batch: 0 tokens");
  EXPECT_EQ(refusal([&] { model.forward(Batch{}); }), "batch: no sentence");
  Batch batch = Batch::of({{5, 6}});
  batch.type_ids = torch::tensor({0, 2}, torch::kInt64);
  EXPECT_EQ(refusal([&] { model.forward(batch); }),
            "sentence 0 of the batch, token 1: token type id 2, but " + place +
                " has 2; is the tokenizer another model's?");
  batch.type_ids.reset();
  EXPECT_EQ(refusal([&] {
              model.forward(batch, Site{SiteKind::FinalNorm, -1});
            }),
            "no site ln_final.hook_out in " + place);
  EXPECT_EQ(refusal([&] {
              model.forward_embeddings(torch::ones({2, 23}), batch);
            }),
            "batch: states of 46 numbers where 2 x 24 are needed");
  EXPECT_EQ(refusal([&] {
              model.forward_from(1, torch::ones({2, 24}), batch, Site{SiteKind::MlpPost, 0});
            }),
            "blocks.0.mlp.hook_post comes before block 1, from which the pass starts");
}

TEST(Device, IsRefusedInOneLine) {
  EXPECT_EQ(parse_device("cpu"), torch::Device(torch::kCPU));
  EXPECT_EQ(refusal([] { parse_device("gpu"); }), "device 'gpu': write cpu, cuda, cuda:0 or auto");
  EXPECT_EQ(refusal([] { parse_device("cuda:x"); }), "device 'cuda:x': write cpu, cuda, cuda:0 or auto");
  if (torch::cuda::is_available()) {
    EXPECT_EQ(parse_device("auto"), torch::Device(torch::kCUDA, 0));
    EXPECT_NE(refusal([] { parse_device("cuda:99"); }).find("device 'cuda:99': there are "),
              std::string::npos);
  } else {
    EXPECT_EQ(parse_device("auto"), torch::Device(torch::kCPU));
    EXPECT_EQ(refusal([] { parse_device("cuda:1"); }),
              "device 'cuda:1': LibTorch sees no GPU (a build without CUDA, or none here); use cpu");
  }
}

}  // namespace
}  // namespace neurox::model
