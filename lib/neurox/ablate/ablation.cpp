#include "neurox/ablate/ablation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"

namespace neurox::ablate {
namespace {

struct Window {
  std::vector<io::Sentence> sentences;
  std::vector<extract::SentencePlan> plans;
  std::int64_t first_sentence = 0;
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

  Kept intact(const extract::Packing& packing) {
    Kept kept;
    kept.cells = MatrixF::Zero(packing.cells(), neurons_);
    const std::vector<extract::Flow>* flows = nullptr;
    auto guards = extract::pour_into(model_.hooks(), options_.probe_sites, flows, kept.cells);
    std::vector<torch::Tensor>* inputs = nullptr;
    const int blocks = model_.config().blocks;
    for (int b = 0; b < blocks; ++b)
      guards.push_back(model_.hooks().observe({SiteKind::ResidPre, b},
                                              [&inputs](const torch::Tensor& x) { inputs->push_back(x); }));
    for (const extract::PackedBatch& packed : packing.batches()) {
      flows = &packed.flows;
      inputs = &kept.block_inputs.emplace_back();
      kept.hidden.push_back(model_.forward(packed.batch, last_));
    }
    return kept;
  }

  /// Rows and hidden states under these edits; what they leave unchanged is taken from the intact pass.
  std::pair<MatrixF, std::vector<torch::Tensor>> edited(const extract::Packing& packing, const Kept& kept,
                                                        const std::vector<SiteEdit>& edits) {
    // A TorchScript module has no blocks to begin from: the whole pass is run.
    const bool whole = model_.config().blocks == 0;
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
    for (auto& guard : put_edits(model_.hooks(), edits, model_.device())) guards.push_back(std::move(guard));
    std::vector<torch::Tensor> hidden;
    const bool beyond =
        !whole && last_ && last_->block >= 0 && first > last_->block;  // nothing that is looked at changes
    if (beyond) return {kept.cells, kept.hidden};
    for (std::size_t b = 0; b < packing.batches().size(); ++b) {
      flows = &packing.batches()[b].flows;
      if (whole) {
        hidden.push_back(model_.forward(packing.batches()[b].batch, last_));
        continue;
      }
      hidden.push_back(model_.forward_from(first, kept.block_inputs[b][static_cast<std::size_t>(first)],
                                           packing.batches()[b].batch, last_));
    }
    return {std::move(cells), std::move(hidden)};
  }

 private:
  model::Model& model_;
  const AblationOptions& options_;
  std::vector<Site> sites_;
  std::int64_t neurons_ = 0;
  std::optional<Site> last_;
};

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
    while (tokens < options.window_tokens) {
      std::optional<io::Sentence> sentence = corpus.next();
      if (!sentence) break;
      window.plans.push_back(
          extract::plan_sentence(tokenizer, extract::plan_input(*sentence, corpus.name()), options.plan));
      for (const extract::Segment& s : window.plans.back().segments)
        tokens += static_cast<std::int64_t>(s.ids.size());
      window.sentences.push_back(std::move(*sentence));
    }
    done += static_cast<std::int64_t>(window.sentences.size());
    const extract::Packing packing(window.plans, options.batch_tokens, extract::lengths_for(model));
    const Kept kept = runner.intact(packing);
    for (std::size_t c = 0; c < edits.size(); ++c) {
      MatrixF cells = kept.cells;
      std::vector<torch::Tensor> hidden = kept.hidden;
      if (!edits[c].empty()) std::tie(cells, hidden) = runner.edited(packing, kept, edits[c]);
      const MatrixF rows = packing.join(std::move(cells));
      extract::refuse_non_finite(rows, options.probe_sites);
      const Pass pass{window.sentences, window.plans, packing, window.first_sentence, hidden, rows};
      for (const auto& measure : measures) measure->add(c, pass);
      passes += static_cast<std::int64_t>(window.sentences.size());
      progress.advance_to(passes);
    }
  }
  return summary;
}

}  // namespace neurox::ablate
