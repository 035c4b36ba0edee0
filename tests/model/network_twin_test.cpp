#include <gtest/gtest.h>
#include <torch/script.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "neurox/model/safetensors_writer.h"
#include "tiny_models.h"

/// The published TorchScript classifiers and taggers, made into folders (as scripts/convert/network.py does),
/// give the logits of their files.
namespace neurox::model {
namespace {

using torch::Tensor;

struct PublishedTwin {
  std::string name;
  nlohmann::json config;
};

void make_folder(const std::filesystem::path& script, const nlohmann::json& config,
                 const std::filesystem::path& folder) {
  const std::pair<std::regex, const char*> renames[] = {
      {std::regex(R"(layers\.(\d)\.left\.(\w+)_l0)"), "lstm.$2_l$1"},
      {std::regex(R"(layers\.(\d)\.right\.(\w+)_l0)"), "lstm.$2_l$1_reverse"},
      {std::regex(R"(encoder\.left\.(\w+)_l0)"), "lstm.$1_l0"},
      {std::regex(R"(encoder\.right\.(\w+)_l0)"), "lstm.$1_l0_reverse"},
      {std::regex(R"(windows\.(\d)\.conv\.(\w+))"), "windows.$1.$2"}};
  std::map<std::string, Tensor> tensors;
  for (const auto& parameter : torch::jit::load(script.string()).named_parameters()) {
    std::string name = parameter.name;
    for (const auto& [from, to] : renames) name = std::regex_replace(name, from, to);
    tensors[name] = parameter.value.detach().contiguous();
  }
  neurox::testing::write_text(folder / "config.json", config.dump());
  write_safetensors(folder / "model.safetensors", tensors);
}

class PublishedTwins : public ::testing::TestWithParam<PublishedTwin> {};

TEST_P(PublishedTwins, GiveTheLogitsOfTheirFiles) {
  const torch::NoGradGuard no_gradients;
  at::set_num_threads(1);
  const auto& [name, config] = GetParam();
  NEUROX_NEED(script, neurox::testing::shared("models/" + name + "/model.ts"));
  const neurox::testing::TempFolder folder;
  make_folder(script, config, folder.path());
  const Model native = Model::load(folder.path()), twin = Model::load(script);
  torch::manual_seed(2);
  Batch batch;
  batch.lengths = {11, 7, 7, 19, 6, 3};
  batch.ids = torch::randint(2, 5000, {batch.tokens()}, torch::kInt64);
  if (config["task"] == "pair") {
    std::vector<std::int64_t> types;
    for (const std::int64_t length : batch.lengths)
      for (std::int64_t i = 0; i < length; ++i) types.push_back(i >= length / 3);
    batch.type_ids = torch::tensor(types, torch::kInt64);
  }
  const Tensor found = native.forward(batch), expected = twin.forward(batch);
  EXPECT_LT(neurox::testing::relative(found, expected), 1e-5);
  EXPECT_EQ(native.has_sequence_classifier(), twin.has_sequence_classifier());
  EXPECT_EQ(native.has_token_classifier(), twin.has_token_classifier());
}

const nlohmann::json published_cnn{{"model_type", "text-cnn"}, {"task", "text"},       {"vocab_size", 5500},
                                   {"embedding_size", 100},    {"windows", {3, 4, 5}}, {"filters", 100},
                                   {"classifier_size", 100},   {"num_labels", 2}};
const nlohmann::json published_tagger{{"model_type", "lstm"},  {"task", "words"},   {"vocab_size", 10430},
                                      {"embedding_size", 64},  {"hidden_size", 64}, {"num_hidden_layers", 2},
                                      {"bidirectional", true}, {"num_labels", 17}};
const nlohmann::json published_pairs{{"model_type", "lstm"},   {"task", "pair"},    {"vocab_size", 5699},
                                     {"embedding_size", 100},  {"hidden_size", 96}, {"bidirectional", true},
                                     {"classifier_size", 512}, {"num_labels", 3}};
INSTANTIATE_TEST_SUITE_P(Shared, PublishedTwins,
                         ::testing::Values(PublishedTwin{"cnn-sst2", published_cnn},
                                           PublishedTwin{"cnn-sst2-nodropout", published_cnn},
                                           PublishedTwin{"cnn-sst2-seed2", published_cnn},
                                           PublishedTwin{"bilstm-pos-ewt", published_tagger},
                                           PublishedTwin{"bilstm-nli-snli", published_pairs}),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

/// Gates of the tagger's file against the folder's: the same cells, the second direction in its own order.
TEST(PublishedTwins, HaveTheSameGatesInTheFile) {
  const torch::NoGradGuard no_gradients;
  NEUROX_NEED(script, neurox::testing::shared("models/bilstm-pos-ewt/model.ts"));
  const neurox::testing::TempFolder folder;
  make_folder(script, published_tagger, folder.path());
  Model native = Model::load(folder.path()), twin = Model::load(script);
  const Batch batch = Batch::of({{3590, 8491, 4651, 1, 442, 7949, 833, 7186, 19, 614}});
  const auto seen = [&](Model& model, const std::string& name) {
    for (const SiteColumns& columns : model.sites())
      if (columns.site == name) return neurox::testing::at_site(model, batch, *site_of(columns));
    ADD_FAILURE() << name;
    return Tensor();
  };
  for (const char* gate : {"hook_i", "hook_f", "hook_g", "hook_o", "hook_c", "hook_h"}) {
    const std::string name = gate;
    for (const std::string layer : {"0", "1"}) {
      EXPECT_LT(neurox::testing::largest_difference(seen(twin, "layers." + layer + ".left." + name),
                                                    seen(native, "rnn." + layer + "." + name)),
                1e-5)
          << name;
      EXPECT_LT(
          neurox::testing::largest_difference(seen(twin, "layers." + layer + ".right." + name).flip({0}),
                                              seen(native, "rnn." + layer + ".reverse." + name)),
          1e-5)
          << name;
    }
  }
  const Tensor logits = twin.forward(batch);
  const double known[] = {1.5352, -0.2319, 1.1083, -2.4596, 1.6302};
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_NEAR(logits[0][i].item<double>(), known[i], 6e-5);
  EXPECT_EQ(native.forward(batch).argmax(1)[7].item<std::int64_t>(), 11) << "lazy: PROPN";
}

}  // namespace
}  // namespace neurox::model
