#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

struct LimeOptions {
  enum class Penalty { Lasso, Ridge } penalty = Penalty::Lasso;
  double alpha = 0.01;        ///< of the penalty; 0: none
  int samples = 1000;         ///< coalitions drawn, every player present with probability 1/2
  double kernel_width = 1.0;  ///< of the kernel below
  /// Weight of a coalition, >= 0. None: exp(-d^2 / (2 width^2)), d = 1 - cosine of its flags and of all ones.
  std::function<double(const Coalition&)> similarity = {};
  std::uint64_t seed = 0;
};

/// A linear model of v near everybody being present.
struct LimeFit {
  std::vector<double> coefficients;  ///< #players, in the unit of v
  double intercept = 0;
  double r2 = 0;  ///< weighted share of v's variance explained; 1 when v is constant
};

/// LIME.
///
///     min 1 / (2 sum w) sum over S of w(S) (v(S) - c - sum over i in S of b(i))^2 + alpha P(b)
///     P(b) = sum |b(i)| (Lasso) or sum b(i)^2 / 2 (Ridge); c is not penalised
///
/// When all 2^n coalitions are within `samples`, each is taken once, which is the limit of drawing. The Lasso
/// is solved by coordinate descent until no coefficient moves by 1e-10 of the largest.
/// @throws Error{Usage} for fewer than two samples, an alpha below 0, a width not above 0, a weight below 0
/// or none above 0 Source: Ribeiro et al. 2016; defaults and scale of the Lasso as Captum's Lime
/// (scikit-learn), where the cosine is of the inputs, not of the flags, and 25 samples the default.
/// scikit-learn's Ridge has alpha sum(w) for our alpha.
LimeFit lime(Game& game, const LimeOptions& options);

}  // namespace neurox::attribute
