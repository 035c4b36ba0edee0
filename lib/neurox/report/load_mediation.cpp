#include <algorithm>
#include <numeric>

#include "neurox/io/neuron_table.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t first_neurons = 10, last_neurons = 5, most_pairs = 12;

/// Heads and sites stand in a table of their own.
void add_grouped(const io::Tree& table, MediationFindings& out) {
  const auto names = strings(table, "mediator");
  const auto neurons = numbers(table, "neurons"), indirect = numbers(table, "indirect"),
             direct = numbers(table, "direct");
  const std::size_t n = std::min({names.size(), neurons.size(), indirect.size(), direct.size()});
  for (std::size_t m = 0; m < n; ++m)
    out.rows.push_back({names[m], static_cast<std::int64_t>(neurons[m]), indirect[m], direct[m]});
  out.mediators = static_cast<std::int64_t>(n);
}

/// Of single neurons those with the largest indirect effect and those with the smallest.
void add_neurons(const Loaded& file, MediationFindings& out) {
  const NeuronAxis axis = io::neuron_axis(file.data.obs, file.data.uns, file.where + ":/obs");
  const Index overall = file.data.X->cols() - 1;
  const MatrixF* direct = file.data.layer("direct");
  std::vector<Index> order(static_cast<std::size_t>(file.data.X->rows()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return (*file.data.X)(a, overall) > (*file.data.X)(b, overall); });
  out.mediators = file.data.X->rows();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i >= first_neurons && i + last_neurons < order.size()) continue;
    const Index r = order[i];
    out.rows.push_back({axis.address(static_cast<std::size_t>(r)), 1,
                        static_cast<double>((*file.data.X)(r, overall)),
                        direct == nullptr ? no_value : static_cast<double>((*direct)(r, overall))});
  }
}

void add_pairs(const io::Tree& table, MediationFindings& out) {
  const auto base = strings(table, "base"), counterfactual = strings(table, "counterfactual"),
             base_candidate = strings(table, "base_candidate"),
             counterfactual_candidate = strings(table, "counterfactual_candidate");
  const auto ratio = numbers(table, "ratio"), counterfactual_ratio = numbers(table, "counterfactual_ratio"),
             total = numbers(table, "total_effect");
  const std::size_t n =
      std::min({base.size(), counterfactual.size(), base_candidate.size(), counterfactual_candidate.size(),
                ratio.size(), counterfactual_ratio.size(), total.size()});
  out.all_pairs = static_cast<std::int64_t>(n);
  for (std::size_t i = 0; i < std::min(n, most_pairs); ++i)
    out.pairs.push_back({base[i], counterfactual[i], base_candidate[i], counterfactual_candidate[i], ratio[i],
                         counterfactual_ratio[i], total[i]});
}

}  // namespace

bool mediation(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "ranking" || !file.data.X || file.data.X->cols() == 0 ||
      text(child(file.data.uns, "ranking"), "method") != "mediation")
    return false;
  MediationFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.unit = text(file.provenance.settings, "mediate");
  if (const io::Tree& table = child(file.data.uns, "mediators"); table.empty())
    add_neurons(file, found);
  else
    add_grouped(table, found);
  add_pairs(child(file.data.uns, "pairs"), found);
  const io::Tree& totals = child(file.data.uns, "totals");
  // The last class is all pairs.
  if (const auto effect = numbers(totals, "total_effect"); !effect.empty())
    found.total_effect = effect.back();
  if (const auto error = numbers(totals, "standard_error"); !error.empty())
    found.standard_error = error.back();
  const io::Tree& bias = child(file.data.uns, "bias");
  found.candidates = text(bias, "candidates");
  found.bias_ratio = number(bias, "geometric_mean"), found.biased_share = number(bias, "share_above_1");
  out.mediations.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
