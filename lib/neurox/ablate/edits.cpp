#include "neurox/ablate/edits.h"

#include <algorithm>
#include <map>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

float value_of(const Replacement& replacement, std::int64_t neuron) {
  const OperationRow& row = row_of(replacement.operation);
  if (!row.per_neuron || (replacement.operation == Operation::Add && replacement.values.empty()))
    return replacement.operation == Operation::Zero ? 0 : replacement.value;
  if (replacement.values.empty())
    throw usage_error("{} are not known: give a ranking or activations that hold them",
                      replacement.operation == Operation::Mean ? "means" : "quantiles");
  const double own = replacement.values[static_cast<std::size_t>(neuron)];
  return static_cast<float>(replacement.operation == Operation::Add ? own * replacement.value : own);
}

/// The edited columns of x, #tokens x #neurons edited.
/// @param of_rows  numbers of the tokens among those of the batch; undefined: they are all
torch::Tensor changed(const torch::Tensor& x, const SiteEdit& edit, const torch::Tensor& columns,
                      const torch::Tensor& values, const Places* places, const torch::Tensor& of_rows) {
  const auto chosen_of = [&](const torch::Tensor& all) {
    return of_rows.defined() ? all.index_select(0, of_rows.to(all.device())) : all;
  };
  const torch::Tensor row = values.to(x.dtype()).unsqueeze(0);
  const bool everywhere = places == nullptr || !places->chosen.defined();
  if (edit.change == Change::Replace && everywhere) return row.expand({x.size(0), values.size(0)});
  const torch::Tensor old = x.index_select(1, columns);
  torch::Tensor out;
  switch (edit.change) {
    case Change::Replace:
      out = row.expand_as(old);
      break;
    case Change::Scale:
      out = old * row;
      break;
    case Change::Add:
      out = old + row;
      break;
    case Change::Patch:
    case Change::Resample: {
      const torch::Tensor rows = places == nullptr              ? torch::Tensor()
                                 : edit.change == Change::Patch ? places->counterparts
                                                                : places->drawn;
      if (!rows.defined()) throw usage_error("{}: an edit has no donors", full_name(edit.site));
      out = places->donors(edit.site).index_select(0, chosen_of(rows)).to(x.device(), x.scalar_type());
      out = out.index_select(1, columns);
      break;
    }
  }
  return everywhere ? out : at::where(chosen_of(places->chosen).to(x.device()).unsqueeze(1), out, old);
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
    const bool has_value = !has_donors(row_of(replacement.operation).change);
    by_site[*site].emplace(axis.neurons[i].index, has_value ? value_of(replacement, n) : 0.0F);
  }
  std::vector<SiteEdit> edits;
  for (const auto& [site, columns] : by_site) {
    SiteEdit& edit = edits.emplace_back(SiteEdit{site, {}, {}, row_of(replacement.operation).change});
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
                                           torch::Device device, const Places* places) {
  std::vector<model::Hooks::Guard> guards;
  for (const SiteEdit& edit : edits) {
    const torch::Tensor columns = torch::tensor(edit.neurons, torch::kInt64).to(device);
    const torch::Tensor values = torch::tensor(edit.values, torch::kFloat32).to(device);
    const auto change = [edit, columns, values, places](const torch::Tensor& x, const torch::Tensor& rows) {
      // A copy, not in place: the tensor may be a view of another site's, or needed for gradients.
      return x.index_copy(1, columns, changed(x, edit, columns, values, places, rows));
    };
    guards.push_back(hooks.edit_rows(edit.site, change));
  }
  return guards;
}

void edit_matrix(MatrixF& X, const NeuronAxis& axis, std::span<const SiteEdit> edits) {
  std::map<std::pair<Site, std::int64_t>, std::pair<Change, float>> changes;
  for (const SiteEdit& edit : edits)
    for (std::size_t i = 0; i < edit.neurons.size(); ++i)
      changes.emplace(std::pair{edit.site, edit.neurons[i]}, std::pair{edit.change, edit.values[i]});
  for (std::size_t c = 0; c < axis.size(); ++c) {
    const auto site = site_of(axis.sites[static_cast<std::size_t>(axis.neurons[c].site)]);
    if (!site) continue;
    const auto it = changes.find({*site, axis.neurons[c].index});
    if (it == changes.end()) continue;
    auto column = X.col(static_cast<Index>(c));
    const auto [change, value] = it->second;
    switch (change) {
      case Change::Replace:
        column.setConstant(value);
        break;
      case Change::Scale:
        column *= value;
        break;
      case Change::Add:
        column.array() += value;
        break;
      case Change::Patch:
      case Change::Resample:
        throw usage_error("a matrix of activations has no donors");
    }
  }
}

}  // namespace neurox::ablate
