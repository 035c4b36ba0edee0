#include "neurox/attribute/permutation.h"
#include "neurox/core/no_value.h"

#include <cmath>

namespace neurox::attribute {

double Running::error() const {
  if (count_ < 2) return no_value;
  const auto n = static_cast<double>(count_);
  return std::sqrt(squares_ / (n - 1) / n);
}

}  // namespace neurox::attribute
