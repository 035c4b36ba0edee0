#pragma once

#include <torch/types.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "neurox/ablate/prompt_tokens.h"
#include "neurox/model/batch.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// Where a model is asked for candidates.
/// @throws Error{Usage} for a model that neither goes on from a text nor fills a mask
Asked asked_of(const model::Model& model);

/// A token that counts: its log-probability at a row, times a weight.
struct AskedToken {
  std::int64_t row = 0, token = 0;
  double weight = 0;
};

/// What a model reads to be asked: a prompt with as much of a candidate as has to stand beside it.
struct AskedText {
  std::vector<std::int64_t> ids;   ///< of an encoder with a decoder the source, then the target
  std::int64_t source = 0;         ///< tokens of the source; 0 where there is none
  std::int64_t prompt = 0;         ///< tokens that are not the candidate's: the first so many
  std::vector<AskedToken> tokens;  ///< neighbours of one row stand together

  std::int64_t length() const { return static_cast<std::int64_t>(ids.size()); }
  /// Copies of it.
  model::Batch batch(std::int64_t copies) const;
};

/// What two candidates are worth beside a prompt.
///
///     log y = 1/m sum_t log p(c_t) - 1/n sum_t log p(b_t)
///
/// c the tokens of the counterfactual's candidate, b those of the base's: y is the ratio of the
/// probabilities, of candidates of several tokens that of the geometric means of their tokens'. A token's
/// probability is that behind the prompt and the candidate's tokens before it; at a mask that of the masked
/// token among all others of its candidate (pseudo-likelihood).
class Candidates {
 public:
  /// Keeps references to both.
  /// @throws Error{Usage} when the pair's tokens were made for another sort of model
  Candidates(const model::Model& model, const PromptTokens& pair);

  enum class Prompt { Base, Counterfactual };
  /// One text that tells both candidates where each is one token; else one for each (at a mask: for each
  /// token of each). As many for both prompts, which belong together.
  std::vector<AskedText> texts(Prompt which) const;

  /// log y, #copies float64 on the CPU; of several texts, what each adds to it.
  /// @param hidden  what the model returned for copies of that text, copy after copy: #copies*tokens x width
  torch::Tensor log_ratio(const AskedText& text, const torch::Tensor& hidden) const;

  /// Rows of two texts that belong to each other (exchanged_rows of the prompts): of a source and the target
  /// behind it both; the last one is each side's last that is no candidate's, or the mask.
  /// @return (row of the base's, row of the counterfactual's)
  std::vector<std::pair<std::int64_t, std::int64_t>> rows(const AskedText& base,
                                                          const AskedText& counterfactual,
                                                          Exchanged which) const;

 private:
  torch::Tensor told(const std::vector<std::int64_t>& tokens, bool both, const torch::Tensor& rows) const;

  const model::Model& model_;
  const PromptTokens& pair_;
};

}  // namespace neurox::ablate
