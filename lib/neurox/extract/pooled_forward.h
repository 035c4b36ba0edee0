#pragma once

#include <optional>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/extract/packing.h"
#include "neurox/extract/sentence_plan.h"
#include "neurox/model/model.h"

namespace neurox::extract {

struct ForwardOptions {
  std::vector<SiteColumns> sites;    ///< what is observed, in the order of the columns of the result
  std::int64_t batch_tokens = 2048;  ///< pieces that go through the model together
};

/// Runs planned sentences through a model and pools what the sites hold into rows. The pass ends after the
/// highest site observed. Edits that are registered on the model's hooks act as in any pass.
class PooledForward {
 public:
  /// @throws Error{Usage} as observed_sites
  PooledForward(model::Model& model, ForwardOptions options);

  /// @return #rows x #neurons: the rows of all plans one after the other; rows without places are zero
  /// @throws Error{Numeric} as refuse_non_finite
  MatrixF run(std::span<const SentencePlan> plans);

  std::int64_t neurons() const { return neurons_; }

 private:
  model::Model& model_;
  ForwardOptions options_;
  std::vector<Site> sites_;
  std::int64_t neurons_ = 0;
};

/// Rows that pooling needs in the meantime (at least one per result row): what a window of sentences costs in
/// memory.
std::int64_t pooling_cells(const SentencePlan& plan);

/// The sites that columns stand for.
/// @throws Error{Usage} for a site without columns (attention probabilities) and for what is no site
std::vector<Site> observed_sites(const std::vector<SiteColumns>& columns);

/// Observers that pour each site's values into `cells`, by the flows that `flows` points to while a batch
/// runs.
std::vector<model::Hooks::Guard> pour_into(model::Hooks& hooks, const std::vector<SiteColumns>& columns,
                                           const std::vector<Flow>*& flows, MatrixF& cells);

/// @throws Error{Numeric} when an entry is NaN or infinite, naming the row and neuron
void refuse_non_finite(const MatrixF& X, const std::vector<SiteColumns>& sites);

}  // namespace neurox::extract
