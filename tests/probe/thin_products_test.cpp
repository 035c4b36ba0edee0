#include "neurox/probe/thin_products.h"

#include <gtest/gtest.h>

namespace neurox {
namespace {

TEST(ThinProducts, EveryShapeEqualsTheProductInDouble) {
  for (Index rows : {1, 3, 4, 67})
    for (Index classes : {1, 2, 5, 6, 7, 17})
      for (Index neurons : {1, 3, 4, 15, 16, 33, 64, 100, 149}) {
        // One column more on each side: rows of a wider matrix.
        const MatrixF Z = MatrixF::Random(rows, neurons + 3), V = MatrixF::Random(classes, neurons + 1);
        const MatrixF T = MatrixF::Random(rows, classes);
        MatrixF scores(rows, classes), sums = MatrixF::Random(classes, neurons + 2);
        const MatrixF before = sums;
        scores_of(Z.leftCols(neurons), V.leftCols(neurons), scores);
        add_outer_sums(T, Z.leftCols(neurons), sums.leftCols(neurons));
        const MatrixD z = Z.leftCols(neurons).cast<double>();
        const MatrixD expected = z * V.leftCols(neurons).cast<double>().transpose();
        ASSERT_LT((scores.cast<double>() - expected).cwiseAbs().maxCoeff(), 1e-5)
            << rows << ' ' << classes << ' ' << neurons;
        MatrixD after = before.cast<double>();
        after.leftCols(neurons) += T.cast<double>().transpose() * z;
        ASSERT_LT((sums.cast<double>() - after).cwiseAbs().maxCoeff(), 2e-5)
            << rows << ' ' << classes << ' ' << neurons;
      }
}

}  // namespace
}  // namespace neurox
