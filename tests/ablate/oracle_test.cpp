#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "model/h5_tensor.h"
#include "neurox/ablate/ablation.h"
#include "neurox/ablate/classifier_measure.h"
#include "neurox/model/likelihood.h"
#include "tiny_model.h"

namespace neurox::ablate {
namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(std::ifstream(path));
}

/// `block3.ffn_post`, `block2.out`, `block1.head_z` as sites.
Site site_of(const std::string& name) {
  const int block = std::stoi(name.substr(5));
  if (name.ends_with("ffn_post")) return {SiteKind::MlpPost, block};
  if (name.ends_with("head_z")) return {SiteKind::AttnZ, block};
  return {SiteKind::ResidPost, block};
}

std::vector<SiteEdit> edits_of(const nlohmann::json& intervention) {
  SiteEdit edit{
      site_of(intervention.at("site")), intervention.at("indices").get<std::vector<std::int64_t>>(), {}};
  const auto& value = intervention.at("value");
  edit.values = value.is_array() ? value.get<std::vector<float>>()
                                 : std::vector<float>(edit.neurons.size(), value.get<float>());
  return {edit};
}

model::Batch encode(const text::Tokenizer& tokenizer, const std::string& text) {
  const auto ids = tokenizer.encode(text).ids;
  return model::Batch::of({std::vector<std::int64_t>(ids.begin(), ids.end())});
}

TEST(AblateOracle, EditedClassifierLogitsEqualThePeers) {
  NEUROX_NEED(folder, testing::shared("oracles/ablate"));
  NEUROX_NEED(path, testing::real_model("minilm-sst2"));
  const auto oracle = read_json(folder / "classifier.json");
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  const torch::InferenceMode no_gradients;
  double worst = 0;
  for (const auto& intervention : oracle.at("interventions")) {
    std::vector<model::Hooks::Guard> guards;
    const auto edits = edits_of(intervention);
    if (intervention.at("how").get<std::string>().find("position 0") != std::string::npos) {
      const std::int64_t neuron = edits[0].neurons[0];
      guards.push_back(model.hooks().edit(edits[0].site, [neuron](const torch::Tensor& x) {
        torch::Tensor out = x.clone();
        out[0][neuron] = 0;
        return out;
      }));
    } else {
      guards = put_edits(model.hooks(), edits, model.device());
    }
    for (std::size_t s = 0; s < oracle.at("sentences").size(); ++s) {
      const auto batch = encode(tokenizer, oracle.at("sentences")[s]);
      const torch::Tensor logits = model.classify(model.forward(batch), batch);
      for (int k = 0; k < 2; ++k)
        worst = std::max(worst,
                         std::abs(logits[0][k].item<double>() -
                                  intervention.at("logits")[s][static_cast<std::size_t>(k)].get<double>()));
    }
  }
  EXPECT_LT(worst, 5e-5);
  RecordProperty("largest_difference", std::to_string(worst));
}

TEST(AblateOracle, ConfidenceDifferencesOfSingleNeuronsEqualThePeers) {
  NEUROX_NEED(folder, testing::shared("oracles/ablate"));
  NEUROX_NEED(sst2, testing::shared("data/sst2"));
  NEUROX_NEED(path, testing::real_model("minilm-sst2"));
  const auto oracle = read_json(folder / "confidence.json");
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  // The sentences are some of the rows of the development set, in its order.
  const torch::Tensor numbers = testing::h5_tensor(folder / "confidence.h5", "sentence_row");
  std::set<std::int64_t> rows;
  for (std::int64_t i = 0; i < numbers.size(0); ++i) rows.insert(numbers[i].item<std::int64_t>());
  ASSERT_EQ(rows.size(), 100U);
  const testing::TempFolder temp;
  const auto all = io::CorpusReader::open((sst2 / "dev_binary_sent.csv").string());
  std::string csv = "label,sentence\n";
  for (std::int64_t row = 0; const auto sentence = all->next(); ++row) {
    if (!rows.contains(row)) continue;
    std::string text;
    for (const char c : sentence->text) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    csv += sentence->sentence_labels[0] + ",\"" + text + "\"\n";
  }
  testing::write_text(temp / "some.csv", csv);
  const auto corpus = io::CorpusReader::open((temp / "some.csv").string());

  std::vector<std::vector<SiteEdit>> edits{{}};
  for (const auto& neuron : oracle.at("neurons"))
    edits.push_back({{site_of(neuron[0]), {neuron[1].get<std::int64_t>()}, {0.0F}}});
  std::vector<std::unique_ptr<Measure>> measures;
  measures.push_back(measure_classifier(model, {0, false}, edits.size()));
  AblationOptions options;
  run_ablation(model, tokenizer, *corpus, edits, measures, options);
  double worst = 0, worst_normalised = 0;
  std::size_t seen = 0;
  for (const Figures& f : measures[0]->figures()) {
    if (f.condition == 0 || !f.class_name.empty()) continue;
    ++seen;
    for (const auto& [name, value] : f.values) {
      if (name == "confidence_drop")
        worst = std::max(worst, std::abs(value - oracle.at("mean_raw")[f.condition - 1].get<double>()));
      if (name == "confidence_drop_by_probability")
        worst_normalised = std::max(
            worst_normalised, std::abs(value - oracle.at("mean_normalised")[f.condition - 1].get<double>()));
      if (name == "flip_rate") {
        EXPECT_DOUBLE_EQ(value * 100, oracle.at("flips")[f.condition - 1].get<double>());
      }
    }
  }
  EXPECT_EQ(seen, 64U);
  EXPECT_LT(worst, 2e-5);
  EXPECT_LT(worst_normalised, 2e-5);
  RecordProperty("largest_difference", std::to_string(std::max(worst, worst_normalised)));
}

TEST(AblateOracle, EditedLikelihoodsOfSmolLM2EqualThePeers) {
  NEUROX_NEED(folder, testing::shared("oracles/ablate"));
  NEUROX_NEED(path, testing::real_model("smollm2-135m"));
  const auto oracle = read_json(folder / "smollm2.json");
  model::Model model = model::Model::load(path);
  const text::Tokenizer tokenizer = text::Tokenizer::load(path);
  const torch::InferenceMode no_gradients;
  double worst = 0, worst_difference = 0;
  std::vector<double> intact;
  for (const auto& sentence : oracle.at("sentences")) {
    const auto batch = encode(tokenizer, sentence);
    intact.push_back(-model::sentence_log_likelihoods(model, model.forward(batch), batch)[0].item<double>());
  }
  for (const auto& intervention : oracle.at("interventions")) {
    const auto guards = put_edits(model.hooks(), edits_of(intervention), model.device());
    for (std::size_t s = 0; s < intact.size(); ++s) {
      const auto batch = encode(tokenizer, oracle.at("sentences")[s]);
      const double nll =
          -model::sentence_log_likelihoods(model, model.forward(batch), batch)[0].item<double>();
      const double peer = intervention.at("nll")[s].get<double>();
      worst = std::max(worst, std::abs(nll - peer));
      worst_difference = std::max(worst_difference,
                                  std::abs((nll - intact[s]) - (peer - oracle.at("nll")[s].get<double>())));
    }
  }
  EXPECT_LT(worst, 1e-3);
  EXPECT_LT(worst_difference, 1e-3);
  RecordProperty("largest_difference", std::to_string(worst));
}

}  // namespace
}  // namespace neurox::ablate
