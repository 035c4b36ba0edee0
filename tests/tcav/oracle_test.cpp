#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "model/h5_tensor.h"
#include "neurox/extract/extract.h"
#include "neurox/io/corpus.h"
#include "neurox/tcav/binary_logistic.h"
#include "neurox/tcav/concept_vectors.h"
#include "neurox/tcav/examples.h"
#include "neurox/tcav/scores.h"
#include "neurox/tcav/sensitivities.h"
#include "neurox/tcav/significance.h"
#include "oracle_files.h"
#include "support.h"

/// What scikit-learn, scipy and Captum computed for block 3 of a sentiment classifier.
namespace neurox::tcav {
namespace {

using testing::Hdf5File, testing::read_json, testing::real_model, testing::shared;

/// As float64; a data set of one dimension is a column.
MatrixD doubles(const std::filesystem::path& folder, const std::string& name) {
  const torch::Tensor x = testing::h5_tensor(folder / "tcav.h5", name);
  return Eigen::Map<const MatrixD>(x.const_data_ptr<double>(), x.size(0), x.dim() > 1 ? x.size(1) : 1);
}

struct StoredRun {
  std::string name;
  MatrixF X;
  std::vector<int> y;
  Split split;
  nlohmann::json expected;
};

std::vector<StoredRun> runs(const std::filesystem::path& folder) {
  const Hdf5File file(folder / "tcav.h5");
  const nlohmann::json told = read_json(folder / "tcav.json");
  std::vector<StoredRun> out;
  for (const auto& run : told.at("runs")) {
    StoredRun r{run.at("name"), {}, {}, {}, run};
    const MatrixF one = file.matrix("activations/" + run.at("positive").get<std::string>()),
                  zero = file.matrix("activations/" + run.at("negative").get<std::string>());
    r.X.resize(one.rows() + zero.rows(), one.cols());
    r.X << one, zero;
    r.y.assign(static_cast<std::size_t>(one.rows()), 1);
    r.y.resize(static_cast<std::size_t>(r.X.rows()), 0);
    for (const int i : file.integers(r.name + "/train_index")) r.split.train.push_back(i);
    for (const int i : file.integers(r.name + "/test_index")) r.split.held_out.push_back(i);
    out.push_back(std::move(r));
  }
  return out;
}

/// Of our own solution for the raw training rows.
double objective(const StoredRun& run) {
  MatrixD X(static_cast<Index>(run.split.train.size()), run.X.cols());
  for (Index i = 0; i < X.rows(); ++i)
    X.row(i) = run.X.row(run.split.train[static_cast<std::size_t>(i)]).cast<double>();
  return fit_binary_logistic(X, take(run.y, run.split.train), {}).objective;
}

TEST(TcavOracle, VectorsOfRawActivationsEqualScikitLearn) {
  NEUROX_NEED(folder, shared("oracles/tcav"));
  VectorOptions options;
  options.standardise = false;
  options.C = 1;
  options.unit = false;
  double largest = 0;
  for (const StoredRun& run : runs(folder)) {
    const ConceptVector v = concept_vector(run.X, run.y, run.split, options);
    const VectorD expected = doubles(folder, run.name + "/logreg_cav").col(0);
    EXPECT_TRUE(v.converged);
    largest = std::max(largest, (v.direction - expected).norm() / expected.norm());
    // scikit-learn stops a little before the optimum.
    EXPECT_NEAR(v.intercept, run.expected["logreg"]["intercept"].get<double>(), 1e-3) << run.name;
    EXPECT_LE(objective(run), run.expected["logreg"]["objective"].get<double>() * (1 + 1e-9)) << run.name;
    EXPECT_NEAR(v.accuracy, run.expected["logreg"]["test_accuracy"].get<double>(), 1e-12) << run.name;
  }
  RecordProperty("largest_relative_difference", fmt::format("{:.2e}", largest));
  EXPECT_LT(largest, 1e-4);
}
TEST(TcavOracle, ScoresOfStoredVectorsAndGradientsAreTheirs) {
  NEUROX_NEED(folder, shared("oracles/tcav"));
  const Hdf5File file(folder / "tcav.h5");
  const MatrixF gradients = file.matrix("gradients");
  double largest = 0;
  for (const StoredRun& run : runs(folder))
    for (const std::string kind : {"sgd", "logreg"}) {
      const MatrixD v = doubles(folder, run.name + "/" + kind + "_cav").transpose();
      const MatrixD d = directional_derivatives(gradients, v);
      largest = std::max(largest,
                         (d - doubles(folder, run.name + "/" + kind + "_derivatives")).cwiseAbs().maxCoeff());
      ScoreSums sums(1);
      sums.add(d);
      const auto& expected = run.expected.at(kind);
      EXPECT_NEAR(sums.score(0).score, expected["sign_count"].get<double>(), 1e-12) << run.name << kind;
      EXPECT_NEAR(sums.score(0).magnitude, expected["magnitude_mean"].get<double>(), 1e-9)
          << run.name << kind;
      ScoreSums unit(1);
      unit.add(directional_derivatives(gradients, v / v.norm()));
      EXPECT_NEAR(unit.score(0).magnitude, expected["magnitude_mean_unit_cav"].get<double>(), 1e-9);
    }
  RecordProperty("largest_difference", fmt::format("{:.2e}", largest));
  EXPECT_LT(largest, 1e-9);
}
TEST(TcavOracle, TestsEqualScipy) {
  NEUROX_NEED(folder, shared("oracles/tcav"));
  const nlohmann::json told = read_json(folder / "tcav.json");
  for (const std::string kind : {"sgd", "logreg"})
    for (const std::string what : {"sign_count", "magnitude_mean"})
      for (const std::string test : {"student", "welch"}) {
        const auto& expected = told.at("ttest_" + kind + "_" + what + "_" + test);
        const auto own = expected["concept"].get<std::vector<double>>(),
                   random = expected["random"].get<std::vector<double>>();
        const TTest found = test == "welch" ? welch_test(own, random) : student_test(own, random);
        EXPECT_NEAR(found.t, expected["t"].get<double>(), 1e-9);
        EXPECT_NEAR(found.p, expected["p"].get<double>(), 1e-9);
      }
}
TEST(TcavOracle, CaptumsScoresFollowFromItsVectors) {
  NEUROX_NEED(folder, shared("oracles/tcav"));
  const Hdf5File file(folder / "tcav.h5");
  const nlohmann::json told = read_json(folder / "tcav.json");
  const MatrixF gradients = file.matrix("gradients");
  for (const std::string set : {"0-1", "0-2"}) {
    const MatrixD d = directional_derivatives(gradients, doubles(folder, "captum/" + set + "_weights"));
    ScoreSums sums(2);
    sums.add(d);
    for (Index k = 0; k < 2; ++k) {
      const auto& expected = told["captum"]["sets"][set];
      EXPECT_NEAR(sums.score(k).score, expected["by_formula_sign"][static_cast<std::size_t>(k)].get<double>(),
                  1e-9);
      EXPECT_NEAR(sums.score(k).magnitude,
                  expected["by_formula_magnitude"][static_cast<std::size_t>(k)].get<double>(), 1e-9);
    }
  }
}

/// The texts of the oracle: the first 110 lines, without the filler.
Examples concept_texts(const text::Tokenizer& tokenizer, const std::filesystem::path& folder) {
  ReadOptions reading;
  reading.plan = plan_at(At::Summary, 512);
  reading.dropped_words = {"pad"};
  Examples examples(tokenizer, reading);
  for (const char* name : {"positive-adjectives.csv", "neutral.csv", "neutral5.csv"}) {
    io::CorpusOptions options;
    options.format = "text";
    options.limit = 110;
    examples.read(name, *io::CorpusReader::open((folder / name).string(), options));
  }
  return examples;
}

TEST(TcavOracle, ActivationsAndGradientsOfTheModelAreTheirs) {
  NEUROX_NEED(folder, shared("oracles/tcav"));
  NEUROX_NEED(texts, shared("data/tcav-text"));
  NEUROX_NEED(sst, shared("data/sst2/dev_binary_sent.csv"));
  NEUROX_NEED(weights, real_model("minilm-sst2"));
  const Hdf5File file(folder / "tcav.h5");
  model::Model model = model::Model::load(weights);
  const text::Tokenizer tokenizer = text::Tokenizer::load(weights);
  const std::vector<SiteColumns> all = model.sites();
  const auto site = std::find_if(all.begin(), all.end(),
                                 [](const SiteColumns& s) { return s.site == "blocks.3.hook_resid_post"; });
  ASSERT_NE(site, all.end());

  const Examples examples = concept_texts(tokenizer, texts);
  const MatrixF found = examples.activations(model, {*site});
  double activations = 0;
  Index first = 0;
  for (const char* name : {"positive-adjectives.csv", "neutral.csv", "neutral5.csv"}) {
    const MatrixF expected = file.matrix(std::string("activations/") + name);
    ASSERT_LE(first + expected.rows(), found.rows());
    activations = std::max(
        activations,
        static_cast<double>((found.middleRows(first, expected.rows()) - expected).cwiseAbs().maxCoeff()));
    first += expected.rows();
  }

  const std::vector<int> rows = file.integers("input_rows");
  const std::set<int> wanted(rows.begin(), rows.end());
  std::vector<extract::SentencePlan> plans(rows.size());
  const auto corpus = io::CorpusReader::open(sst.string());
  for (int row = 0; const auto sentence = corpus->next(); ++row)
    if (wanted.contains(row))
      plans[static_cast<std::size_t>(std::find(rows.begin(), rows.end(), row) - rows.begin())] =
          plan_sentence(tokenizer, extract::plan_input(*sentence, "dev"), plan_at(At::Summary, 512));
  SensitivityOptions options{{*site}, {attribute::Target{}}};
  options.targets[0].index = 1;
  const Sensitivities s = sensitivities(model, plans, options);
  const double gradients =
      static_cast<double>((s.gradients[0] - file.matrix("gradients")).cwiseAbs().maxCoeff());
  RecordProperty("largest_activation_difference", fmt::format("{:.2e}", activations));
  RecordProperty("largest_gradient_difference", fmt::format("{:.2e}", gradients));
  EXPECT_LT(activations, 1e-4);
  EXPECT_LT(gradients, 1e-4);
}

}  // namespace
}  // namespace neurox::tcav
