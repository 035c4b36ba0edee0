#pragma once

#include <cstddef>
#include <numbers>
#include <vector>

namespace neurox {

/// psi(1), ..., psi(n) by recurrence, at their places; psi(0) is never asked for.
inline std::vector<double> digammas(std::size_t n) {
  std::vector<double> psi(n + 1, -std::numbers::egamma);
  for (std::size_t i = 2; i <= n; ++i) psi[i] = psi[i - 1] + 1.0 / static_cast<double>(i - 1);
  return psi;
}

}  // namespace neurox
