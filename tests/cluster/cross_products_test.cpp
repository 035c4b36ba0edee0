#include "neurox/cluster/cross_products.h"

#include <gmock/gmock.h>

#include "cluster/noise.h"
#include "neurox/core/random.h"
#include "support.h"

namespace neurox::testing {
namespace {

MatrixF small_numbers(Index rows, Index columns) {
  Random random(3);
  MatrixF Z(rows, columns);
  for (float& z : Z.reshaped()) z = static_cast<float>(random.below(9)) - 4;  // sums are exact
  return Z;
}

TEST(CrossProducts, AreThoseOfEigenUpToTheDiagonalForAnySize) {
  for (const Index columns : {1, 47, 48, 49, 200})
    for (const Index rows : {1, 511, 513, 1100}) {
      const MatrixF Z = small_numbers(rows, columns);
      MatrixF out = MatrixF::Zero(columns, columns);
      add_cross_products(Z, 0, out);
      const MatrixF expected = Z.transpose() * Z;
      for (Index i = 0; i < columns; ++i)
        for (Index j = 0; j <= i; ++j) ASSERT_EQ(out(i, j), expected(i, j)) << rows << " " << i << " " << j;
    }
}
TEST(CrossProducts, OfAPanelAreAddedToWhatIsThere) {
  const MatrixF Z = small_numbers(600, 150), expected = Z.transpose() * Z;
  MatrixF out = MatrixF::Constant(54, 160, 7);
  add_cross_products(Z, 96, out);
  for (Index i = 0; i < 54; ++i)
    for (Index j = 0; j <= 96 + i; ++j) ASSERT_EQ(out(i, j), expected(96 + i, j) + 7) << i << " " << j;
}
TEST(CrossProducts, APanelThatDoesNotFitIsRefused) {
  const MatrixF Z = small_numbers(10, 100);
  MatrixF out = MatrixF::Zero(20, 100);
  EXPECT_THAT(refusal([&] { add_cross_products(Z, 50, out); }),
              ::testing::HasSubstr("does not fit 100 columns"));
  EXPECT_THAT(refusal([&] { add_cross_products(Z, 96, out); }),
              ::testing::HasSubstr("does not fit 100 columns"));
}

TEST(CrossProducts, TwoMatricesAreMultipliedWhateverTheirWidths) {
  for (const Index a : {Index{1}, Index{48}, Index{130}})
    for (const Index b : {Index{3}, Index{97}}) {
      const MatrixF A = noise(700, a, 1), B = noise(700, b, 2);
      MatrixF out = MatrixF::Ones(a, b);
      add_products(PackedColumns(A), PackedColumns(B), out);
      const MatrixD expected = (A.cast<double>().transpose() * B.cast<double>()).array() + 1;
      EXPECT_LT((out.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-3);
    }
  MatrixF wrong(2, 2);
  EXPECT_EQ(refusal([&] {
              add_products(PackedColumns(MatrixF::Ones(3, 2)), PackedColumns(MatrixF::Ones(4, 2)), wrong);
            }),
            "products of 3 rows of 2 columns and 4 rows of 2 columns do not fit 2 x 2");
}

}  // namespace
}  // namespace neurox::testing
