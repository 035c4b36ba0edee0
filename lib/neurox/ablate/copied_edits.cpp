#include "neurox/ablate/copied_edits.h"

#include <torch/types.h>

#include <map>

#include "neurox/core/error.h"

namespace neurox::ablate {
namespace {

/// Which columns of one site which copies change, by what: copies x 1 x width. What is changed becomes
/// factor * x + value; factors are undefined while all of them are 0.
struct Columns {
  torch::Tensor changed, values, factors;
};

std::int64_t width_of(const model::Model& model, Site site) {
  for (const SiteColumns& columns : model.sites())
    if (columns.width > 0 && site_of(columns) == site) return columns.width;
  throw usage_error("{}: neurons of this site cannot be replaced", full_name(site));
}

}  // namespace

std::vector<std::pair<Site, model::Hooks::Edit>> copied_edits(const model::Model& model,
                                                              ConditionList conditions, int behind_mlp_of,
                                                              const Places* places) {
  std::map<Site, Columns> by_site;
  const auto copies = static_cast<std::int64_t>(conditions.size());
  for (std::int64_t copy = 0; copy < copies; ++copy)
    for (const SiteEdit& edit : *conditions[static_cast<std::size_t>(copy)]) {
      if (behind_mlp_of >= 0 && edit.site.block == behind_mlp_of) continue;
      auto it = by_site.find(edit.site);
      if (it == by_site.end()) {
        const std::int64_t width = width_of(model, edit.site);
        const Columns none{at::zeros({copies, 1, width}, torch::kBool), at::zeros({copies, 1, width}), {}};
        it = by_site.emplace(edit.site, none).first;
      }
      const std::int64_t width = it->second.values.size(2);
      for (std::size_t i = 0; i < edit.neurons.size(); ++i) {
        const std::int64_t neuron = edit.neurons[i];
        if (neuron < 0 || neuron >= width)
          throw usage_error("{}: no neuron {}; it has {}", full_name(edit.site), neuron, width);
        it->second.changed.data_ptr<bool>()[copy * width + neuron] = true;
        const std::int64_t place = copy * width + neuron;
        if (has_donors(edit.change)) throw usage_error("edits with donors cannot go together");
        if (edit.change != Change::Replace) {
          if (!it->second.factors.defined()) it->second.factors = at::zeros_like(it->second.values);
          it->second.factors.data_ptr<float>()[place] = edit.change == Change::Scale ? edit.values[i] : 1;
        }
        if (edit.change != Change::Scale) it->second.values.data_ptr<float>()[place] = edit.values[i];
      }
    }
  std::vector<std::pair<Site, model::Hooks::Edit>> out;
  for (const auto& [site, columns] : by_site)
    out.emplace_back(site, [columns = columns, places](const torch::Tensor& x) {
      const torch::Tensor by_copy = x.reshape({columns.values.size(0), -1, x.size(-1)});
      torch::Tensor values = columns.values.to(x.options());
      if (columns.factors.defined()) {
        const torch::Tensor factors = columns.factors.to(x.options());
        // What is replaced does not depend on what was there, were it NaN.
        values = at::where(factors == 0, values, by_copy * factors + values);
      }
      torch::Tensor changed = columns.changed.to(x.device());
      if (places != nullptr && places->chosen.defined())
        changed = changed.logical_and(places->chosen.to(x.device()).view({1, -1, 1}));
      return at::where(changed, values, by_copy).reshape(x.sizes());
    });
  return out;
}

}  // namespace neurox::ablate
