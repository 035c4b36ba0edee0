#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "neurox/attribute/sentence_function.h"

/// Where a number that is not finite comes from; only when one has been met.
namespace neurox::attribute {
namespace {

bool finite(const torch::Tensor& x) {
  return x.isfinite().all().item<bool>();
}

/// A site's activations and where they stand.
struct Seen {
  Site site;
  torch::Tensor activations;
};

}  // namespace

/// ` (first at SITE)`: of values the first site in the order of computation, of gradients, which flow back,
/// the last one. Nothing where the numbers are finite there, or where that cannot be told.
std::string SentenceFunction::where_not_finite(const torch::Tensor& points) const {
  const torch::AutoGradMode with_gradients(true);
  for (const torch::Tensor& point : points.split(1)) {
    const torch::Tensor input = point.detach().requires_grad_(true);
    if (!finite(input)) return " (at the word embeddings)";
    std::vector<Seen> seen;
    torch::Tensor value;
    {
      std::vector<model::Hooks::Guard> guards;
      for (const SiteColumns& columns : model_.sites()) {
        const auto site = parse_site(columns.site);
        if (columns.width == 0 || !site) continue;
        guards.push_back(model_.hooks().observe(*site, [&seen, at = *site](const torch::Tensor& x) {
          seen.push_back({at, x});
        }));
      }
      value = graph(input);
    }
    for (const Seen& s : seen)
      if (!finite(s.activations)) return fmt::format(" (first at {})", full_name(s.site));
    if (!finite(value)) return " (at the target)";
    std::vector<torch::Tensor> wanted;
    for (const Seen& s : seen) wanted.push_back(s.activations);
    const auto gradients = torch::autograd::grad({value.sum()}, wanted, {}, false, false, true);
    for (std::size_t i = seen.size(); i-- > 0;)
      if (gradients[i].defined() && !finite(gradients[i]))
        return fmt::format(" (first at {})", full_name(seen[i].site));
  }
  return {};
}

}  // namespace neurox::attribute
