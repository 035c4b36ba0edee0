#include "neurox/ablate/ablation.h"

#include <algorithm>
#include <utility>

#include "neurox/ablate/edited_passes.h"
#include "neurox/extract/extract.h"
#include "neurox/extract/pooled_forward.h"

namespace neurox::ablate {
namespace {

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
  EditedPasses passes_of(model, options, measures, edits);
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
    Kept kept = passes_of.intact(packing);
    const auto show = [&](std::size_t c, MatrixF cells, const std::vector<torch::Tensor>& hidden) {
      const MatrixF rows = packing.join(std::move(cells));
      extract::refuse_non_finite(rows, options.probe_sites);
      const Pass pass{window.sentences,        window.plans, packing, window.first_sentence, hidden, rows,
                      passes_of.one_position()};
      for (const auto& measure : measures) measure->add(c, pass);
      passes += static_cast<std::int64_t>(window.sentences.size());
      progress.advance_to(passes);
    };
    for (std::size_t c = 0; c < edits.size();) {
      const std::size_t n = passes_of.joined(c, packing);
      if (n > 1) {
        const auto hidden = passes_of.together(packing, window, kept, c, n);
        for (std::size_t i = 0; i < n; ++i) show(c + i, kept.cells, hidden[i]);
      } else if (edits[c].empty()) {
        show(c, kept.cells, kept.hidden);
      } else {
        auto [cells, hidden] = passes_of.edited(packing, window, kept, c);
        show(c, std::move(cells), hidden);
      }
      c += n;
    }
  }
  return summary;
}

}  // namespace neurox::ablate
