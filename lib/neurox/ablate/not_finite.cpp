#include "neurox/ablate/not_finite.h"

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

}  // namespace neurox::ablate
