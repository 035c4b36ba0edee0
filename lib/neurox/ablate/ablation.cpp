#include "neurox/ablate/ablation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "neurox/ablate/copied_edits.h"
#include "neurox/ablate/not_finite.h"
#include "neurox/core/error.h"
#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"

namespace neurox::ablate {
namespace {

struct Window {
  std::vector<io::Sentence> sentences;
  std::vector<extract::SentencePlan> plans;
  std::int64_t first_sentence = 0;
  PlacedWindow placed;
  std::vector<Places> places;  ///< per batch
};

/// One window in the intact model: what later conditions begin from.
struct Kept {
  std::vector<std::vector<torch::Tensor>> block_inputs;  ///< [batch][block]
  std::vector<torch::Tensor> hidden;                     ///< [batch]
  MatrixF cells;
};

class Runner {
 public:
  Runner(model::Model& model, const AblationOptions& options, bool whole_pass)
      : model_(model), options_(options), sites_(extract::observed_sites(options.probe_sites)) {
    for (const SiteColumns& columns : options.probe_sites) neurons_ += columns.width;
    if (!whole_pass && !sites_.empty()) last_ = *std::max_element(sites_.begin(), sites_.end());
  }

  /// 0: a pass begins at the words.
  int blocks_to_begin_at() const { return model_.starts_at_blocks() ? model_.config().blocks : 0; }

  Kept intact(const extract::Packing& packing) {
    Kept kept;
    kept.cells = MatrixF::Zero(packing.cells(), neurons_);
    const std::vector<extract::Flow>* flows = nullptr;
    auto guards = extract::pour_into(model_.hooks(), options_.probe_sites, flows, kept.cells);
    std::vector<torch::Tensor>* inputs = nullptr;
    const int blocks = blocks_to_begin_at();
    for (int b = 0; b < blocks; ++b)
      guards.push_back(model_.hooks().observe({SiteKind::ResidPre, b},
                                              [&inputs](const torch::Tensor& x) { inputs->push_back(x); }));
    for (const extract::PackedBatch& packed : packing.batches()) {
      flows = &packed.flows;  // NOLINT(clang-analyzer-deadcode.DeadStores): the guards read it
      inputs = &kept.block_inputs.emplace_back();
      kept.hidden.push_back(model_.forward(packed.batch, last_));
    }
    return kept;
  }

  /// Rows and hidden states under these edits; what they leave unchanged is taken from the intact pass.
  std::pair<MatrixF, std::vector<torch::Tensor>> edited(const extract::Packing& packing, const Window& window,
                                                        const Kept& kept,
                                                        const std::vector<SiteEdit>& edits) {
    // A TorchScript module has no blocks to begin from: the whole pass is run.
    const bool whole = blocks_to_begin_at() == 0;
    const int first =
        whole ? 0 : std::min(first_block(edits, model_.config().blocks), model_.config().blocks - 1);
    // Columns of sites that the pass computes again begin at zero; the others keep what they were.
    MatrixF cells = kept.cells;
    std::int64_t column = 0;
    for (std::size_t s = 0; s < sites_.size(); ++s) {
      const std::int64_t width = options_.probe_sites[s].width;
      if (sites_[s].block < 0 || sites_[s].block >= first) cells.middleCols(column, width).setZero();
      column += width;
    }
    const std::vector<extract::Flow>* flows = nullptr;
    auto guards = extract::pour_into(model_.hooks(), options_.probe_sites, flows, cells);
    Places places;
    for (auto& guard : put_edits(model_.hooks(), edits, model_.device(), &places))
      guards.push_back(std::move(guard));
    std::vector<torch::Tensor> hidden;
    const bool beyond =
        !whole && last_ && last_->block >= 0 && first > last_->block;  // nothing that is looked at changes
    if (beyond) return {kept.cells, kept.hidden};
    for (std::size_t b = 0; b < packing.batches().size(); ++b) {
      flows = &packing.batches()[b].flows;  // NOLINT(clang-analyzer-deadcode.DeadStores): the guards read it
      places = window.places[b];
      const model::Batch& batch = packing.batches()[b].batch;
      const auto pass = [&] {
        return whole ? model_.forward(batch, last_)
                     : model_.forward_from(first, kept.block_inputs[b][static_cast<std::size_t>(first)],
                                           batch, last_);
      };
      hidden.push_back(pass());
      refuse_non_finite_pass(hidden.back(), packing.batches()[b], packing, window, edits, pass);
    }
    return {std::move(cells), std::move(hidden)};
  }

  /// How many conditions from this one on go through the model together: those that begin at one block, as
  /// long as copies of a small window fit in a pass and no rows of a probe are asked for.
  std::size_t joined(const std::vector<std::vector<SiteEdit>>& edits, std::size_t from,
                     const extract::Packing& packing) const {
    const int blocks = blocks_to_begin_at();
    if (!options_.probe_sites.empty() || blocks == 0 || !joinable(edits[from])) return 1;
    std::int64_t tokens = 1;
    for (const extract::PackedBatch& packed : packing.batches()) tokens += packed.batch.tokens();
    const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.batch_tokens / tokens));
    const int first = first_block(edits[from], blocks);
    std::size_t n = 1;
    while (n < most && from + n < edits.size() && joinable(edits[from + n]) &&
           first_block(edits[from + n], blocks) == first)
      ++n;
    return n;
  }

  /// Hidden states of such conditions, from one pass over copies of each batch: [condition][batch].
  std::vector<std::vector<torch::Tensor>> together(const extract::Packing& packing, const Window& window,
                                                   const Kept& kept, ConditionList conditions) {
    const int blocks = model_.config().blocks;
    const auto n = static_cast<std::int64_t>(conditions.size());
    const int first = std::min(first_block(*conditions.front(), blocks), blocks - 1);
    std::vector<model::Hooks::Guard> guards;
    Places places;
    for (auto& [site, edit] : copied_edits(model_, conditions, -1, &places))
      guards.push_back(model_.hooks().edit(site, std::move(edit)));
    std::vector<std::vector<torch::Tensor>> hidden(conditions.size());
    for (std::size_t b = 0; b < packing.batches().size(); ++b) {
      places = window.places[b];
      const model::Batch& batch = packing.batches()[b].batch;
      model::Batch copies;
      for (std::int64_t c = 0; c < n; ++c)
        copies.lengths.insert(copies.lengths.end(), batch.lengths.begin(), batch.lengths.end());
      copies.ids = batch.ids.repeat({n});
      if (batch.type_ids.defined()) copies.type_ids = batch.type_ids.repeat({n});
      const torch::Tensor resid = kept.block_inputs[b][static_cast<std::size_t>(first)].repeat({n, 1});
      const auto parts = model_.forward_from(first, resid, copies, last_).split(batch.tokens());
      for (std::size_t c = 0; c < conditions.size(); ++c) {
        hidden[c].push_back(parts[c]);
        if (parts[c].isfinite().all().item<bool>()) continue;
        guards.clear();
        edited(packing, window, kept, *conditions[c]);  // says where
      }
    }
    return hidden;
  }

 private:
  static bool joinable(const std::vector<SiteEdit>& edits) {
    return !edits.empty() &&
           std::none_of(edits.begin(), edits.end(), [](const SiteEdit& e) { return has_donors(e.change); });
  }

  template <class Pass>
  void refuse_non_finite_pass(const torch::Tensor& hidden, const extract::PackedBatch& batch,
                              const extract::Packing& packing, const Window& window,
                              const std::vector<SiteEdit>& edits, const Pass& pass) {
    if (!hidden.defined() || hidden.isfinite().all().item<bool>()) return;
    const std::string site = first_not_finite(model_, pass);
    const auto row = at::nonzero(hidden.isfinite().all(1).logical_not())[0].template item<std::int64_t>();
    const std::vector<std::int64_t> offsets = batch.batch.offsets();
    const auto after = std::upper_bound(offsets.begin(), offsets.end(), row) - offsets.begin();
    const auto segment = static_cast<std::size_t>(batch.segments[static_cast<std::size_t>(after - 1)]);
    throw numeric_error(
        "sentence {}: with {} neurons of {} edited, {} is no longer finite; take a smaller number",
        window.first_sentence + packing.plan_of_segment()[segment] + 1, edits.front().neurons.size(),
        full_name(edits.front().site), site.empty() ? "what the model returns" : site);
  }

  model::Model& model_;
  const AblationOptions& options_;
  std::vector<Site> sites_;
  std::int64_t neurons_ = 0;
  std::optional<Site> last_;
};

/// Finds where edits act in each batch of a window.
void place(Window& window, const extract::Packing& packing, const text::Tokenizer& tokenizer,
           const std::string& corpus, const AblationOptions& options) {
  window.places.resize(packing.batches().size());
  if (options.placement == nullptr) return;
  const Placement& placement = *options.placement;
  window.placed.first_sentence = window.first_sentence;
  for (std::size_t s = 0; s < window.plans.size(); ++s) {
    const std::int64_t number = window.first_sentence + static_cast<std::int64_t>(s);
    const extract::SentencePlan plan =
        placement.positions.kind == Positions::Kind::Words && options.plan.unit != extract::Unit::Word
            ? extract::plan_sentence(tokenizer, extract::plan_input(window.sentences[s], corpus),
                                     word_plan(options.plan))
            : window.plans[s];
    window.placed.chosen.push_back(chosen_pieces(placement.positions, number, plan));
  }
  for (std::size_t b = 0; b < packing.batches().size(); ++b)
    window.places[b] = places_of(placement, window.placed, packing, packing.batches()[b]);
}

}  // namespace

AblationSummary run_ablation(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                             const std::vector<std::vector<SiteEdit>>& edits,
                             const std::vector<std::unique_ptr<Measure>>& measures,
                             const AblationOptions& options) {
  const c10::InferenceMode no_gradients;
  const bool whole_pass =
      std::any_of(measures.begin(), measures.end(), [](const auto& m) { return m->needs_heads(); });
  Runner runner(model, options, whole_pass);
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  AblationSummary summary;
  corpus.rewind();
  while (corpus.next()) ++summary.sentences;
  corpus.rewind();
  progress.stage("ablate", summary.sentences * static_cast<std::int64_t>(edits.size()), "passes");
  std::int64_t passes = 0;
  for (std::int64_t done = 0; done < summary.sentences;) {
    Window window;
    window.first_sentence = done;
    std::int64_t tokens = 0;
    while (tokens < options.window_tokens * extract::batch_factor(model)) {
      std::optional<io::Sentence> sentence = corpus.next();
      if (!sentence) break;
      window.plans.push_back(
          extract::plan_sentence(tokenizer, extract::plan_input(*sentence, corpus.name()), options.plan));
      for (const extract::Segment& s : window.plans.back().segments)
        tokens += static_cast<std::int64_t>(s.ids.size());
      window.sentences.push_back(std::move(*sentence));
    }
    done += static_cast<std::int64_t>(window.sentences.size());
    const extract::Packing packing(window.plans, options.batch_tokens * extract::batch_factor(model),
                                   extract::lengths_for(model));
    place(window, packing, tokenizer, corpus.name(), options);
    const Kept kept = runner.intact(packing);
    const auto show = [&](std::size_t c, MatrixF cells, const std::vector<torch::Tensor>& hidden) {
      const MatrixF rows = packing.join(std::move(cells));
      extract::refuse_non_finite(rows, options.probe_sites);
      const Pass pass{window.sentences, window.plans, packing, window.first_sentence, hidden, rows};
      for (const auto& measure : measures) measure->add(c, pass);
      passes += static_cast<std::int64_t>(window.sentences.size());
      progress.advance_to(passes);
    };
    for (std::size_t c = 0; c < edits.size();) {
      const std::size_t n = runner.joined(edits, c, packing);
      if (n > 1) {
        std::vector<const std::vector<SiteEdit>*> conditions;
        for (std::size_t i = c; i < c + n; ++i) conditions.push_back(&edits[i]);
        const auto hidden = runner.together(packing, window, kept, conditions);
        for (std::size_t i = 0; i < n; ++i) show(c + i, kept.cells, hidden[i]);
      } else if (edits[c].empty()) {
        show(c, kept.cells, kept.hidden);
      } else {
        auto [cells, hidden] = runner.edited(packing, window, kept, edits[c]);
        show(c, std::move(cells), hidden);
      }
      c += n;
    }
  }
  return summary;
}

}  // namespace neurox::ablate
