#pragma once

#include <string>
#include <vector>

namespace neurox::attribute {

/// Where an integral over [0, 1] is sampled and with what weights.
struct Quadrature {
  std::vector<double> nodes;    ///< ascending, in [0, 1]
  std::vector<double> weights;  ///< their sum is 1
};

enum class Rule {
  GaussLegendre,  ///< exact for polynomials of degree 2n - 1
  Left,
  Right,
  Middle,
  Trapezoid  ///< n + 1 nodes for n intervals, ends with half a weight
};

/// @param steps  intervals (GaussLegendre: nodes), >= 1
/// @throws Error{Usage} for less
///
/// Captum's `riemann_trapezoid` gives n nodes the weights 1/n with both ends halved, whose sum is (n-1)/n;
/// ours sum to 1.
Quadrature quadrature(Rule rule, int steps);

/// `gauss`, `left`, `right`, `middle`, `trapezoid`.
/// @throws Error{Usage} for another word
Rule parse_rule(const std::string& name);
std::vector<std::string> rule_names();

}  // namespace neurox::attribute
