#include "neurox/report/neuron_kind.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox {
namespace {

constexpr std::array kKinds{NeuronKind::Saturated, NeuronKind::DeadRelu, NeuronKind::Constant,
                            NeuronKind::HighVariance, NeuronKind::LowVariance};

}  // namespace

std::string_view name(NeuronKind kind) {
  switch (kind) {
    case NeuronKind::Saturated:
      return "saturated";
    case NeuronKind::DeadRelu:
      return "dead";
    case NeuronKind::Constant:
      return "constant";
    case NeuronKind::HighVariance:
      return "high-variance";
    case NeuronKind::LowVariance:
      return "low-variance";
  }
  return {};
}

std::span<const NeuronKind> neuron_kinds() {
  return kKinds;
}

NeuronKind parse_neuron_kind(std::string_view text) {
  std::vector<std::string> names;
  for (const NeuronKind kind : kKinds) {
    if (name(kind) == text) return kind;
    names.emplace_back(name(kind));
  }
  throw usage_error("'{}' is no kind of neuron{}; there are {}", text, did_you_mean(text, names),
                    fmt::join(names, ", "));
}

std::vector<std::vector<NeuronKind>> kinds_of(std::span<const KindInput> neurons, const KindLimits& limits) {
  std::vector<bool> high(neurons.size()), low(neurons.size());
  std::map<int, std::vector<std::size_t>> sites;
  const auto constant = [&](const KindInput& n) { return n.statistics.variance < limits.constant; };
  for (std::size_t i = 0; i < neurons.size(); ++i)
    if (!std::isnan(neurons[i].statistics.variance) && !constant(neurons[i]))
      sites[neurons[i].site].push_back(i);
  for (auto& [site, members] : sites) {
    // Log is monotone, so the order of variances is the order of their logs.
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return neurons[a].statistics.variance > neurons[b].statistics.variance;
    });
    const auto n = static_cast<std::size_t>(limits.tail * static_cast<double>(members.size()));
    for (std::size_t i = 0; i < n; ++i) high[members[i]] = true;
    std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
      return neurons[a].statistics.variance < neurons[b].statistics.variance;
    });
    for (std::size_t i = 0; i < n; ++i) low[members[i]] = true;
  }
  std::vector<std::vector<NeuronKind>> out(neurons.size());
  for (std::size_t i = 0; i < neurons.size(); ++i) {
    const Statistics& s = neurons[i].statistics;
    if (s.saturated >= limits.saturated) out[i].push_back(NeuronKind::Saturated);
    if (neurons[i].relu && s.max <= 0) out[i].push_back(NeuronKind::DeadRelu);
    if (constant(neurons[i])) out[i].push_back(NeuronKind::Constant);
    if (high[i]) out[i].push_back(NeuronKind::HighVariance);
    if (low[i]) out[i].push_back(NeuronKind::LowVariance);
  }
  return out;
}

}  // namespace neurox
