#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "neurox/ablate/prompt_tokens.h"
#include "neurox/model/model.h"

namespace neurox::ablate {

/// A prompt with as much of a candidate behind it as has to be read for the candidate's probability.
struct Continued {
  std::vector<std::int64_t> ids;  ///< the prompt, then all but the last token of the candidate
  std::int64_t prompt = 0;        ///< tokens of the prompt
};

/// What two candidates are worth behind a prompt.
///
///     log y = 1/m sum_t log p(c_t | prompt, c_<t) - 1/n sum_t log p(b_t | prompt, b_<t)
///
/// c the tokens of the counterfactual's candidate, b those of the base's: y is the ratio of the
/// probabilities, of candidates of several tokens that of the geometric means of their tokens'.
class Candidates {
 public:
  Candidates(const model::Model& model, const PromptTokens& pair);

  /// One text that tells both candidates where each is one token; else one for the counterfactual's and one
  /// for the base's.
  std::vector<Continued> texts(const std::vector<std::int64_t>& prompt) const;

  /// log y, #copies float64 on the CPU; of two texts, what each adds to it.
  /// @param text    which of `texts`
  /// @param hidden  what the model returned for copies of that text, copy after copy: #copies*tokens x width
  torch::Tensor log_ratio(std::size_t text, const Continued& of, const torch::Tensor& hidden) const;

 private:
  torch::Tensor log_probability(const std::vector<std::int64_t>& candidate, const Continued& of,
                                const torch::Tensor& hidden) const;

  const model::Model& model_;
  std::vector<std::int64_t> base_, counterfactual_;
};

}  // namespace neurox::ablate
