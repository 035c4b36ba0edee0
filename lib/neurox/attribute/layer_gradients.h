#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neurox/attribute/gradients.h"
#include "neurox/attribute/sentence_function.h"

namespace neurox::attribute {

/// A share of f(x) with a name of its own: `attention head` 3 of block 5.
struct Part {
  std::string component;
  int block = -1, head = -1;  ///< -1: none
  double value = 0;
};

/// Attributions of the neurons of several sites, one after the other as they were asked for.
struct LayerAttribution {
  std::vector<torch::Tensor> values;  ///< per site: #tokens x width of the site, float64
  std::vector<double> baselines;      ///< per site: f without it (NaN where the method has none)
  std::vector<double> deltas;         ///< per site: sum - (f(x) - baseline), NaN where no sum is promised
  double value = 0;                   ///< f(x)
  int steps = 1;
  std::vector<Part> parts = {};  ///< of the methods that split f(x) itself up; they sum to it
};

/// Whether everything that the target sees passes through this site, so that its conductance adds up to
/// f(x) - f(x'): the residual stream and the final norm.
bool is_cut(Site site);

/// Gradient of the target by the activations, all sites from one pass.
LayerAttribution layer_gradient(const SentenceFunction& f, std::span<const Site> sites);
/// y df/dy.
LayerAttribution activation_x_gradient(const SentenceFunction& f, std::span<const Site> sites);
/// Gradients with noise at the input, joined as the options say (`times_input`: y df/dy).
LayerAttribution layer_smooth_grad(const SentenceFunction& f, std::span<const Site> sites,
                                   const NoiseOptions& options);

struct ConductanceOptions {
  int steps = 50;  ///< intervals of the path; an odd number is rounded up
  /// Steps are doubled until every cut's |delta| <= tolerance |f(x) - f(x')| (or `most_steps`); 0: as they
  /// are.
  double tolerance = 0;
  int most_steps = 1600;
  bool captum = false;  ///< Captum's sum, for comparison
};
/// Conductance of every neuron of every site along the straight input path, from one sweep over it:
///
///     integral of (df/dy_j) (dy_j/d alpha) d alpha
///
/// by Simpson's rule on pairs of intervals, with y and df/dy taken as parabolas over each pair (error
/// O(steps^-4)). Memory does not grow with the steps. Dhamdhere, Sundararajan & Yan, ICLR 2019. Captum sums
/// df/dy at the left end of each interval between Gauss nodes times the change of y: the ends of the path are
/// missing and the sum is off by several per cent.
LayerAttribution conductance(const SentenceFunction& f, const torch::Tensor& baseline,
                             std::span<const Site> sites, const ConductanceOptions& options);

/// Integral of df/dy along the input path, not multiplied by anything: internal influence. Leino et al. 2018.
LayerAttribution internal_influence(const SentenceFunction& f, const torch::Tensor& baseline,
                                    std::span<const Site> sites, const PathOptions& options);

/// (y - y') integral of df/dy along the straight line from y' to y in the layer itself, the sentence being
/// the input elsewhere; y' is what the layer holds at the baseline. Sums to f(x) - f(x with y' in the layer).
LayerAttribution layer_integrated_gradients(const SentenceFunction& f, const torch::Tensor& baseline,
                                            std::span<const Site> sites, const PathOptions& options);

/// Mean of (y - y_b) df/dy at a random place between what the layer holds for a random baseline b and for x.
LayerAttribution layer_expected_gradients(const SentenceFunction& f, const torch::Tensor& baselines,
                                          std::span<const Site> sites, const ExpectedOptions& options);

}  // namespace neurox::attribute
