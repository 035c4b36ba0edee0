#pragma once

#include <torch/types.h>

#include "neurox/model/activation.h"
#include "neurox/model/batch.h"
#include "neurox/model/config.h"
#include "neurox/model/layers.h"

namespace neurox::model {

/// The heads that a checkpoint holds, told by the names of its tensors; where one name means two things
/// (`classifier`), by `architectures` in config.json. Each undefined where there is none.
struct Heads {
  /// summary token -> dense -> activation -> out
  struct Sequence {
    Linear dense;
    Activation activation = nullptr;
    Linear out;
  };
  /// every token -> dense -> activation -> norm -> out
  struct LanguageModel {
    Linear dense;
    Activation activation = nullptr;
    Norm norm;
    Linear out;
    double logit_cap = 0;  ///< logits become cap tanh(logit / cap); 0: no cap
  };
  Sequence sequence;
  Linear token, span;
  LanguageModel lm;

  static Heads load(const ModelConfig& config, Weights& weights, const torch::Tensor& word_embeddings);
};

/// #sentences x classes; each sentence's first token is its summary, or its last one in causal models.
torch::Tensor sequence_logits(const Heads::Sequence& head, const torch::Tensor& hidden, const Batch& batch,
                              bool causal);
/// #tokens x vocabulary
torch::Tensor vocabulary_logits(const Heads::LanguageModel& head, const torch::Tensor& hidden);

}  // namespace neurox::model
