#include "neurox/attribute/quadrature.h"

#include <fmt/ranges.h>

#include <cmath>
#include <numbers>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

const std::vector<std::pair<std::string, Rule>> rules{{"gauss", Rule::GaussLegendre},
                                                      {"left", Rule::Left},
                                                      {"right", Rule::Right},
                                                      {"middle", Rule::Middle},
                                                      {"trapezoid", Rule::Trapezoid}};

/// Roots of the Legendre polynomial by Newton's method from Tricomi's estimate.
Quadrature gauss_legendre(int n) {
  Quadrature q{std::vector<double>(static_cast<std::size_t>(n)),
               std::vector<double>(static_cast<std::size_t>(n))};
  for (int i = 0; i < n; ++i) {
    double x = std::cos(std::numbers::pi * (i + 0.75) / (n + 0.5)), slope = 0;
    for (int round = 0; round < 100; ++round) {
      double p = 1, before = 0;
      for (int k = 1; k <= n; ++k) before = std::exchange(p, ((2 * k - 1) * x * p - (k - 1) * before) / k);
      slope = n * (x * p - before) / (x * x - 1);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    // From 1 down to -1: turned round, so that nodes ascend.
    const auto place = static_cast<std::size_t>(n - 1 - i);
    q.nodes[place] = (1 + x) / 2;
    q.weights[place] = 1 / ((1 - x * x) * slope * slope);
  }
  return q;
}

}  // namespace

Quadrature quadrature(Rule rule, int steps) {
  if (steps < 1) throw usage_error("{} steps of an integral; give at least 1", steps);
  if (rule == Rule::GaussLegendre) return gauss_legendre(steps);
  const double n = steps, first = rule == Rule::Right ? 1 : rule == Rule::Middle ? 0.5 : 0;
  Quadrature q;
  for (int i = 0; i < steps + (rule == Rule::Trapezoid ? 1 : 0); ++i) {
    q.nodes.push_back((i + first) / n);
    q.weights.push_back(1 / n);
  }
  if (rule == Rule::Trapezoid) q.weights.front() = q.weights.back() = 0.5 / n;
  return q;
}

Rule parse_rule(const std::string& name) {
  for (const auto& [word, rule] : rules)
    if (word == name) return rule;
  throw usage_error("rule '{}': write one of {}", name, fmt::join(rule_names(), ", "));
}

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const auto& [word, rule] : rules) names.push_back(word);
  return names;
}

}  // namespace neurox::attribute
