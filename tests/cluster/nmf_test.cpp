#include "neurox/cluster/nmf.h"

#include <gmock/gmock.h>

#include "cluster/noise.h"
#include "neurox/cluster/factor_match.h"
#include "oracle_files.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::Hdf5File;
using neurox::testing::noise;
using neurox::testing::read_json;
using neurox::testing::refusal;
using neurox::testing::shared;

TEST(Nmf, OneMultiplicativeStepIsTheOneDoneByHand) {
  // X = (1 2; 3 4), W = (1, 1), H = (1 1): XH' = (3, 7), WHH' = (2, 2), so W = (1.5, 3.5).
  // Then W'X = (12 17), W'W = 14.5, so H = (12/14.5 17/14.5).
  MatrixF X(2, 2);
  X << 1, 2, 3, 4;
  NmfOptions options;
  options.solver = NmfSolver::Multiplicative;
  options.iterations = 1;
  const Nmf found = nmf_from(MatrixRows(X), MatrixD::Ones(2, 1), MatrixD::Ones(1, 2), options);
  EXPECT_DOUBLE_EQ(found.W(0, 0), 1.5);
  EXPECT_DOUBLE_EQ(found.W(1, 0), 3.5);
  EXPECT_DOUBLE_EQ(found.H(0, 0), 12 / 14.5);
  EXPECT_DOUBLE_EQ(found.H(0, 1), 17 / 14.5);
  EXPECT_NEAR(found.error, (X.cast<double>() - found.W * found.H).norm(), 1e-12);
  // One column of W by descent is the least-squares answer, the same here.
  options.solver = NmfSolver::CoordinateDescent;
  EXPECT_DOUBLE_EQ(nmf_from(MatrixRows(X), MatrixD::Ones(2, 1), MatrixD::Ones(1, 2), options).W(1, 0), 3.5);
}

TEST(Nmf, NegativeActivationsCountAsZero) {
  MatrixF X(3, 2);
  X << 1, -4, -2, 3, 2, 0;
  const Nmf found = nmf(MatrixRows(X), {.components = 2, .progress = nullptr}),
            clipped = nmf(MatrixRows(X.cwiseMax(0.0F)), {.components = 2, .progress = nullptr});
  EXPECT_EQ(found.W, clipped.W);
  EXPECT_NEAR(found.negative, 20.0 / 34, 1e-12);
  EXPECT_EQ(clipped.negative, 0);
  EXPECT_NEAR(found.error, 0, 1e-3);
}

/// Two sets of neurons on two sets of tokens.
MatrixF two_blocks() {
  MatrixF X = MatrixF::Zero(60, 10);
  for (Index i = 0; i < 60; ++i)
    for (Index j = 0; j < 10; ++j)
      if ((i % 3 == 0) == (j < 4)) X(i, j) = static_cast<float>(1 + i % 5) * static_cast<float>(1 + j % 3);
  return X;
}

TEST(Nmf, PlantedFactorsAreFoundByEitherSolverAndStart) {
  for (const NmfSolver solver : {NmfSolver::CoordinateDescent, NmfSolver::Multiplicative})
    for (const NmfStart start : {NmfStart::Nndsvd, NmfStart::Random}) {
      NmfOptions options;
      options.components = 2;
      options.solver = solver, options.start = start;
      options.tolerance = 1e-8, options.iterations = 2000;
      const Nmf found = nmf(MatrixRows(two_blocks()), options);
      EXPECT_LT(found.error, 1e-3 * found.norm);
      MatrixD planted = MatrixD::Zero(2, 10);
      for (Index j = 0; j < 10; ++j) planted(j < 4 ? 0 : 1, j) = static_cast<double>(1 + j % 3);
      for (const FactorMatch& match : match_factors(planted, found.H)) EXPECT_NEAR(match.cosine, 1, 1e-5);
    }
}

TEST(Nmf, TheErrorFallsTheSameSeedGivesTheSameAndNothingIsNegative) {
  const MatrixRows X(noise(80, 12, 4));
  NmfOptions options;
  options.components = 3, options.start = NmfStart::Random, options.seed = 9, options.tolerance = 0;
  double before = 1e9;
  for (const int iterations : {1, 5, 20, 80}) {
    options.iterations = iterations;
    const Nmf found = nmf(X, options);
    EXPECT_LE(found.error, before);
    EXPECT_GE(found.W.minCoeff(), 0);
    EXPECT_GE(found.H.minCoeff(), 0);
    EXPECT_NEAR(found.error, (X.in_memory()->cast<double>().cwiseMax(0.0) - found.W * found.H).norm(), 1e-6);
    before = found.error;
  }
  EXPECT_EQ(nmf(X, options).W, nmf(X, options).W);
  options.seed = 10;
  EXPECT_NE(nmf(X, options).error, before);
}

TEST(Nmf, EqualsScikitLearnFromTheSameStart) {
  NEUROX_NEED(folder, shared("oracles"));
  const MatrixRows X(Hdf5File(folder / "probe/data.h5").matrix("X6_train").topRows(500));
  const Hdf5File stored(folder / "cluster/nmf.h5");
  const auto errors = read_json(folder / "cluster/cluster.json")["nmf"]["frobenius_error"];
  for (const auto& [solver, name] :
       {std::pair{NmfSolver::Multiplicative, "mu"}, {NmfSolver::CoordinateDescent, "cd"}})
    for (const int iterations : {1, 10, 50, 200}) {
      NmfOptions options;
      options.solver = solver, options.iterations = iterations, options.tolerance = 0;
      const Nmf found =
          nmf_from(X, stored.matrix("W0").cast<double>(), stored.matrix("H0").cast<double>(), options);
      const double peer = errors[fmt::format("{}_{}", name, iterations)].get<double>();
      // W0 and H0 are read as float32.
      EXPECT_NEAR(found.error / peer, 1, 1e-6) << name << " " << iterations;
      if (iterations != 50) continue;
      const MatrixD H = stored.matrix(fmt::format("{}_50/H", name)).cast<double>();
      EXPECT_LT((found.H - H).norm(), 1e-4 * H.norm()) << name;
    }
  NmfOptions options;
  options.components = 8, options.iterations = 2000, options.tolerance = 1e-5;
  const Nmf found = nmf(X, options);
  EXPECT_TRUE(found.converged);
  EXPECT_NEAR(found.error / errors["cd_nndsvd_converged"].get<double>(), 1, 0.01);
}

TEST(Nmf, WhatCannotBeFactorisedIsRefused) {
  const MatrixRows X(noise(5, 8, 1));
  EXPECT_EQ(refusal([&] { nmf(X, {.components = 6, .progress = nullptr}); }),
            "nmf: 6 components of 5 tokens x 8 neurons; give 5 or fewer (--count)");
  EXPECT_EQ(refusal([&] { nmf(X, {.components = 0, .progress = nullptr}); }),
            "nmf: 0 components; give one or more");
  EXPECT_EQ(refusal([] { nmf(MatrixRows(-MatrixF::Ones(4, 4)), {.components = 1, .progress = nullptr}); }),
            "nmf: no activation is above 0, and negative ones count as 0");
  EXPECT_EQ(refusal([&] { nmf_from(X, MatrixD::Ones(5, 2), MatrixD::Ones(3, 8), {}); }),
            "nmf: a start of 5 x 2 and 3 x 8 does not fit 5 tokens x 8 neurons");
  EXPECT_EQ(refusal([&] { nmf_from(X, -MatrixD::Ones(5, 2), MatrixD::Ones(2, 8), {}); }),
            "nmf: a start holds negative numbers; give numbers of 0 and above");
}

TEST(FactorMatch, TheTwoMostAlikeGoTogetherFirst) {
  MatrixD H(3, 2), other(2, 2);
  H << 1, 0, 0, 2, 1, 1;
  other << 3, 0.1, 0.1, 5;
  const auto found = match_factors(H, other);
  EXPECT_EQ(found[0].other, 0);
  EXPECT_EQ(found[1].other, 1);
  EXPECT_EQ(found[2].other, -1);
  EXPECT_NEAR(found[0].cosine, 3 / std::sqrt(9.01), 1e-12);
  EXPECT_EQ(refusal([&] { match_factors(H, MatrixD::Ones(1, 3)); }),
            "factors of 2 neurons cannot be matched with factors of 3");
}

}  // namespace
}  // namespace neurox
