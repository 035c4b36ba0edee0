#include "neurox/cluster/factor_match.h"

#include <algorithm>
#include <cmath>
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
  const MatrixD cosines = unit(H) * unit(other).transpose();
  std::vector<FactorMatch> out(static_cast<std::size_t>(H.rows()));
  std::vector<bool> taken(static_cast<std::size_t>(other.rows()), false);
  for (Index n = 0; n < std::min(H.rows(), other.rows()); ++n) {
    Index i = -1, j = -1;
    for (Index a = 0; a < cosines.rows(); ++a)
      for (Index b = 0; b < cosines.cols(); ++b)
        if (out[static_cast<std::size_t>(a)].other < 0 && !taken[static_cast<std::size_t>(b)] &&
            (i < 0 || std::abs(cosines(a, b)) > std::abs(cosines(i, j))))
          i = a, j = b;
    out[static_cast<std::size_t>(i)] = {j, cosines(i, j)};
    taken[static_cast<std::size_t>(j)] = true;
  }
  return out;
}

}  // namespace neurox
