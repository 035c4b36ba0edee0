#include "neurox/ablate/behind_mlp.h"

#include <algorithm>

#include "neurox/core/error.h"
#include "neurox/model/transformer.h"

namespace neurox::ablate {
namespace {

using torch::Tensor;

/// What an edit adds to its units' activations, #tokens x #units edited.
Tensor change_of(const SiteEdit& edit, const Tensor& intact) {
  const Tensor values = torch::tensor(edit.values).to(intact.options());
  switch (edit.change) {
    case Change::Add:
      return values.expand_as(intact);
    case Change::Scale:
      return intact * (values - 1);
    default:
      return values - intact;
  }
}

}  // namespace

bool begins_behind_mlp(const model::Model& model, std::span<const SiteEdit> edits, int block) {
  if (!model.starts_at_blocks() || block < 0 || block + 1 >= model.config().blocks ||
      model.layers(block).mlp_post_norm)
    return false;
  return std::all_of(edits.begin(), edits.end(), [&](const SiteEdit& e) {
    return !has_donors(e.change) && (e.site.block != block || e.site.kind == SiteKind::MlpPost);
  });
}

Tensor resid_behind_mlp(const model::Model& model, int block, const MlpOutcome& outcome,
                        ConditionList conditions, const Places* places) {
  const model::BlockLayers& layers = model.layers(block);
  const std::int64_t tokens = outcome.post.size(0), units = outcome.post.size(1);
  Tensor out = outcome.sum.repeat({static_cast<std::int64_t>(conditions.size()), 1});
  for (std::size_t c = 0; c < conditions.size(); ++c)
    for (const SiteEdit& edit : *conditions[c]) {
      if (edit.site.block != block) continue;
      for (const std::int64_t unit : edit.neurons)
        if (unit < 0 || unit >= units)
          throw usage_error("{}: no neuron {}; it has {}", full_name(edit.site), unit, units);
      const Tensor columns = torch::tensor(edit.neurons, torch::kInt64).to(out.device());
      Tensor change = change_of(edit, outcome.post.index_select(1, columns));
      if (places != nullptr && places->chosen.defined())
        change = change * places->chosen.to(out.device()).unsqueeze(1);
      out.narrow(0, static_cast<std::int64_t>(c) * tokens, tokens)
          .addmm_(change, layers.mlp_down.weight.index_select(1, columns).t());
    }
  return model.config().architecture->norm_first ? out : layers.mlp_norm(out);
}

}  // namespace neurox::ablate
