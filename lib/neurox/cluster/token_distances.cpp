#include "neurox/cluster/token_distances.h"

#include <algorithm>
#include <cmath>

namespace neurox {

void euclidean_distances(const RowSource& X, const SquareMatrix& out, Progress& progress) {
  constexpr Index band_rows = 512;
  MatrixD Z(X.rows(), X.cols());
  for_each_band(X, band_rows, [&](Index first, const MatrixFRef& band) {
    Z.middleRows(first, band.rows()) = band.cast<double>();
  });
  const Eigen::RowVectorXd mean = Z.colwise().mean();
  Z.rowwise() -= mean;
  const VectorD norms = Z.rowwise().squaredNorm();
  progress.stage("distances", X.rows(), "rows");
  for (Index first = 0; first < X.rows(); first += band_rows) {
    const Index n = std::min(band_rows, X.rows() - first);
    // The lower triangle and what of the band is beside it; the other half is the same.
    const Index width = first + n;
    const MatrixD products = Z.middleRows(first, n) * Z.topRows(width).transpose();
    for (Index i = 0; i < n; ++i) {
      const Index row = first + i;
      for (Index j = 0; j < row; ++j) {
        const double square = norms(row) + norms(j) - 2 * products(i, j);
        out.row(row)[j] = out.row(j)[row] = static_cast<float>(std::sqrt(std::max(square, 0.0)));
      }
      out.row(row)[row] = 0;
    }
    progress.advance_to(first + n);
  }
}

}  // namespace neurox
