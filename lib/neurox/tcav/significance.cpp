#include "neurox/tcav/significance.h"
#include "neurox/core/no_value.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace neurox::tcav {
namespace {

/// The continued fraction of I_x(a, b), which converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double tiny = 1e-300;
  const auto away_from_zero = [](double v) { return std::abs(v) < tiny ? tiny : v; };
  double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), value = d;
  for (int m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away_from_zero(1 + even * d);
    c = away_from_zero(1 + even / c);
    value *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away_from_zero(1 + odd * d);
    c = away_from_zero(1 + odd / c);
    value *= d * c;
    if (std::abs(d * c - 1) < 4e-16) break;
  }
  return value;
}

TTest tested(double difference, double error, double df) {
  TTest out{difference, 0, df, 1};
  if (std::isnan(difference) || std::isnan(error)) return {no_value, no_value, no_value, no_value};
  if (error > 0) {
    out.t = difference / error;
  } else if (difference != 0) {
    out.t = std::copysign(std::numeric_limits<double>::infinity(), difference);
  }
  out.p = two_sided_p(out.t, df);
  return out;
}

double variance_of(std::span<const double> values) {
  const double s = deviation_of(values);
  return s * s;
}

/// Positions of the numbers, largest p first.
std::vector<std::size_t> falling(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (!std::isnan(p[i])) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
  return order;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
  if (!(x > 0)) return std::isnan(x) ? no_value : 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double two_sided_p(double t, double df) {
  if (std::isnan(t) || std::isnan(df)) return no_value;
  if (std::isinf(t)) return 0;
  return t == 0 ? 1 : incomplete_beta(df / 2, 0.5, df / (df + t * t));
}

double two_sided_quantile(double p, double df) {
  double low = 0, high = 1;
  while (two_sided_p(high, df) > p && high < 1e300) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = (low + high) / 2;
    (two_sided_p(middle, df) > p ? low : high) = middle;
  }
  return (low + high) / 2;
}

double mean_of(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double deviation_of(std::span<const double> values) {
  if (values.size() < 2) return no_value;
  // Equal values have no spread, whatever their mean is rounded to.
  if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; })) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

TTest welch_test(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  const double va = variance_of(a) / n, vb = variance_of(b) / m;
  const double df = va + vb > 0 ? (va + vb) * (va + vb) / (va * va / (n - 1) + vb * vb / (m - 1)) : n + m - 2;
  return tested(mean_of(a) - mean_of(b), std::sqrt(va + vb), df);
}

TTest student_test(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  const double pooled = ((n - 1) * variance_of(a) + (m - 1) * variance_of(b)) / (n + m - 2);
  return tested(mean_of(a) - mean_of(b), std::sqrt(pooled * (1 / n + 1 / m)), n + m - 2);
}

TTest single_test(double x, std::span<const double> sample) {
  const auto n = static_cast<double>(sample.size());
  return tested(x - mean_of(sample), deviation_of(sample) * std::sqrt(1 + 1 / n), n - 1);
}

Interval mean_interval(std::span<const double> values, double confidence) {
  if (values.size() < 2) return {no_value, no_value};
  const auto n = static_cast<double>(values.size());
  const double half = two_sided_quantile(1 - confidence, n - 1) * deviation_of(values) / std::sqrt(n),
               mean = mean_of(values);
  return {mean - half, mean + half};
}

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> out(p.size(), no_value);
  const std::vector<std::size_t> order = falling(p);
  double largest = 0;
  for (std::size_t i = order.size(); i > 0; --i) {
    largest = std::max(largest, std::min(1.0, p[order[i - 1]] * static_cast<double>(i)));
    out[order[i - 1]] = largest;
  }
  return out;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> out(p.size(), no_value);
  const std::vector<std::size_t> order = falling(p);
  const auto n = static_cast<double>(order.size());
  double smallest = 1;
  for (std::size_t i = 0; i < order.size(); ++i) {
    smallest = std::min(smallest, p[order[i]] * n / (n - static_cast<double>(i)));
    out[order[i]] = smallest;
  }
  return out;
}

}  // namespace neurox::tcav
