#include "neurox/ablate/edits.h"

#include <algorithm>
#include <map>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

float value_of(const Replacement& replacement, std::int64_t neuron) {
  switch (replacement.operation) {
    case Operation::Zero:
      return 0;
    case Operation::Set:
      return replacement.value;
    case Operation::Mean:
      break;
  }
  if (replacement.means.empty())
    throw usage_error("means are not known: give a ranking or activations that hold them");
  return static_cast<float>(replacement.means[static_cast<std::size_t>(neuron)]);
}

}  // namespace

std::vector<SiteEdit> site_edits(const NeuronAxis& axis, std::span<const std::int64_t> neurons,
                                 const Replacement& replacement) {
  std::map<Site, std::map<std::int64_t, float>> by_site;
  for (const std::int64_t n : neurons) {
    const auto i = static_cast<std::size_t>(n);
    const auto site = site_of(axis.sites[static_cast<std::size_t>(axis.neurons[i].site)]);
    if (!site || site->kind == SiteKind::AttnPattern)
      throw usage_error("{}: neurons of this site cannot be replaced; for a head take its columns of attn_z",
                        axis.site(i));
    by_site[*site].emplace(axis.neurons[i].index, value_of(replacement, n));
  }
  std::vector<SiteEdit> edits;
  for (const auto& [site, columns] : by_site) {
    SiteEdit& edit = edits.emplace_back(SiteEdit{site, {}, {}});
    for (const auto& [neuron, value] : columns) {
      edit.neurons.push_back(neuron);
      edit.values.push_back(value);
    }
  }
  return edits;
}

int first_block(std::span<const SiteEdit> edits, int blocks) {
  int first = blocks;
  for (const SiteEdit& edit : edits)
    if (edit.site.block >= 0) first = std::min(first, edit.site.block);
  return first;
}

std::vector<model::Hooks::Guard> put_edits(model::Hooks& hooks, std::span<const SiteEdit> edits,
                                           torch::Device device) {
  std::vector<model::Hooks::Guard> guards;
  for (const SiteEdit& edit : edits) {
    const torch::Tensor columns = torch::tensor(edit.neurons, torch::kInt64).to(device);
    const torch::Tensor values = torch::tensor(edit.values, torch::kFloat32).to(device);
    guards.push_back(hooks.edit(edit.site, [columns, values](const torch::Tensor& x) {
      // A copy, not in place: the tensor may be a view of another site's, or needed for gradients.
      return x.index_copy(1, columns, values.to(x.dtype()).unsqueeze(0).expand({x.size(0), values.size(0)}));
    }));
  }
  return guards;
}

void edit_matrix(MatrixF& X, const NeuronAxis& axis, std::span<const SiteEdit> edits) {
  std::map<std::pair<Site, std::int64_t>, float> value;
  for (const SiteEdit& edit : edits)
    for (std::size_t i = 0; i < edit.neurons.size(); ++i)
      value.emplace(std::pair{edit.site, edit.neurons[i]}, edit.values[i]);
  for (std::size_t c = 0; c < axis.size(); ++c) {
    const auto site = site_of(axis.sites[static_cast<std::size_t>(axis.neurons[c].site)]);
    if (!site) continue;
    if (const auto it = value.find({*site, axis.neurons[c].index}); it != value.end())
      X.col(static_cast<Index>(c)).setConstant(it->second);
  }
}

}  // namespace neurox::ablate
