#include "neurox/extract/pooled_forward.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/extract/packing.h"

namespace neurox::extract {

std::int64_t pooling_cells(const SentencePlan& plan) {
  std::int64_t cells = 0;
  for (const PlannedRow& row : plan.rows)
    cells += std::max<std::int64_t>(1, static_cast<std::int64_t>(row.groups.size()));
  return cells;
}

std::vector<Site> observed_sites(const std::vector<SiteColumns>& columns) {
  std::vector<Site> sites;
  for (const SiteColumns& c : columns) {
    if (c.width == 0)
      throw usage_error(
          "{} has no columns of its own: its shape depends on the sentence; choose attn_z for what a head "
          "passes on",
          c.site);
    const std::optional<Site> site = site_of(c);
    if (!site) throw usage_error("'{}' is no site of a model", c.site);
    sites.push_back(*site);
  }
  return sites;
}

std::vector<model::Hooks::Guard> pour_into(model::Hooks& hooks, const std::vector<SiteColumns>& columns,
                                           const std::vector<Flow>*& flows, MatrixF& cells) {
  const std::vector<Site> sites = observed_sites(columns);
  std::vector<model::Hooks::Guard> guards;
  std::int64_t column = 0;
  for (std::size_t s = 0; s < sites.size(); ++s) {
    guards.push_back(hooks.observe(sites[s], [&flows, &cells, column](const torch::Tensor& values) {
      pour(values, *flows, cells, column);
    }));
    column += columns[s].width;
  }
  return guards;
}

void refuse_non_finite(const MatrixF& X, const std::vector<SiteColumns>& sites) {
  for (Index r = 0; r < X.rows(); ++r) {
    if (std::isfinite(X.row(r).sum())) continue;
    for (Index c = 0; c < X.cols(); ++c) {
      if (std::isfinite(X(r, c))) continue;
      Index column = c;
      std::size_t site = 0;
      while (column >= sites[site].width) column -= sites[site++].width;
      throw numeric_error(
          "the model gives {} at {}:{} (row {} of the window); its weights or an edit overflow", X(r, c),
          sites[site].site, column, r);
    }
  }
}

PooledForward::PooledForward(model::Model& model, ForwardOptions options)
    : model_(model), options_(std::move(options)), sites_(observed_sites(options_.sites)) {
  for (const SiteColumns& columns : options_.sites) neurons_ += columns.width;
}

MatrixF PooledForward::run(std::span<const SentencePlan> plans) {
  const Packing packing(plans, options_.batch_tokens * batch_factor(model_), lengths_for(model_));
  MatrixF cells = MatrixF::Zero(packing.cells(), neurons_);
  const std::vector<Flow>* flows = nullptr;
  const auto guards = pour_into(model_.hooks(), options_.sites, flows, cells);
  const std::optional<Site> last =
      sites_.empty() ? std::nullopt : std::optional(*std::max_element(sites_.begin(), sites_.end()));
  const c10::InferenceMode no_gradients;
  for (const PackedBatch& packed : packing.batches()) {
    flows = &packed.flows;  // NOLINT(clang-analyzer-deadcode.DeadStores): the guards read it
    model_.forward(packed.batch, last);
  }
  MatrixF rows = packing.join(std::move(cells));
  refuse_non_finite(rows, options_.sites);
  return rows;
}

}  // namespace neurox::extract
