#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "neurox/core/row_source.h"

/// Data with known structure for the probe's tests.
namespace neurox::testing {

struct Labelled {
  MatrixF X;
  std::vector<int> y;
};

/// Correlated columns of different scale and mean; labels drawn from a softmax of a few of them.
inline Labelled made_up(Index tokens, Index neurons, int classes, unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal;
  Labelled data{MatrixF(tokens, neurons), {}};
  const MatrixF mixing = MatrixF::NullaryExpr(neurons, neurons, [&] { return 0.4F * normal(engine); });
  const MatrixF truth = MatrixF::NullaryExpr(classes, 4, [&] { return 1.5F * normal(engine); });
  const Index used = std::min<Index>(4, neurons);
  for (Index i = 0; i < tokens; ++i) {
    Eigen::RowVectorXf z = Eigen::RowVectorXf::NullaryExpr(neurons, [&] { return normal(engine); });
    const VectorF score = truth.leftCols(used) * z.head(used).transpose();
    double sum = 0;
    for (int k = 0; k < classes; ++k) sum += std::exp(static_cast<double>(score(k)));
    double u = std::uniform_real_distribution<double>(0, sum)(engine);
    int label = 0;
    while (label + 1 < classes && (u -= std::exp(static_cast<double>(score(label)))) > 0) ++label;
    data.y.push_back(label);
    data.X.row(i) = z + z * mixing;
  }
  for (Index j = 0; j < neurons; ++j)
    data.X.col(j) =
        (data.X.col(j).array() * (0.1F + 0.3F * static_cast<float>(j % 5)) + static_cast<float>(j % 3))
            .matrix();
  return data;
}

/// A source that must be read band by band, and counts the rows read.
class StreamedRows final : public RowSource {
 public:
  explicit StreamedRows(const MatrixF& X) : X_(X) {}
  Index rows() const override { return X_.rows(); }
  Index cols() const override { return X_.cols(); }
  void read(Index first, MatrixFOut out) const override {
    out = X_.middleRows(first, out.rows());
    rows_read += out.rows();
  }
  mutable std::int64_t rows_read = 0;

 private:
  const MatrixF& X_;
};

}  // namespace neurox::testing
