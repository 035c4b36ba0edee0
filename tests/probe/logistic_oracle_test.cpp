#include <gtest/gtest.h>

#include "neurox/probe/baselines.h"
#include "neurox/probe/evaluation.h"
#include "neurox/probe/logistic.h"
#include "oracle_files.h"
#include "support.h"

/// Against scikit-learn's converged coefficients on MiniLM's activations of EWT words.
namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::read_json;
using neurox::testing::shared;

TEST(LogisticOracle, CoefficientsAndObjectivesAreScikitLearnsConvergedOnes) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5"), expected(folder / "sklearn-logreg.h5");
  const auto runs = read_json(folder / "sklearn-logreg.json")["runs"];
  const MatrixRows train(data.matrix("X6_train")), dev(data.matrix("X6_dev"));
  const std::vector<int> y = data.integers("y_train"), y_dev = data.integers("y_dev");
  for (std::size_t i = 0; i < runs.size(); ++i) {
    LogisticOptions o;
    o.lambda = runs[i]["lambda"];
    o.l1_ratio = runs[i]["l1_ratio"];
    o.tolerance = 2e-6;
    const LogisticFit fit = fit_logistic(train, y, o);
    const double objective = runs[i]["objective"];
    EXPECT_TRUE(fit.converged) << i << ": " << fit.residual;
    EXPECT_NEAR(fit.objective, objective, 1e-6 * objective) << i;
    const std::string run = "run" + std::to_string(i);
    const float w = (fit.W - expected.matrix(run + "/W")).cwiseAbs().maxCoeff();
    const float b = (fit.b - expected.matrix(run + "/b").col(0)).cwiseAbs().maxCoeff();
    EXPECT_LT(w, 1e-3F) << i;
    EXPECT_LT(b, 1e-3F) << i;
    EXPECT_NEAR(static_cast<double>(fit.nonzeros()), runs[i]["nonzeros"].get<double>(), 2) << i;
    const double accuracy = evaluate(y_dev, predict_classes(dev, fit), 14).accuracy;
    EXPECT_NEAR(accuracy, runs[i]["accuracy_dev"].get<double>(), 2.01 / 1500) << i;
    RecordProperty(run, fmt::format("objective {:.2e}, W {:.2e}, b {:.2e}", fit.objective - objective, w, b));
  }
}

TEST(LogisticOracle, TheControlTasksProbesAreScikitLearns) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const auto control = read_json(folder / "control.json");
  const auto labels_of = [&](const std::string& name) {
    std::vector<int> labels;
    for (const std::string& word : data.strings(name)) labels.push_back(control["map"][word].get<int>());
    return labels;
  };
  LogisticOptions o;
  o.lambda = 1e-3;
  o.l1_ratio = 0;
  o.bias_l2 = 1e-3;
  o.num_classes = 14;
  for (const std::string site : {"X6", "X3"}) {
    const auto& expected = control["result"][site];
    const MatrixRows train(data.matrix(site + "_train")), dev(data.matrix(site + "_dev"));
    double accuracy[2];
    for (const bool task : {true, false}) {
      const std::vector<int> y = task ? data.integers("y_train") : labels_of("words_train");
      const std::vector<int> y_dev = task ? data.integers("y_dev") : labels_of("words_dev");
      const LogisticFit fit = fit_logistic(train, y, o);
      const auto& is = expected[task ? "task" : "control"];
      EXPECT_TRUE(fit.converged) << fit.residual;
      EXPECT_NEAR(fit.objective, is["J"].get<double>(), 2e-6);
      accuracy[task ? 0 : 1] = evaluate(y_dev, predict_classes(dev, fit), 14).accuracy;
      EXPECT_NEAR(accuracy[task ? 0 : 1], is["dev"].get<double>(), 2.01 / 1500);
    }
    EXPECT_NEAR(accuracy[0] - accuracy[1], expected["selectivity_dev"].get<double>(), 4.01 / 1500);
  }
}

TEST(LogisticOracle, TheMajorityBaselineIsThePeersOne) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const std::vector<int> y_dev = data.integers("y_dev");
  const std::vector<int> predicted(y_dev.size(), majority_class(data.integers("y_train"), 14));
  EXPECT_NEAR(evaluate(y_dev, predicted, 14).accuracy,
              read_json(folder / "control.json")["majority_dev_accuracy"].get<double>(), 1e-12);
}

TEST(LogisticOracle, GivenWeightsScoreAsInNeuroX) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5"), weights(folder / "neurox-probe.h5");
  const auto given = read_json(folder / "neurox-probe.json")["given_weights"];
  LogisticFit fit;
  fit.W = weights.matrix("W");
  fit.b = weights.matrix("b").col(0);
  fit.mean = VectorD::Zero(fit.W.cols());
  fit.scale = VectorD::Ones(fit.W.cols());
  const std::vector<int> y = data.integers("y_dev");
  const Evaluation e = evaluate(y, predict_classes(MatrixRows(data.matrix("X6_dev")), fit), 14);
  EXPECT_NEAR(e.accuracy, given["dev_accuracy"].get<double>(), 1e-12);
  const std::vector<std::string> labels = data.strings("labels");
  for (std::size_t k = 0; k < labels.size(); ++k)
    EXPECT_NEAR(e.classes[k].recall, given["recall_per_class"][labels[k]].get<double>(), 1e-12) << labels[k];
}

}  // namespace
}  // namespace neurox
