#include "neurox/probe/band_sum.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <vector>

namespace neurox {

void add_bands(const MatrixFRef& rows, MatrixD& sum,
               const std::function<void(Index, const MatrixFRef&, MatrixF&)>& f) {
  constexpr Index kBand = StandardRows::kBand, kCacheFloats = 1 << 16;
  const Index bands = (rows.rows() + kBand - 1) / kBand;
  const Index block = std::clamp<Index>(kCacheFloats / rows.cols() / 8 * 8, 16, kBand);
  std::vector<MatrixF> parts(static_cast<std::size_t>(bands));
  tbb::parallel_for(Index{0}, bands, [&](Index band) {
    MatrixF& part = parts[static_cast<std::size_t>(band)];
    part.setZero(sum.rows(), sum.cols());
    const Index end = std::min(rows.rows(), (band + 1) * kBand);
    for (Index first = band * kBand; first < end; first += block)
      f(first, rows.middleRows(first, std::min(block, end - first)), part);
  });
  for (const MatrixF& part : parts) sum += part.cast<double>();
}

}  // namespace neurox
