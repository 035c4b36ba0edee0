#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

namespace neurox::attribute {

/// How far attributions are from telling what perturbations do.
struct Infidelity {
  double plain = 0;   ///< mean over draws of (predicted - change)^2, in the square of f's unit
  double scaled = 0;  ///< the same of the best multiple: the smallest over b of mean (b predicted - change)^2
};
/// Infidelity of attributions a over perturbations p, x_p = x - p:
///
///     predicted = <p, a>,   change = f(x) - f(x_p)
///
/// @param predicted, change  #draws
/// @throws Error{Usage} for no draw, or sizes that differ
/// Source: Yeh et al., NeurIPS 2019, definition 2.1 and equation 4; Captum's infidelity without and with
/// `normalize`.
Infidelity infidelity(const torch::Tensor& predicted, const torch::Tensor& change);

/// What a method's values are multiples of, which decides what `predicted` is.
///
/// @param values  attributions that are slopes times (x - from), as integrated gradients are
/// @param from    x', of the same shape
/// @return values / (x - from); values where x = from
/// Source: Captum's infidelity_perturb_func_decorator, the division there being of the perturbation.
torch::Tensor per_unit(const torch::Tensor& values, const torch::Tensor& x, const torch::Tensor& from);

/// Attributions of an input.
using Explanation = std::function<torch::Tensor(const torch::Tensor& x)>;
/// The largest relative change of an explanation e near x:
///
///     max over draws of || e(x) - e(x_p) || / || e(x) ||     x_p = x + perturbation, Euclidean norms
///
/// (where || e(x) || is 0, it counts as 1).
/// @param perturbations  #draws x shape of x
/// @throws Error{Usage} for no draw, or perturbations of another shape
/// Source: Yeh et al. 2019, equation 6, by draws; Captum's sensitivity_max.
double sensitivity_max(const Explanation& explain, const torch::Tensor& x,
                       const torch::Tensor& perturbations);

/// Uniform in [-radius, radius], #draws x shape of x, from a seed.
torch::Tensor uniform_noise(const torch::Tensor& x, int draws, double radius, std::uint64_t seed);

}  // namespace neurox::attribute
