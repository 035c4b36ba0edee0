#include "neurox/cluster/cross_products.h"

#include <gmock/gmock.h>

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

}  // namespace
}  // namespace neurox::testing
