#include "neurox/attribute/quadrature.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support.h"

namespace neurox::attribute {
namespace {

double integral(const Quadrature& q, double power) {
  double sum = 0;
  for (std::size_t i = 0; i < q.nodes.size(); ++i) sum += q.weights[i] * std::pow(q.nodes[i], power);
  return sum;
}

TEST(Quadrature, TheWeightsOfEveryRuleSumToOne) {
  for (const std::string& name : rule_names())
    for (const int n : {1, 2, 3, 50, 501}) {
      const Quadrature q = quadrature(parse_rule(name), n);
      EXPECT_NEAR(std::accumulate(q.weights.begin(), q.weights.end(), 0.0), 1, 1e-12) << name << ' ' << n;
      EXPECT_TRUE(std::is_sorted(q.nodes.begin(), q.nodes.end()));
    }
}
TEST(Quadrature, GaussIsExactForPolynomialsOfDegreeTwiceTheNodesLessOne) {
  for (const int n : {1, 2, 5, 20})
    for (int power = 0; power <= 2 * n - 1; ++power)
      EXPECT_NEAR(integral(quadrature(Rule::GaussLegendre, n), power), 1.0 / (power + 1), 1e-13)
          << n << ' ' << power;
}
TEST(Quadrature, ThreeIntervalsByHand) {
  EXPECT_EQ(quadrature(Rule::Trapezoid, 2).weights, (std::vector<double>{0.25, 0.5, 0.25}));
  EXPECT_EQ(quadrature(Rule::Left, 2).nodes, (std::vector<double>{0, 0.5}));
  EXPECT_EQ(quadrature(Rule::Right, 2).nodes, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(quadrature(Rule::Middle, 2).nodes, (std::vector<double>{0.25, 0.75}));
}
TEST(Quadrature, NoStepAndAnUnknownRuleAreRefused) {
  EXPECT_EQ(neurox::testing::refusal([] { quadrature(Rule::Left, 0); }),
            "0 steps of an integral; give at least 1");
  EXPECT_EQ(neurox::testing::refusal([] { parse_rule("simpson"); }),
            "rule 'simpson': write one of gauss, left, right, middle, trapezoid");
}

}  // namespace
}  // namespace neurox::attribute
