#pragma once

#include <torch/types.h>

#include <cstdint>

#include "neurox/core/random.h"

namespace neurox::model {

/// How a token is drawn from a model's logits.
struct SamplingOptions {
  double temperature = 1;  ///< > 0
  std::int64_t top_k = 0;  ///< only the k most likely (and those as likely as the last of them); 0: all
  double top_p = 1;        ///< only the most likely that reach this probability together; 1: all
};

/// The probabilities that remain: softmax(logits / temperature), what top_k and then top_p leave out at 0,
/// the rest scaled to sum 1. As transformers' warpers, in their order.
///
/// @param logits  #vocabulary
/// @return #vocabulary float64 on the CPU
torch::Tensor sampling_probabilities(const torch::Tensor& logits, const SamplingOptions& options);

/// A token by these probabilities.
std::int64_t draw_token(const torch::Tensor& probabilities, Random& random);

}  // namespace neurox::model
