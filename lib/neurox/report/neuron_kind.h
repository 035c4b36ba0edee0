#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/report/report_data.h"

namespace neurox {

/// What a neuron is like, whatever the task. A neuron may be of several kinds.
enum class NeuronKind {
  Saturated,     ///< at least KindLimits::saturated of its rows lie in a flat part of the non-linearity
  DeadRelu,      ///< behind a ReLU and never above 0
  Constant,      ///< variance below KindLimits::constant
  HighVariance,  ///< among the top KindLimits::tail of its site by log variance
  LowVariance    ///< among the bottom KindLimits::tail of its site, not constant
};

/// `saturated`, `dead`, `constant`, `high-variance`, `low-variance`: as options and tables name them.
std::string_view name(NeuronKind kind);
std::span<const NeuronKind> neuron_kinds();
/// @throws Error{Usage} for a name that is no kind, with the nearest that is
NeuronKind parse_neuron_kind(std::string_view text);

struct KindLimits {
  double saturated = 0.9;
  double constant = 1e-12;
  double tail = 0.05;  ///< share of a site's neurons, at each end
};

/// A neuron as the kinds look at it.
struct KindInput {
  int site;   ///< neurons with the same number are compared with each other
  bool relu;  ///< the site is a ReLU's output
  Statistics statistics;
};

/// The kinds of every neuron, each in the order of NeuronKind.
///
/// Where the share of saturated rows is not known a neuron is not called saturated, and likewise for the
/// others. A tail of a site has floor(tail * #its neurons that are not constant) neurons; ties go to the
/// lower position. Source: saturation after Karpathy, Johnson & Fei-Fei 2015 (there per gate, below 0.1 and
/// above 0.9).
std::vector<std::vector<NeuronKind>> kinds_of(std::span<const KindInput> neurons,
                                              const KindLimits& limits = {});

}  // namespace neurox
