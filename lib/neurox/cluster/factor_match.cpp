#include "neurox/cluster/factor_match.h"

#include <algorithm>
#include <cstddef>

#include "neurox/core/error.h"

namespace neurox {

std::vector<FactorMatch> match_factors(const MatrixD& H, const MatrixD& other) {
  if (H.cols() != other.cols())
    throw usage_error("factors of {} neurons cannot be matched with factors of {}", H.cols(), other.cols());
  const auto unit = [](const MatrixD& M) {
    MatrixD out = M;
    for (Index i = 0; i < M.rows(); ++i)
      if (const double norm = M.row(i).norm(); norm > 0) out.row(i) /= norm;
    return out;
  };
  MatrixD cosines = unit(H) * unit(other).transpose();
  std::vector<FactorMatch> out(static_cast<std::size_t>(H.rows()));
  constexpr double kTaken = -2;
  for (Index n = 0; n < std::min(H.rows(), other.rows()); ++n) {
    Index i = 0, j = 0;
    for (Index a = 0; a < cosines.rows(); ++a)
      for (Index b = 0; b < cosines.cols(); ++b)
        if (cosines(a, b) > cosines(i, j)) i = a, j = b;
    out[static_cast<std::size_t>(i)] = {j, cosines(i, j)};
    cosines.row(i).setConstant(kTaken);
    cosines.col(j).setConstant(kTaken);
  }
  return out;
}

}  // namespace neurox
