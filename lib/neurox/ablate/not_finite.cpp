#include "neurox/ablate/not_finite.h"

#include <fmt/format.h>

#include <vector>

namespace neurox::ablate {

std::string first_not_finite(model::Model& model, const std::function<void()>& pass) {
  std::string first;
  std::vector<model::Hooks::Guard> guards;
  for (const SiteColumns& columns : model.sites()) {
    const auto site = site_of(columns);
    if (columns.width == 0 || !site) continue;
    guards.push_back(model.hooks().observe(*site, [&first, name = columns.site](const torch::Tensor& x) {
      if (first.empty() && !x.isfinite().all().item<bool>()) first = name;
    }));
  }
  pass();
  return first;
}

std::string not_finite_words(const std::vector<SiteEdit>& edits, const std::string& site) {
  std::size_t neurons = 0;
  for (const SiteEdit& edit : edits) neurons += edit.neurons.size();
  const std::string of = edits.empty()       ? "nothing"
                         : edits.size() == 1 ? full_name(edits.front().site)
                                             : fmt::format("{} sites", edits.size());
  return fmt::format("with {} neuron{} of {} edited, {} is no longer finite; take a smaller number", neurons,
                     neurons == 1 ? "" : "s", of, site.empty() ? "what the model returns" : site);
}

}  // namespace neurox::ablate
