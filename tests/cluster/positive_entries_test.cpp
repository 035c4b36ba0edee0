#include "neurox/cluster/positive_entries.h"

#include <gtest/gtest.h>

#include "cluster/noise.h"
#include "support.h"

namespace neurox {
namespace {

using neurox::testing::noise;
using neurox::testing::refusal;

TEST(PositiveEntries, ProductsAreThoseOfTheMatrixWithItsNegativeNumbersAtZero) {
  for (const Index lanes : {Index{16}, Index{48}})
    for (const Index columns : {Index{1}, Index{7}, Index{100}}) {
      const MatrixF X = noise(13, columns, 3), above = X.cwiseMax(0.0F);
      const PositiveEntries entries(X);
      EXPECT_EQ(entries.value.size(), static_cast<std::size_t>((X.array() > 0).count()));
      const MatrixF M = noise(columns, lanes, 4), N = noise(13, lanes, 5), start = noise(columns, lanes, 6);
      MatrixF out(13, lanes), sum = start;
      multiply_positive(entries, M, out);
      EXPECT_LT((out - above * M).cwiseAbs().maxCoeff(), 1e-4F);
      add_transposed_positive(entries, N, sum);
      EXPECT_LT((sum - start - above.transpose() * N).cwiseAbs().maxCoeff(), 1e-4F);
    }
}

TEST(PositiveEntries, ARowWithoutAnyGivesZeros) {
  MatrixF X(2, 3);
  X << -1, 0, -2, 0, 4, 0;
  MatrixF out = MatrixF::Ones(2, 16);
  multiply_positive(PositiveEntries(X), MatrixF::Ones(3, 16), out);
  EXPECT_EQ(out.row(0).cwiseAbs().maxCoeff(), 0);
  EXPECT_EQ(out(1, 5), 4);
}

TEST(PositiveEntries, MatricesThatDoNotFitAreRefused) {
  const PositiveEntries X(MatrixF::Ones(2, 3));
  MatrixF out(2, 16), narrow(2, 5);
  EXPECT_EQ(refusal([&] { multiply_positive(X, MatrixF::Ones(3, 5), narrow); }),
            "product of 2 rows with 5 columns does not fit 2 x 5");
  EXPECT_EQ(refusal([&] { add_transposed_positive(X, MatrixF::Ones(3, 16), out); }),
            "product of 2 rows with 3 x 16 does not fit 16 columns");
}

}  // namespace
}  // namespace neurox
