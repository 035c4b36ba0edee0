#include "neurox/report/shade.h"

#include <cmath>

namespace neurox {

int shade_level(double value, const Statistics& s) {
  const double z = (value - s.mean) / std::sqrt(s.variance);
  if (!std::isfinite(z)) return 0;
  int level = 0;
  for (const double step : kShadeSteps)
    if (std::abs(z) >= step) ++level;
  return z < 0 ? -level : level;
}

}  // namespace neurox
