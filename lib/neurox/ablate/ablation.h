#pragma once

#include <memory>
#include <vector>

#include "neurox/ablate/donors.h"
#include "neurox/ablate/edits.h"
#include "neurox/ablate/measure.h"
#include "neurox/core/progress.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

struct AblationOptions {
  extract::PlanOptions plan;
  std::vector<SiteColumns>
      probe_sites;                    ///< sites whose pooled rows measures see, in the order of the columns
  std::int64_t window_tokens = 8192;  ///< pieces of the sentences that are held at a time
  std::int64_t batch_tokens = 2048;
  const Placement* placement = nullptr;  ///< where edits act; nullptr: everywhere, without donors
  Progress* progress = nullptr;
};

struct AblationSummary {
  std::int64_t sentences = 0;
};

/// Runs a corpus through a model once per set of edits and shows every pass to the measures.
///
/// One pass over the corpus: each window of sentences goes through the intact model, whose block inputs are
/// kept, then through every condition from the first block that it changes on; where a window is small and no
/// rows are asked for, many conditions go together, as copies of it. Without a measure that needs
/// heads, passes end at the last site of the probe.
/// @param edits  per condition; the intact model (no edits) is condition 0 and comes first
/// @throws Error as corpus, tokenizer, model and places_of do; Error{Numeric} when a pass is no longer
/// finite, with the first site at which it is not
AblationSummary run_ablation(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                             const std::vector<std::vector<SiteEdit>>& edits,
                             const std::vector<std::unique_ptr<Measure>>& measures,
                             const AblationOptions& options);

}  // namespace neurox::ablate
