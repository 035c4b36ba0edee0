#include "neurox/attribute/permutation.h"

#include <cmath>
#include <limits>

namespace neurox::attribute {

double Running::error() const {
  if (count_ < 2) return std::numeric_limits<double>::quiet_NaN();
  const double n = static_cast<double>(count_);
  return std::sqrt(squares_ / (n - 1) / n);
}

}  // namespace neurox::attribute
