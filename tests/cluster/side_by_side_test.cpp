#include "neurox/cluster/side_by_side.h"

#include <gmock/gmock.h>

#include <cmath>
#include <memory>

#include "cluster/noise.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::noise;
using neurox::testing::read_json;
using neurox::testing::refusal;
using neurox::testing::shared;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Models of one part each.
class SideModels {
 public:
  explicit SideModels(std::vector<MatrixF> values) {
    for (MatrixF& X : values) {
      parts.push_back({rows_.size(), 0, X.cols(), "model " + std::to_string(rows_.size())});
      rows_.push_back(std::make_unique<MatrixRows>(std::move(X)));
      models.push_back(rows_.back().get());
    }
  }
  SideBySideResult compare(std::vector<Similarity> measures, SideBySideOptions options = {}) const {
    return side_by_side(models, parts, measures, options);
  }
  std::vector<const RowSource*> models;
  std::vector<ModelPart> parts;

 private:
  std::vector<std::unique_ptr<MatrixRows>> rows_;
};

MatrixF matrix(std::initializer_list<std::initializer_list<float>> rows) {
  MatrixF out(static_cast<Index>(rows.size()), static_cast<Index>(rows.begin()->size()));
  Index r = 0;
  for (const auto& row : rows) {
    Index c = 0;
    for (const float x : row) out(r, c++) = x;
    ++r;
  }
  return out;
}

TEST(SideBySide, ANeuronsBestMatchIsTheLargestCorrelationOfEitherSign) {
  // x0 = (-1, 0, 1, 0), x1 = (0, 1, 0, -1). The other model has -x0 first, then 3 x0 + 4 x1 of r = 0.6 and
  // 0.8. A third model has x1 alone.
  const MatrixF X = matrix({{-1, 0}, {0, 1}, {1, 0}, {0, -1}});
  const MatrixF Y = matrix({{1, -3}, {0, 4}, {-1, 3}, {0, -4}});
  const SideModels models({X, Y, X.col(1)});
  const auto found = models.compare({Similarity::MaxCorr, Similarity::MinCorr});
  const NeuronLikeness& most = found.measures[0].models[0];
  EXPECT_NEAR(most.of_model(0, 1), 1, 1e-6);
  EXPECT_NEAR(most.of_model(1, 1), 0.8, 1e-6);
  EXPECT_NEAR(most.of_model(0, 2), 0, 1e-6);
  EXPECT_NEAR(most.of_model(1, 2), 1, 1e-6);
  EXPECT_TRUE(std::isnan(most.of_model(0, 0)));
  EXPECT_EQ(most.partner(0, 1), 0);
  EXPECT_EQ(most.partner(1, 1), 1);
  EXPECT_NEAR(most.score(0), 1, 1e-6);
  EXPECT_NEAR(most.score(1), 1, 1e-6);
  EXPECT_NEAR(found.measures[1].models[0].score(0), 0, 1e-6);
  EXPECT_NEAR(found.measures[1].models[0].score(1), 0.8, 1e-6);
  EXPECT_NEAR(found.measures[0].parts(0, 1), 0.9, 1e-6);
  EXPECT_TRUE(std::isnan(found.measures[0].parts(1, 1)));
}

TEST(SideBySide, RotatedModelsAreTheSameToEverythingThatLooksAtWholeLayers) {
  const MatrixF X = noise(400, 5, 1);
  // A permutation with signs: orthogonal, and exact in float.
  MatrixF Y(400, 5);
  for (Index c = 0; c < 5; ++c)
    Y.col(c) = (c % 2 == 0 ? 3.0F : -3.0F) * X.col((2 * c + 1) % 5).array() + 7.0F;
  const auto found = SideModels({X, Y}).compare(
      {Similarity::Svcca, Similarity::Pwcca, Similarity::Cka, Similarity::LinReg, Similarity::MaxCorr},
      {.share = 1.0, .progress = nullptr});
  for (const SideBySide& measure : found.measures) {
    EXPECT_NEAR(measure.parts(0, 1), 1, 1e-6) << static_cast<int>(measure.measure);
    EXPECT_NEAR(measure.parts(1, 0), 1, 1e-6);
  }
  // Any mixture, then: MaxCorr and CKA see it, regression and canonical correlation do not.
  const MatrixF mixed = X * noise(5, 5, 2);
  const auto other = SideModels({X, mixed})
                         .compare({Similarity::Svcca, Similarity::LinReg, Similarity::MaxCorr},
                                  {.share = 1.0, .progress = nullptr});
  EXPECT_NEAR(other.measures[0].parts(0, 1), 1, 1e-6);
  EXPECT_NEAR(other.measures[1].parts(0, 1), 1, 1e-6);
  EXPECT_LT(other.measures[2].parts(0, 1), 0.99);
}

TEST(SideBySide, UnrelatedNeuronsOfManyTokensAreUnlike) {
  const auto found = SideModels({noise(20000, 6, 3), noise(20000, 6, 4)})
                         .compare({Similarity::MaxCorr, Similarity::LinReg, Similarity::Svcca,
                                   Similarity::Pwcca, Similarity::Cka});
  for (const SideBySide& measure : found.measures) EXPECT_LT(measure.parts(0, 1), 0.05);
}

TEST(SideBySide, ConstantNeuronsAreKeptApartAndNothingIsNaN) {
  MatrixF X = noise(300, 4, 5), Y = noise(300, 3, 6);
  X.col(2).setConstant(0.1F);
  const auto found = SideModels({X, Y}).compare(
      {Similarity::MaxCorr, Similarity::LinReg, Similarity::Svcca, Similarity::Pwcca, Similarity::Cka});
  EXPECT_THAT(found.moments[0].constant, ElementsAre(2));
  EXPECT_EQ(found.measures[0].models[0].score(2), 0);
  EXPECT_EQ(found.measures[0].models[0].partner(2, 1), -1);
  for (const SideBySide& measure : found.measures) EXPECT_TRUE(std::isfinite(measure.parts(0, 1)));
  // Partners are columns of the model, not of what varies in it.
  EXPECT_NE(found.measures[0].models[1].partner(0, 0), 2);
}

TEST(SideBySide, SeveralPartsAndLittleMemoryGiveTheSameNumbers) {
  SideModels models({noise(1500, 6, 7), noise(1500, 4, 8)});
  models.parts = {{0, 0, 3, "a"}, {0, 3, 3, "b"}, {1, 0, 2, "c"}, {1, 2, 2, "d"}};
  const std::vector<Similarity> all{Similarity::MaxCorr, Similarity::LinReg, Similarity::Cka};
  const auto once = models.compare(all),
             often = models.compare(all, {.memory_bytes = 1, .progress = nullptr});
  for (std::size_t m = 0; m < all.size(); ++m)
    for (Index i = 0; i < 4; ++i)
      for (Index j = 0; j < 4; ++j)
        EXPECT_TRUE(once.measures[m].parts(i, j) == often.measures[m].parts(i, j) ||
                    std::isnan(often.measures[m].parts(i, j)));
  const NeuronLikeness& likeness = once.measures[0].models[0];
  for (Index i = 0; i < 6; ++i) EXPECT_GE(likeness.partner(i, 1), 0);
  EXPECT_NEAR(once.measures[2].parts(0, 0), 1, 1e-12);
  EXPECT_FALSE(std::isnan(once.measures[2].parts(0, 1)));
  EXPECT_TRUE(std::isnan(once.measures[0].parts(0, 1)));
}

TEST(SideBySide, SinglePrecisionAgreesWithDouble) {
  // Three parts that do not fill strips of columns, more tokens than a band.
  const MatrixF X = noise(5000, 70, 21), Y = noise(5000, 50, 22);
  SideModels models({X, Y});
  models.parts = {{0, 0, 31, "a"}, {0, 31, 39, "b"}, {1, 0, 50, "c"}};
  // A regression among the measures makes all of them of doubles.
  const auto single = models.compare({Similarity::Cka, Similarity::Svcca, Similarity::MaxCorr}),
             twice = models.compare(
                 {Similarity::Cka, Similarity::Svcca, Similarity::MaxCorr, Similarity::LinReg});
  for (const std::size_t m : {0U, 1U})
    EXPECT_LT((single.measures[m].parts - twice.measures[m].parts).cwiseAbs().maxCoeff(), 1e-6) << m;
  EXPECT_LT((single.measures[2].models[0].score - twice.measures[2].models[0].score).cwiseAbs().maxCoeff(),
            1e-6);
  EXPECT_EQ(single.measures[2].models[1].partner.col(0), twice.measures[2].models[1].partner.col(0));
}

TEST(SideBySide, OneNeuronOnEachSideIsTheirCorrelation) {
  const MatrixF X = noise(200, 2, 9);
  const auto found =
      SideModels({X.col(0), X.col(1)}).compare({Similarity::MaxCorr, Similarity::LinReg, Similarity::Svcca});
  EXPECT_NEAR(found.measures[1].parts(0, 1), found.measures[0].parts(0, 1), 1e-12);
  EXPECT_NEAR(found.measures[2].parts(0, 1), found.measures[0].parts(0, 1), 1e-12);
}

TEST(SideBySide, WhatCannotBeComparedIsRefused) {
  EXPECT_EQ(refusal([] {
              SideModels({noise(10, 2, 1), noise(9, 2, 1)}).compare({Similarity::Cka});
            }),
            "similarity: 10 tokens of one model but 9 of another; extract the same text");
  EXPECT_EQ(refusal([] { SideModels({noise(10, 2, 1)}).compare({Similarity::MaxCorr}); }),
            "maxcorr compares neurons of different models: give activations of two or more");
  EXPECT_THAT(refusal([] {
                SideModels({noise(5, 2, 1), noise(5, 5, 1)}).compare({Similarity::LinReg});
              }),
              HasSubstr("model 1: 5 neurons but 5 tokens, so linreg would fit them exactly"));
  EXPECT_THAT(refusal([] {
                SideModels({noise(5, 2, 1), MatrixF::Ones(5, 3)}).compare({Similarity::Cka});
              }),
              HasSubstr("model 1: all 3 neurons are constant over 5 tokens"));
}

/// The four sets of neurons of contextual-corr-analysis' run.
std::vector<MatrixF> oracle_models(const std::filesystem::path& folder) {
  const Hdf5File data(folder / "probe/data.h5"), small(folder / "cluster/similarity-inputs.h5");
  std::vector<MatrixF> out{data.matrix("X3_dev"), data.matrix("X6_dev"), small.matrix("smollm2_hidden15"),
                           small.matrix("smollm2_hidden30")};
  return out;
}

TEST(SideBySide, EqualsContextualCorrAnalysis) {
  NEUROX_NEED(folder, shared("oracles"));
  const auto peer = read_json(folder / "cluster/similarity.json");
  const std::vector<std::string> names{"minilm3", "minilm6", "smol15", "smol30"};
  const SideModels models(oracle_models(folder));
  const auto found = models.compare({Similarity::MaxCorr, Similarity::MinCorr, Similarity::LinReg,
                                     Similarity::Svcca, Similarity::Pwcca, Similarity::Cka});
  EXPECT_THAT(found.moments[1].constant, ElementsAre(127));
  const auto at = [&](std::size_t k, std::size_t a, std::size_t b) {
    return found.measures[k].parts(static_cast<Index>(a), static_cast<Index>(b));
  };
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < 4; ++b) {
      if (a == b) continue;
      const std::string &x = names[a], &y = names[b];
      EXPECT_NEAR(at(0, a, b), peer["maxcorr"]["similarities"][x][y].get<double>(), 1e-6) << x << " " << y;
      EXPECT_NEAR(at(2, a, b), peer["maxlinreg"]["similarities"][x][y].get<double>(), 1e-6) << x << " " << y;
      EXPECT_NEAR(at(3, a, b), peer["svcca"][x][y].get<double>(), 1e-6) << x << " " << y;
      EXPECT_NEAR(at(4, a, b), peer["pwcca"][x][y].get<double>(), 1e-6) << x << " " << y;
      EXPECT_NEAR(at(5, a, b), peer["linear_cka"][x][y].get<double>(), 1e-6) << x << " " << y;
      const auto power = peer["maxlinreg"]["pred_power_first20"][x][y].get<std::vector<double>>();
      for (std::size_t i = 0; i < power.size(); ++i)
        EXPECT_NEAR(found.measures[2].models[a].of_model(static_cast<Index>(i), static_cast<Index>(b)),
                    power[i], 1e-6);
    }
  // Neurons in the order of the score; the peer has left out column 127 of minilm6.
  for (const auto& [k, name] : {std::pair{0, "maxcorr"}, {1, "mincorr"}, {2, "maxlinreg"}})
    for (std::size_t m = 0; m < 4; ++m) {
      const VectorD& score = found.measures[static_cast<std::size_t>(k)].models[m].score;
      double before = 2;
      for (Index place = 0; place < 40; ++place) {
        Index neuron =
            peer[name]["neuron_sort_top40"][names[m]][static_cast<std::size_t>(place)].get<Index>();
        if (m == 1 && neuron >= 127) ++neuron;
        EXPECT_LE(score(neuron), before + 1e-9) << name << " " << names[m] << " " << place;
        before = score(neuron);
      }
      EXPECT_EQ((score.array() > before + 1e-9).count(), 39) << name << " " << names[m];
    }
}

}  // namespace
}  // namespace neurox
