#pragma once

#include <span>
#include <vector>

namespace neurox::tcav {

/// Regularised incomplete beta function I_x(a, b), a, b > 0 and x in [0, 1]: the continued fraction by
/// Lentz's method (DLMF 8.17.22; Press et al., Numerical Recipes, 6.4), relative error about 1e-13 for
/// moderate a, b.
double incomplete_beta(double a, double b, double x);

/// P(|T| >= |t|) for Student's t with `df` degrees of freedom.
double two_sided_p(double t, double df);
/// The t > 0 with two_sided_p(t, df) = p, p in (0, 1).
double two_sided_quantile(double p, double df);

double mean_of(std::span<const double> values);
/// Sample standard deviation (ddof 1); NaN for fewer than two.
double deviation_of(std::span<const double> values);

struct TTest {
  double difference = 0;  ///< of the means, a - b
  double t = 0, df = 0;
  double p = 1;  ///< two-sided; NaN where a sample is too small
};

/// Variances may differ (Welch 1947). Samples of at least two each, else all NaN. Without any spread: t is 0
/// and p 1 for equal means, else t infinite and p 0.
TTest welch_test(std::span<const double> a, std::span<const double> b);
/// Variances are taken to be equal.
TTest student_test(std::span<const double> a, std::span<const double> b);
/// Whether one value can come from where the sample comes from: t = (x - mean) / (s sqrt(1 + 1/n)), n - 1
/// degrees of freedom (Crawford & Howell 1998).
TTest single_test(double x, std::span<const double> sample);

/// mean -+ t s / sqrt(n); NaN for fewer than two values.
struct Interval {
  double low, high;
};
Interval mean_interval(std::span<const double> values, double confidence = 0.95);

/// p values corrected for their number, in the order given. NaN stays NaN and does not count.
/// Holm 1979: the chance of any false discovery.
std::vector<double> holm(std::span<const double> p);
/// Benjamini & Hochberg 1995: the expected share of false discoveries.
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace neurox::tcav
