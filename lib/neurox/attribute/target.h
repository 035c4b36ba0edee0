#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "neurox/core/site.h"
#include "neurox/model/model.h"

namespace neurox::attribute {

/// The scalar of one sentence that is explained.
struct Target {
  enum class Kind {
    Class,       ///< of the sequence classifier
    TokenClass,  ///< of the token classifier, at `position`
    SpanStart,   ///< that the answer starts at `position`; the scale runs over the sentence's positions
    SpanEnd,     ///< that it ends there
    Span,        ///< both: start at `position`, end at `end`; logits, log-probabilities and losses add,
                 ///< probabilities and Correct multiply
    Tokens,      ///< that `tokens` follow `position` (a masked LM: that they stand at it), summed over them
    Unit         ///< a neuron of `site` at `position`
  };
  enum class Scale {
    Logit,
    LogProbability,
    Probability,
    Loss,    ///< minus the log-probability: the cross-entropy
    Correct  ///< 1 where it is the largest logit, else 0; has no slope
  };

  Kind kind = Kind::Class;
  Scale scale = Scale::Logit;
  std::int64_t index = 0;  ///< class, or neuron of the site
  std::optional<std::int64_t> against =
      {};                     ///< minus the value of this class: with logits, the log-odds of the two
  std::int64_t position = 0;  ///< token of the sentence, from 0
  std::int64_t end = 0;       ///< of Span: the answer's last token
  std::vector<std::int64_t> tokens = {};
  Site site = {SiteKind::ResidPost, 0};

  /// Where a pass may end: after the unit's site, else nowhere before the head.
  std::optional<Site> stop_after() const;
};

/// Values of the targets, differentiable.
///
/// @param hidden   what `forward` returned for `batch` with the target's `stop_after`
/// @param targets  one for each sentence of the batch, or one for all; all of one kind and scale
/// @return #sentences
/// @throws Error{Usage} for a head that the model lacks, and for a class, position, token or neuron that it
/// does not have
torch::Tensor target_values(const model::Model& model, const torch::Tensor& hidden, const model::Batch& batch,
                            std::span<const Target> targets);

}  // namespace neurox::attribute
