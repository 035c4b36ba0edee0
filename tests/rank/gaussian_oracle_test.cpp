#include <gtest/gtest.h>

#include "neurox/rank/gaussian_selection.h"
#include "oracle_files.h"
#include "support.h"

/// Against intrinsic-probing and NeuroX, as re-computed in double on MiniLM's activations of EWT words.
namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::read_json;
using neurox::testing::shared;

struct PeerRun {
  const char* name;
  GaussianPrior prior;
  GaussianCriterion criterion;
};

TEST(GaussianOracle, OrdersAndValuesAreThePeers) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const auto peers = read_json(folder / "gaussian.json");
  const MatrixRows train(data.matrix("X6_train")), dev(data.matrix("X6_dev"));
  const std::vector<int> y = data.integers("y_train"), y_dev = data.integers("y_dev");
  for (const PeerRun& run :
       {PeerRun{"neurox_train_mi", GaussianPrior::MapUnbiased, GaussianCriterion::TrainLikelihood},
        PeerRun{"intrinsic_dev_loglik", GaussianPrior::Map, GaussianCriterion::HeldOutLikelihood},
        PeerRun{"mle_train_mi", GaussianPrior::MaximumLikelihood, GaussianCriterion::TrainLikelihood}}) {
    const auto& peer = peers[run.name];
    GaussianSelectionOptions o;
    o.gaussian.prior = run.prior;
    o.criterion = run.criterion;
    o.count = 20;
    const GaussianSelection s = select_gaussian(train, y, GaussianHeldOut{dev, y_dev}, o);
    double largest = 0;
    for (std::size_t k = 0; k < 20; ++k) {
      const GaussianStep& step = s.steps[k];
      EXPECT_EQ(step.neuron, peer["order"][k].get<Index>()) << run.name << " " << k;
      EXPECT_NEAR(step.criterion, peer["mean_log_p"][k].get<double>(), 1e-6) << run.name << " " << k;
      largest = std::max(largest, std::abs(step.criterion - peer["mean_log_p"][k].get<double>()));
      if (peer.contains("mi_over_H_true_nmi")) {
        EXPECT_NEAR(step.train.normalised, peer["mi_over_H_true_nmi"][k].get<double>(), 1e-6);
      }
      if (run.criterion == GaussianCriterion::TrainLikelihood) {
        EXPECT_NEAR(step.train.information, peer["mi_bits"][k].get<double>(), 2e-6);
        continue;
      }
      EXPECT_NEAR(step.held_out->information, peer["mi_bits_dev"][k].get<double>(), 2e-6);
      EXPECT_NEAR(step.held_out->accuracy, peer["accuracy_dev"][k].get<double>(), 1e-9);
    }
    EXPECT_EQ(s.constant, std::vector<Index>{127});
    RecordProperty(run.name, fmt::format("{:.2e}", largest));
  }
}

TEST(GaussianOracle, ShrinkingCorrelationsAloneKnowsMoreOfNewWordsThanThePeersPrior) {
  NEUROX_NEED(folder, shared("oracles/probe"));
  const Hdf5File data(folder / "data.h5");
  const MatrixRows train(data.matrix("X6_train")), dev(data.matrix("X6_dev"));
  const std::vector<int> y = data.integers("y_train"), y_dev = data.integers("y_dev");
  const auto peer = read_json(folder / "gaussian.json")["intrinsic_dev_loglik"]["mi_bits_dev"];
  GaussianSelectionOptions o;
  o.count = 10;
  const auto best = [&](GaussianPrior prior) {
    o.gaussian.prior = prior;
    return select_gaussian(train, y, GaussianHeldOut{dev, y_dev}, o).steps.back().best_held_out;
  };
  const double shrunk = best(GaussianPrior::Shrunk);
  EXPECT_GT(shrunk, best(GaussianPrior::MaximumLikelihood));
  EXPECT_GT(shrunk, 5 * peer[0].get<double>());
}

}  // namespace
}  // namespace neurox
