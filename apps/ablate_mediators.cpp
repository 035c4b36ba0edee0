#include "ablate_mediators.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "neuron_choice.h"
#include "neurox/attribute/neuron_groups.h"
#include "neurox/core/error.h"
#include "neurox/core/selection.h"

namespace neurox::apps {
namespace {

/// The model's sites, those of attention weights with a column for each head.
std::vector<SiteColumns> sites_with_heads(const model::Model& model) {
  std::vector<SiteColumns> sites = model.sites();
  for (SiteColumns& columns : sites) {
    const auto site = parse_site(columns.site);
    if (!site || !ablate::is_attention_weights(site->kind)) continue;
    const bool in_encoder = site->stack == Stack::Encoder;
    columns.width = static_cast<int>(in_encoder ? model.config().encoder->heads : model.config().heads);
    columns.head_width = 1;
  }
  return sites;
}

/// The weights of every head of the model.
std::string every_head(const std::vector<SiteColumns>& sites) {
  std::vector<std::string> names;
  for (const SiteColumns& columns : sites)
    if (const auto site = parse_site(columns.site); site && ablate::is_attention_weights(site->kind))
      names.push_back(columns.site);
  if (names.empty())
    throw usage_error("ablate: --mediate head: the model has no attention; take --mediate neuron");
  return fmt::format("{}", fmt::join(names, ","));
}

/// The site whose columns stand for heads that are named by their weights.
Site outputs_of_heads(Site weights) {
  return {weights.kind == SiteKind::CrossPattern ? SiteKind::CrossZ : SiteKind::AttnZ,
          weights.block,
          {},
          weights.stack};
}

}  // namespace

Mediated mediated(const AblateCommandOptions& options, const model::Model& model) {
  const std::vector<SiteColumns> sites = sites_with_heads(model);
  const NeuronAxis all = all_neurons(sites);
  const bool heads = options.neurons.empty() && options.mediate == "head";
  if (options.neurons.empty() && !heads)
    throw usage_error("ablate: --mediate {} takes --neurons, say mlp_post or mlp_out@0-5", options.mediate);
  const NeuronAxis chosen =
      select(all, heads ? select_neurons(every_head(sites), all) : chosen_neurons(options.neurons, all));
  Mediated out;
  out.grouped = options.mediate != "neuron";
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> rows;  // site of the model, column: mediator
  for (const attribute::NeuronGroup& group : attribute::group_neurons(chosen, options.mediate)) {
    const std::size_t number = out.mediators.size();
    std::map<Site, std::vector<std::int64_t>> by_site;
    for (const std::int64_t n : group.neurons) {
      const auto i = static_cast<std::size_t>(n);
      const std::int32_t index = chosen.neurons[i].index;
      const std::string& name = chosen.site(i);
      const Site site = *site_of(chosen.sites[static_cast<std::size_t>(chosen.neurons[i].site)]);
      by_site[site].push_back(index);
      const bool weights = ablate::is_attention_weights(site.kind);
      const std::string in = weights ? full_name(outputs_of_heads(site)) : name;
      const auto at = static_cast<std::size_t>(
          std::find_if(sites.begin(), sites.end(), [&](const SiteColumns& s) { return s.site == in; }) -
          sites.begin());
      const int columns = weights ? sites[at].head_width : 1;
      out.grouped = out.grouped || weights;
      for (std::int32_t c = 0; c < columns; ++c)
        if (!rows.emplace(std::pair{at, index * columns + c}, number).second)
          throw usage_error(
              "ablate: heads by their weights and columns of {} are told of as the same neurons; take one of "
              "them",
              in);
    }
    ablate::Mediator& mediator = out.mediators.emplace_back();
    for (auto& [site, neurons] : by_site) mediator.push_back({site, std::move(neurons)});
    out.names.push_back(group.name);
  }
  std::vector<SiteColumns> used;
  std::size_t last = sites.size();
  for (const auto& [row, number] : rows) {
    if (row.first != last) used.push_back(sites[row.first]);
    last = row.first;
    out.rows.neurons.push_back({static_cast<std::int32_t>(used.size()) - 1, row.second});
    out.mediator_of.push_back(number);
  }
  out.rows.sites = std::move(used);
  return out;
}

}  // namespace neurox::apps
