#include "neurox/model/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "neurox/model/network_config.h"
#include "neurox/model/rotary.h"
#include "tiny_models.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;
using testing::refusal;

Json llama() {
  return {{"model_type", "llama"},    {"vocab_size", 61},
          {"hidden_size", 24},        {"num_hidden_layers", 2},
          {"num_attention_heads", 4}, {"num_key_value_heads", 2},
          {"intermediate_size", 40},  {"max_position_embeddings", 64}};
}

ModelConfig parse(const Json& json) {
  return ModelConfig::parse(json.dump(), "m/config.json");
}

std::string refused(const Json& changes) {
  Json json = llama();
  json.update(changes);
  const std::string message = refusal([&] { parse(json); });
  EXPECT_EQ(message.substr(0, 15), "m/config.json: ") << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  return message.substr(15);
}

std::string known_families() {
  std::vector<std::string> names(network_types().begin(), network_types().end());
  for (const Architecture& row : architectures()) names.emplace_back(row.model_type);
  std::sort(names.begin(), names.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

TEST(ModelConfig, TheTableIsInAlphabeticalOrderAndHoldsEveryFamilyOnce) {
  const auto rows = architectures();
  EXPECT_GT(rows.size(), 10U);
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].model_type, rows[i].model_type);
}

TEST(ModelConfig, FillsInWhatTheFamilyAssumes) {
  const ModelConfig c = parse(llama());
  EXPECT_EQ(c.head_width, 6);
  EXPECT_EQ(c.kv_heads, 2);
  EXPECT_EQ(c.activation, "silu");
  EXPECT_EQ(c.norm_eps, 1e-6);
  EXPECT_EQ(c.rotary.theta, 10000);
  EXPECT_TRUE(c.causal);
  EXPECT_FALSE(c.tied);
  EXPECT_FALSE(c.attention_bias);
  EXPECT_DOUBLE_EQ(c.attention_scale(1), 1 / std::sqrt(6.0));
}

TEST(ModelConfig, CountsRobertaPositionsFromThePaddingId) {
  const ModelConfig c = ModelConfig::load(testing::tiny_folder("roberta-mlm"));
  EXPECT_EQ(c.position_offset, 2);
  EXPECT_EQ(c.max_positions, 18);
}

TEST(ModelConfig, KnowsGpt2sTwoAttentionSwitches) {
  const ModelConfig c = ModelConfig::load(testing::tiny_folder("gpt2-sequence"));
  EXPECT_DOUBLE_EQ(c.attention_scale(1), 1 / std::sqrt(6.0) / 2);
  EXPECT_EQ(c.mlp_width, 96);  // n_inner null
  EXPECT_EQ(c.labels, (std::vector<std::string>{"no", "maybe", "yes"}));
}

TEST(ModelConfig, ReadsRotaryScalingOfBothVersions) {
  Json json = llama();
  json["rope_theta"] = 500;
  json["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
  const RotaryConfig four = parse(json).rotary;
  json = llama();
  json["rope_parameters"] = {{"rope_type", "linear"}, {"factor", 2.0}, {"rope_theta", 500}};
  const RotaryConfig five = parse(json).rotary;
  for (const RotaryConfig& c : {four, five}) {
    EXPECT_EQ(c.theta, 500);
    EXPECT_EQ(c.scaling, RotaryConfig::Scaling::Linear);
    EXPECT_EQ(c.factor, 2);
  }
}

TEST(ModelConfig, RotaryAnglesOnPaper) {
  // theta 100, 4 columns: frequencies 1 and 1/10; position 3 turns by 3 and .3; halved by linear scaling 2.
  const RotaryConfig plain{.theta = 100};
  EXPECT_LE(testing::relative(rotary_angles(plain, 4, 4)[3], torch::tensor({3.0, 0.3})), 1e-6);
  const RotaryConfig halved{.theta = 100, .scaling = RotaryConfig::Scaling::Linear, .factor = 2};
  EXPECT_LE(testing::relative(rotary_angles(halved, 4, 4)[3], torch::tensor({1.5, 0.15})), 1e-6);
  // Llama 3, original 20 pi positions: 10 turns at frequency 1 (kept, over 4), 1 turn at 1/10 (divided by 8).
  const RotaryConfig llama3{.theta = 100,
                            .scaling = RotaryConfig::Scaling::Llama3,
                            .factor = 8,
                            .low_freq_factor = 1,
                            .high_freq_factor = 4,
                            .original_max_positions = 20 * M_PI};
  EXPECT_LE(testing::relative(rotary_angles(llama3, 4, 4)[3], torch::tensor({3.0, 0.0375})), 1e-6);
}

TEST(ModelConfig, RefusesAnUnknownModelTypeWithTheNearest) {
  EXPECT_EQ(refused({{"model_type", "lama"}}),
            "model_type 'lama' is not supported (did you mean 'llama'?); supported are " + known_families());
  EXPECT_EQ(refused({{"model_type", nullptr}}), "no model_type; supported are " + known_families());
}

TEST(ModelConfig, RefusesNumbersThatAreMissingOrImpossible) {
  EXPECT_EQ(refused({{"hidden_size", nullptr}}), "no hidden_size");
  EXPECT_EQ(refused({{"hidden_size", "24"}}), "hidden_size: \"24\" is no integer");
  EXPECT_EQ(refused({{"num_hidden_layers", 0}}), "num_hidden_layers: 0 is no possible size");
  EXPECT_EQ(refused({{"num_attention_heads", 5}, {"num_key_value_heads", 5}}),
            "num_attention_heads: 5 heads do not divide a width of 24");
  EXPECT_EQ(refused({{"num_key_value_heads", 3}}), "num_key_value_heads: 4 heads do not share 3 evenly");
  EXPECT_EQ(refused({{"head_dim", 5}}), "head_dim: 5 is odd, which rotary positions cannot be");
  EXPECT_EQ(refused({{"tie_word_embeddings", 1}}), "tie_word_embeddings: 1 is neither true nor false");
  EXPECT_EQ(refused({{"id2label", {{"0", "a"}, {"2", "b"}}}}),
            "id2label: not an object of names by the ids 0, 1, 2, ...");
}

TEST(ModelConfig, RefusesSwitchesThatItDoesNotCompute) {
  EXPECT_EQ(refused({{"hidden_act", "gelu_nwe"}}).substr(0, 66),
            "hidden_act: 'gelu_nwe' is not supported (did you mean 'gelu_new'?)");
  EXPECT_EQ(refused({{"rope_scaling", {{"type", "yarn"}, {"factor", 2}}}}),
            "rope_scaling.rope_type: 'yarn' is not supported; supported are default, linear, llama3");
  EXPECT_EQ(refused({{"rope_scaling", {{"type", "linear"}}}}), "rope_scaling.factor: needed by linear");
  EXPECT_EQ(refused({{"position_embedding_type", "relative_key"}}),
            "position_embedding_type: 'relative_key' is not supported, only absolute");
  EXPECT_EQ(refused({{"inner_group_num", 2}}), "inner_group_num: only 1 is supported");
  EXPECT_EQ(refused({{"attn_type", "uni"}}), "attn_type: 'uni' is not supported, only bi");
  EXPECT_EQ(refused({{"bi_data", true}}), "bi_data: not supported");
  EXPECT_EQ(refused({{"conv_kernel_size", 3}}),
            "conv_kernel_size: a convolution beside the first block is not supported");
  EXPECT_EQ(refused({{"quantization_config", {{"bits", 4}}}}),
            "quantization_config: quantised weights are not supported; save the model without");
}

TEST(ModelConfig, RefusesAFileThatIsMissingOrNoJson) {
  const testing::TempFolder folder;
  EXPECT_EQ(refusal([&] { ModelConfig::load(folder / "none"); }),
            (folder / "none").string() + ": no such model folder");
  EXPECT_EQ(refusal([&] { ModelConfig::load(folder.path()); }),
            (folder / "config.json").string() +
                ": cannot be read; a model folder holds config.json, model.safetensors and a tokenizer");
  EXPECT_EQ(refusal([] { ModelConfig::parse("[]", "m/config.json"); }), "m/config.json: not a JSON object");
  EXPECT_NE(refusal([] { ModelConfig::parse("{", "m/config.json"); }).find("m/config.json: [json.exception."),
            std::string::npos);
}

TEST(ModelConfig, KnowsWhichBlocksHaveASlidingWindow) {
  Json json = llama();
  json["num_hidden_layers"] = 4;
  json["sliding_window"] = 7;
  const auto windows = [&] {
    const ModelConfig c = parse(json);
    return std::vector<std::int64_t>{c.window(0), c.window(1), c.window(2), c.window(3)};
  };
  json["model_type"] = "mistral";
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{7, 7, 7, 7}));
  json["model_type"] = "gemma2";
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{7, 0, 7, 0}));
  json["model_type"] = "gemma3_text";
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{7, 7, 7, 7}));  // every sixth has none
  json["model_type"] = "qwen2";
  json["max_window_layers"] = 3;
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{0, 0, 0, 7}));
  json["layer_types"] = {"full_attention", "sliding_attention", "full_attention", "full_attention"};
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{0, 7, 0, 0}));
  json["use_sliding_window"] = false;
  EXPECT_EQ(windows(), (std::vector<std::int64_t>{0, 0, 0, 0}));
  json["use_sliding_window"] = true;
  json["layer_types"] = {"full_attention"};
  EXPECT_EQ(refusal([&] { parse(json); }), "m/config.json: layer_types: not an array of 4 names");
}

TEST(ModelConfig, ReadsPythiasRotarySettingsOfBothVersions) {
  Json json = {{"model_type", "gpt_neox"},     {"vocab_size", 61},         {"hidden_size", 32},
               {"num_hidden_layers", 2},       {"num_attention_heads", 4}, {"intermediate_size", 40},
               {"max_position_embeddings", 64}};
  EXPECT_EQ(parse(json).rotary.part, 0.25);
  EXPECT_TRUE(parse(json).parallel);
  json["rotary_pct"] = 0.5;
  json["rotary_emb_base"] = 500;
  json["use_parallel_residual"] = false;
  EXPECT_EQ(parse(json).rotary.part, 0.5);
  EXPECT_EQ(parse(json).rotary.theta, 500);
  EXPECT_FALSE(parse(json).parallel);
  json["rotary_pct"] = 0.4;  // 3 of 8 columns
  EXPECT_EQ(refusal([&] { parse(json); }),
            "m/config.json: head_dim: 3 is odd, which rotary positions cannot be");
  json["rotary_pct"] = 1.5;
  EXPECT_EQ(refusal([&] { parse(json); }),
            "m/config.json: partial_rotary_factor: must be above 0, at most 1");
}

}  // namespace
}  // namespace neurox::model
