#include "neurox/ablate/edited_passes.h"

#include <algorithm>

#include "neurox/ablate/copied_edits.h"
#include "neurox/ablate/not_finite.h"
#include "neurox/core/error.h"
#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"
#include "neurox/model/one_position.h"

namespace neurox::ablate {
namespace {

using torch::Tensor;

bool joinable(const std::vector<SiteEdit>& edits) {
  return !edits.empty() &&
         std::none_of(edits.begin(), edits.end(), [](const SiteEdit& e) { return has_donors(e.change); });
}

model::Batch copies_of(const model::Batch& batch, std::int64_t n) {
  model::Batch copies;
  for (std::int64_t c = 0; c < n; ++c)
    copies.lengths.insert(copies.lengths.end(), batch.lengths.begin(), batch.lengths.end());
  copies.ids = batch.ids.repeat({n});
  if (batch.type_ids.defined()) copies.type_ids = batch.type_ids.repeat({n});
  return copies;
}

/// The last block at the position that a sequence classifier reads.
Tensor last_block_read(const model::Model& model, const Tensor& resid, const model::Batch& batch) {
  std::vector<std::int64_t> positions(batch.lengths.size(), 0);
  if (model.config().reads_last())
    std::transform(batch.lengths.begin(), batch.lengths.end(), positions.begin(),
                   [](std::int64_t length) { return length - 1; });
  return model::last_block_at(model, resid, batch.lengths, positions);
}

}  // namespace

EditedPasses::EditedPasses(model::Model& model, const AblationOptions& options,
                           const std::vector<std::unique_ptr<Measure>>& measures,
                           const std::vector<std::vector<SiteEdit>>& edits)
    : model_(model), options_(options), edits_(edits), sites_(extract::observed_sites(options.probe_sites)) {
  for (const SiteColumns& columns : options.probe_sites) neurons_ += columns.width;
  const bool whole =
      std::any_of(measures.begin(), measures.end(), [](const auto& m) { return m->needs_heads(); });
  if (!whole && !sites_.empty()) last_ = *std::max_element(sites_.begin(), sites_.end());
  const int blocks = blocks_to_begin_at();
  one_position_ =
      blocks > 0 && sites_.empty() && !measures.empty() &&
      std::all_of(measures.begin(), measures.end(), [](const auto& m) { return m->reads_one_position(); });
  beginning_at_.assign(static_cast<std::size_t>(blocks) + 1, 0);
  for (const auto& condition : edits)
    if (!condition.empty() && blocks > 0)
      ++beginning_at_[static_cast<std::size_t>(first_block(condition, blocks))];
}

/// 0: a pass begins at the words.
int EditedPasses::blocks_to_begin_at() const {
  return model_.starts_at_blocks() ? model_.config().blocks : 0;
}

/// Of one condition alone, the intact MLP costs as much as it saves; rows of a probe may lie before it.
bool EditedPasses::behind_mlp(std::span<const SiteEdit> edits, int first) const {
  return sites_.empty() && beginning_at_[static_cast<std::size_t>(first)] > 1 &&
         begins_behind_mlp(model_, edits, first);
}

Kept EditedPasses::intact(const extract::Packing& packing) {
  Kept kept;
  kept.cells = MatrixF::Zero(packing.cells(), neurons_);
  const std::vector<extract::Flow>* flows = nullptr;
  auto guards = extract::pour_into(model_.hooks(), options_.probe_sites, flows, kept.cells);
  std::vector<Tensor>* inputs = nullptr;
  const int blocks = blocks_to_begin_at();
  for (int b = 0; b < blocks; ++b)
    guards.push_back(model_.hooks().observe({SiteKind::ResidPre, b},
                                            [&inputs](const Tensor& x) { inputs->push_back(x); }));
  for (const extract::PackedBatch& packed : packing.batches()) {
    flows = &packed.flows;  // NOLINT(clang-analyzer-deadcode.DeadStores): the guards read it
    inputs = &kept.block_inputs.emplace_back();
    kept.hidden.push_back(read(model_.forward(packed.batch, last_), packed.batch));
  }
  return kept;
}

/// What the intact model's block gives, once for all conditions that begin behind its MLP.
void EditedPasses::keep_mlp(const extract::Packing& packing, Kept& kept, int block) {
  if (kept.mlp_block == block) return;
  kept.mlp.clear();
  kept.mlp_block = block;
  Tensor mid, post, out;
  std::vector<model::Hooks::Guard> guards;
  const auto keep = [&](SiteKind kind, Tensor& to) {
    guards.push_back(model_.hooks().observe({kind, block}, [&to](const Tensor& x) { to = x; }));
  };
  keep(SiteKind::ResidMid, mid);
  keep(SiteKind::MlpPost, post);
  keep(SiteKind::MlpOut, out);
  for (std::size_t b = 0; b < packing.batches().size(); ++b) {
    model_.forward_from(block, kept.block_inputs[b][static_cast<std::size_t>(block)],
                        packing.batches()[b].batch, Site{SiteKind::ResidPost, block});
    kept.mlp.push_back({post, mid + out});
  }
}

/// From what a block receives to what measures look at.
Tensor EditedPasses::from(int block, const Tensor& resid, const model::Batch& batch,
                          Conditions conditions) const {
  const int last = model_.config().blocks - 1;
  const bool before_last = std::all_of(conditions.begin(), conditions.end(), [&](const auto& edits) {
    return std::all_of(edits.begin(), edits.end(),
                       [&](const SiteEdit& e) { return e.site.block >= 0 && e.site.block < last; });
  });
  const std::int64_t longest = *std::max_element(batch.lengths.begin(), batch.lengths.end());
  if (!one_position_ || !before_last || !model::suits_last_block_at(model_, longest))
    return read(model_.forward_from(block, resid, batch, last_), batch);
  return last_block_read(
      model_,
      block == last ? resid : model_.forward_from(block, resid, batch, Site{SiteKind::ResidPost, last - 1}),
      batch);
}

Tensor EditedPasses::read(const Tensor& hidden, const model::Batch& batch) const {
  if (!one_position_) return hidden;
  std::vector<std::int64_t> rows = batch.offsets();
  rows.resize(batch.lengths.size());
  if (model_.config().reads_last())
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += batch.lengths[i] - 1;
  return hidden.index_select(0, torch::tensor(rows, torch::kInt64).to(hidden.device()));
}

std::pair<MatrixF, std::vector<Tensor>> EditedPasses::edited(const extract::Packing& packing,
                                                             const Window& window, Kept& kept,
                                                             std::size_t condition) {
  const std::vector<SiteEdit>& edits = edits_[condition];
  // A TorchScript module has no blocks to begin from: the whole pass is run.
  const int blocks = blocks_to_begin_at();
  const bool whole = blocks == 0;
  const int first = whole ? 0 : std::min(first_block(edits, blocks), blocks - 1);
  // Columns of sites that the pass computes again begin at zero; the others keep what they were.
  MatrixF cells = kept.cells;
  std::int64_t column = 0;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const std::int64_t width = options_.probe_sites[s].width;
    if (sites_[s].block < 0 || sites_[s].block >= first) cells.middleCols(column, width).setZero();
    column += width;
  }
  const bool beyond =
      !whole && last_ && last_->block >= 0 && first > last_->block;  // nothing that is looked at changes
  if (beyond) return {kept.cells, kept.hidden};
  const bool behind = !whole && behind_mlp(edits, first);
  if (behind) keep_mlp(packing, kept, first);
  const std::vector<extract::Flow>* flows = nullptr;
  auto guards = extract::pour_into(model_.hooks(), options_.probe_sites, flows, cells);
  Places places;
  for (auto& guard : put_edits(model_.hooks(), edits, model_.device(), &places))
    guards.push_back(std::move(guard));
  std::vector<Tensor> hidden;
  const std::vector<SiteEdit>* const alone = &edits;
  for (std::size_t b = 0; b < packing.batches().size(); ++b) {
    flows = &packing.batches()[b].flows;  // NOLINT(clang-analyzer-deadcode.DeadStores): the guards read it
    places = window.places[b];
    const model::Batch& batch = packing.batches()[b].batch;
    const auto pass = [&] {
      return whole ? model_.forward(batch, last_)
                   : model_.forward_from(first, kept.block_inputs[b][static_cast<std::size_t>(first)], batch,
                                         last_);
    };
    if (behind)
      hidden.push_back(from(first + 1, resid_behind_mlp(model_, first, kept.mlp[b], {&alone, 1}, &places),
                            batch, {alone, 1}));
    else if (one_position_)
      hidden.push_back(from(first, kept.block_inputs[b][static_cast<std::size_t>(first)], batch, {alone, 1}));
    else
      hidden.push_back(pass());
    refuse_non_finite_pass(hidden.back(), packing.batches()[b], packing, window, edits, pass);
  }
  return {std::move(cells), std::move(hidden)};
}

std::size_t EditedPasses::joined(std::size_t condition, const extract::Packing& packing) const {
  const int blocks = blocks_to_begin_at();
  if (!options_.probe_sites.empty() || blocks == 0 || !joinable(edits_[condition])) return 1;
  std::int64_t tokens = 1;
  for (const extract::PackedBatch& packed : packing.batches()) tokens += packed.batch.tokens();
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.batch_tokens / tokens));
  const int first = first_block(edits_[condition], blocks);
  std::size_t n = 1;
  while (n < most && condition + n < edits_.size() && joinable(edits_[condition + n]) &&
         first_block(edits_[condition + n], blocks) == first)
    ++n;
  return n;
}

std::vector<std::vector<Tensor>> EditedPasses::together(const extract::Packing& packing, const Window& window,
                                                        Kept& kept, std::size_t condition, std::size_t n) {
  const int blocks = model_.config().blocks;
  const Conditions conditions{edits_.data() + condition, n};
  const int first = std::min(first_block(conditions.front(), blocks), blocks - 1);
  const bool behind = std::all_of(conditions.begin(), conditions.end(),
                                  [&](const auto& edits) { return behind_mlp(edits, first); });
  if (behind) keep_mlp(packing, kept, first);
  std::vector<const std::vector<SiteEdit>*> list;
  for (const auto& edits : conditions) list.push_back(&edits);
  std::vector<model::Hooks::Guard> guards;
  Places places;
  for (auto& [site, edit] : copied_edits(model_, list, behind ? first : -1, &places))
    guards.push_back(model_.hooks().edit(site, std::move(edit)));
  std::vector<std::vector<Tensor>> hidden(n);
  for (std::size_t b = 0; b < packing.batches().size(); ++b) {
    places = window.places[b];
    const model::Batch& batch = packing.batches()[b].batch;
    const auto count = static_cast<std::int64_t>(n);
    const Tensor& input = kept.block_inputs[b][static_cast<std::size_t>(first)];
    const Tensor all = behind ? from(first + 1, resid_behind_mlp(model_, first, kept.mlp[b], list, &places),
                                     copies_of(batch, count), conditions)
                              : from(first, input.repeat({count, 1}), copies_of(batch, count), conditions);
    const auto parts = all.chunk(count);
    for (std::size_t c = 0; c < n; ++c) {
      hidden[c].push_back(parts[c]);
      if (parts[c].isfinite().all().item<bool>()) continue;
      guards.clear();
      edited(packing, window, kept, condition + c);  // says where
    }
  }
  return hidden;
}

template <class Pass>
void EditedPasses::refuse_non_finite_pass(const Tensor& hidden, const extract::PackedBatch& batch,
                                          const extract::Packing& packing, const Window& window,
                                          const std::vector<SiteEdit>& edits, const Pass& pass) {
  if (!hidden.defined() || hidden.isfinite().all().item<bool>()) return;
  const std::string site = first_not_finite(model_, pass);
  auto at = at::nonzero(hidden.isfinite().all(1).logical_not())[0].template item<std::int64_t>();
  if (!one_position_) {
    const std::vector<std::int64_t> offsets = batch.batch.offsets();
    at = std::upper_bound(offsets.begin(), offsets.end(), at) - offsets.begin() - 1;
  }
  const auto segment = static_cast<std::size_t>(batch.segments[static_cast<std::size_t>(at)]);
  throw numeric_error("sentence {}: {}", window.first_sentence + packing.plan_of_segment()[segment] + 1,
                      not_finite_words(edits, site));
}

}  // namespace neurox::ablate
