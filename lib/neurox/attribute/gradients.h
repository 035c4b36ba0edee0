#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/attribute/quadrature.h"
#include "neurox/attribute/sentence_function.h"

namespace neurox::attribute {

/// Attributions of the word embeddings, #tokens x width, with the sum rule that was checked.
struct InputAttribution {
  torch::Tensor values;  ///< #tokens x width
  double value = 0;      ///< f(x)
  double baseline = 0;   ///< f(x'), NaN where the method has none
  double delta = 0;      ///< sum of attributions - (f(x) - f(x')), NaN where the method promises no sum
  int steps = 1;
};

/// Gradient of the target, signed: df/dx. Simonyan et al. 2014.
InputAttribution saliency(const SentenceFunction& f);

/// x df/dx. Shrikumar et al. 2016. Its sum is f(x) for networks without biases alone, so no delta.
InputAttribution input_x_gradient(const SentenceFunction& f);

struct NoiseOptions {
  enum class Join { Mean, Square, Variance } join = Join::Mean;  ///< E[g], E[g^2], E[g^2] - E[g]^2
  bool times_input = false;  ///< g is x df/dx (at the noisy point) instead of df/dx
  double deviation = 0.1;    ///< of the noise, as a share of the range (largest - smallest) of the embeddings
  int samples = 25;
  std::uint64_t seed = 0;
};
/// Gradients at points with Gaussian noise. Smilkov et al. 2017; squares: Hooker et al. 2019; variance:
/// Adebayo et al. 2018.
InputAttribution smooth_grad(const SentenceFunction& f, const NoiseOptions& options);
/// The same with noise of the caller's, #samples x #tokens x width.
InputAttribution smooth_grad(const SentenceFunction& f, const torch::Tensor& noise,
                             const NoiseOptions& options);

struct PathOptions {
  Rule rule = Rule::GaussLegendre;
  int steps = 50;
  /// Steps are doubled until |delta| <= tolerance |f(x) - f(x')| (or `most_steps`); 0: as they are.
  double tolerance = 0;
  int most_steps = 1600;
};
/// (x - x') integral of df/dx along the straight line from x' to x. Sundararajan et al. 2017.
/// @param baseline  x', #tokens x width
InputAttribution integrated_gradients(const SentenceFunction& f, const torch::Tensor& baseline,
                                      const PathOptions& options);

struct ExpectedOptions {
  int samples = 25;
  std::uint64_t seed = 0;
};
/// Mean of (x - b) df/dx at a random place between a random baseline b and x: expected gradients (Erion et
/// al. 2021), in Captum GradientShap.
/// @param baselines  #baselines x #tokens x width; drawn uniformly
InputAttribution expected_gradients(const SentenceFunction& f, const torch::Tensor& baselines,
                                    const ExpectedOptions& options);
/// The same with the caller's draws: which baseline, and where between it (0) and x (1).
InputAttribution expected_gradients(const SentenceFunction& f, const torch::Tensor& baselines,
                                    std::span<const std::int64_t> which, std::span<const double> where);

/// What drives a neuron by way of a target, (x - x') integral of (df/dn)(dn/dx): neuron conductance,
/// Dhamdhere et al. 2018. Its sum is that neuron's conductance.
/// @param site, neuron  n
/// @param positions  its tokens; of several the sum, none: all
/// @throws Error{Usage} for a neuron or token that is not there, and a site that the target does not depend
/// on
InputAttribution neuron_conductance(const SentenceFunction& f, const torch::Tensor& baseline, Site site,
                                    std::span<const std::int64_t> positions, std::int64_t neuron,
                                    const PathOptions& options);

}  // namespace neurox::attribute
