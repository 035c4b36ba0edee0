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
  for (const Index width : {Index{5}, Index{130}}) {  // a matrix with itself
    const MatrixF Z = small_numbers(700, width), expected = Z.transpose() * Z;
    const PackedColumns own(Z);
    MatrixF out = MatrixF::Constant(width, width, 2);
    add_products(own, own, out);
    EXPECT_EQ(out, (expected.array() + 2).matrix());
  }
  MatrixF wrong(2, 2);
  EXPECT_EQ(refusal([&] {
              add_products(PackedColumns(MatrixF::Ones(3, 2)), PackedColumns(MatrixF::Ones(4, 2)), wrong);
            }),
            "products of 3 rows of 2 columns and 4 rows of 2 columns do not fit 2 x 2");
}

TEST(CrossProducts, ColumnsArePackedMovedAndScaled) {
  const MatrixF X = small_numbers(600, 60);
  const MatrixF ones = MatrixF::Ones(600, 1);
  std::vector<Index> some, every;
  for (Index c = 0; c < 60; ++c) {
    every.push_back(c);
    if (c % 7 != 0) some.push_back(c);
  }
  for (const auto& columns : {some, every}) {
    const auto n = static_cast<Index>(columns.size());
    const VectorD mean = VectorD::Constant(n, 0.5), factor = VectorD::Constant(n, 2);
    PackedColumns packed;
    packed.assign(X, {columns, mean, factor});
    MatrixF sums = MatrixF::Zero(1, n);
    add_products(PackedColumns(ones), packed, sums);
    for (Index c = 0; c < n; ++c)
      EXPECT_EQ(sums(0, c), 2 * X.col(columns[static_cast<std::size_t>(c)]).sum() - 600) << c;
  }
}

}  // namespace
}  // namespace neurox::testing
