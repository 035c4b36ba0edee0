#include "neurox/rank/numeric_information.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "neurox/rank/digammas.h"
#include "neurox/rank/mutual_information.h"

namespace neurox {
namespace {

double information(const std::vector<float>& x, const std::vector<double>& y, int neighbours = 3) {
  const MatrixRows rows(Eigen::Map<const VectorF>(x.data(), static_cast<Index>(x.size())));
  Labelling labelling;
  labelling.numbers = y;
  return score_nearest_information({rows, 0}, {&labelling, 1}, {.neighbours = neighbours})
      .front()
      .scores(0, 0);
}

double deviation_of(const std::vector<double>& v) {
  const auto n = static_cast<double>(v.size());
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / n;
  double squares = 0;
  for (const double x : v) squares += (x - mean) * (x - mean);
  return std::sqrt(squares / n);
}

/// Every two points looked at.
double by_all_pairs(const std::vector<double>& x, const std::vector<double>& y, std::size_t k) {
  const std::size_t n = x.size();
  const std::vector<double> psi = digammas(n);
  const double unit_x = deviation_of(x), unit_y = deviation_of(y);
  const auto in_x = [&](std::size_t i, std::size_t j) { return std::abs(x[i] - x[j]) / unit_x; };
  const auto in_y = [&](std::size_t i, std::size_t j) { return std::abs(y[i] - y[j]) / unit_y; };
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> apart;
    for (std::size_t j = 0; j < n; ++j)
      if (j != i) apart.push_back(std::max(in_x(i, j), in_y(i, j)));
    std::sort(apart.begin(), apart.end());
    const double r = apart[std::min(k, n - 1) - 1];
    std::size_t own = 0, near_x = 0, near_y = 0;
    for (std::size_t j = 0; j < n; ++j) {
      near_x += (r > 0 ? in_x(i, j) < r : j != i && x[j] == x[i]) ? 1 : 0;
      near_y += (r > 0 ? in_y(i, j) < r : j != i && y[j] == y[i]) ? 1 : 0;
      own += j != i && x[j] == x[i] && y[j] == y[i] ? 1 : 0;
    }
    sum += psi[r > 0 ? std::min(k, n - 1) : own] - psi[near_x] - psi[near_y];
  }
  return psi[n] + sum / static_cast<double>(n);
}

// Radii 2, 2, 2; nearer in p: 2, 2, 1, in s: 1, 2, 2 points, themselves among them. psi(1) = -g, psi(2) = 1 -
// g, psi(3) = 3/2 - g: 3/2 - 2 g - (4/3 - 2 g) = 1/6.
TEST(NumericInformation, OfThreePointsByHand) {
  const PlanePoints points{{0, 1, 3}, {0, 2, 3}, 1, 1, {0, 1, 2}, {0, 1, 2, 3}};
  EXPECT_NEAR(plane_information(points, points.s, 1, digammas(3)), 1.0 / 6, 1e-12);
}

TEST(NumericInformation, IsThatOfAllPairsWhereverValuesRepeat) {
  std::mt19937 engine(5);
  std::normal_distribution<double> normal;
  for (const double step_x : {0.0, 0.5})
    for (const double step_y : {0.0, 0.5, 2.0}) {
      std::vector<float> x;
      std::vector<double> y, same;
      for (int i = 0; i < 300; ++i) {
        const double a = normal(engine), b = a + normal(engine);
        x.push_back(static_cast<float>(step_x > 0 ? std::max(0.0, std::round(a / step_x) * step_x) : a));
        y.push_back(step_y > 0 ? std::round(b / step_y) * step_y : b);
        same.push_back(static_cast<double>(x.back()));
      }
      for (const int k : {1, 3})
        EXPECT_NEAR(information(x, y, k), std::max(0.0, by_all_pairs(same, y, static_cast<std::size_t>(k))),
                    1e-9)
            << step_x << " " << step_y << " " << k;
    }
}

// -ln(1 - rho^2) / 2 of two Gaussians with the correlation that was drawn.
TEST(NumericInformation, ComesToTheTrueInformationOfGaussians) {
  std::mt19937 engine(3);
  std::normal_distribution<double> normal;
  for (const double rho : {0.0, 0.8}) {
    std::vector<float> x, moved;
    std::vector<double> y, turned;
    for (int i = 0; i < 6000; ++i) {
      x.push_back(static_cast<float>(normal(engine)));
      y.push_back(rho * static_cast<double>(x.back()) + std::sqrt(1 - rho * rho) * normal(engine));
      moved.push_back(4 * x.back());
      turned.push_back(-0.25 * y.back());
    }
    const std::vector<double> as_numbers(x.begin(), x.end());
    double drawn = 0;  // means are near 0: their square, 1e-4, counts for nothing here
    for (std::size_t i = 0; i < y.size(); ++i) drawn += as_numbers[i] * y[i];
    drawn /= static_cast<double>(y.size()) * deviation_of(as_numbers) * deviation_of(y);
    EXPECT_NEAR(information(x, y, 10), -0.5 * std::log(1 - drawn * drawn), 0.03) << drawn;
    EXPECT_NEAR(information(moved, turned), information(x, y), 1e-9) << "whatever the units";
  }
}

TEST(NumericInformation, OfACopyWithFewValuesIsTheEntropyAndOfAConstantNothing) {
  std::vector<float> x;
  std::vector<double> y;
  for (int i = 0; i < 4000; ++i) {
    x.push_back(static_cast<float>(i % 4));
    y.push_back(i % 4);
  }
  EXPECT_NEAR(information(x, y), std::log(4.0), 0.01);
  std::fill(x.begin(), x.end(), 2.0F);
  EXPECT_EQ(information(x, y), 0);
  y[0] = std::nan("");
  EXPECT_EQ(information(x, y), 0);
}

/// mutual_info_regression of scikit-learn 1.9 gave these, the same for five seeds of its noise of 1e-10.
TEST(NumericInformation, EqualsScikitLearnWhereNothingRepeats) {
  struct Case {
    int k;
    double w, expected;
  };
  for (const auto& [k, w, expected] : {Case{3, 0.5, 1.0732164042705095}, Case{3, 2, 0.4295253212481023},
                                       Case{5, 0.5, 1.0399664993658244}, Case{5, 2, 0.39776869877167975}}) {
    std::vector<float> x;
    std::vector<double> y;
    for (int i = 0; i < 500; ++i) {
      x.push_back(static_cast<float>(std::sin(static_cast<double>(i))));
      y.push_back(std::cos(0.37 * i * i) * w + static_cast<double>(x.back()));
    }
    EXPECT_NEAR(information(x, y, k), expected, 1e-6) << k << " " << w;
  }
}

}  // namespace
}  // namespace neurox
