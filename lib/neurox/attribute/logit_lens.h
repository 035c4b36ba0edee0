#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neurox/attribute/readout.h"
#include "neurox/core/site.h"
#include "neurox/model/model.h"

namespace neurox::attribute {

struct LensOptions {
  std::vector<std::int64_t> positions = {};  ///< tokens that are read
  std::vector<std::int64_t> targets = {};    ///< an output for each; empty: what the model itself says there
  std::int64_t top = 5;                      ///< best outputs kept, at most as many as there are
};

/// What the head reads at each position and site.
struct LensReading {
  std::vector<std::int64_t> targets;  ///< #positions
  torch::Tensor log_probability;      ///< #positions x #sites float64: of the target, nats
  torch::Tensor rank;                 ///< #positions x #sites int64: outputs that stand before it, plus 1
  torch::Tensor entropy;              ///< #positions x #sites float64, nats
  torch::Tensor top_ids;              ///< #positions x #sites x top int64, best first
  torch::Tensor top_probability;      ///< likewise, float64
};

/// The head that a lens reads with: the language model's, else the token's, else the sequence classifier's
/// (which then reads every position as if it were the summary).
/// @throws Error{Usage} for a model with none of these
HeadKind lens_head(const model::Model& model);

/// Logit lens: the model's own head, after its final norm, on the residual stream of earlier blocks.
///
///     p(l, t) = softmax(head(final_norm(stream of site l at t)))
///
/// At the last resid_post this is the model's prediction. Hidden layers of a head (BERT) are part of it.
/// Ties go to the smaller id.
/// @param sentence  one sentence
/// @param sites     of the stream's width: resid_pre, resid_mid, resid_post, attn_out, mlp_out, final_norm
/// @throws Error{Usage} for a site that is not, a position or a target that is not there
/// Source: nostalgebraist 2020.
LensReading logit_lens(model::Model& model, const model::Batch& sentence, std::span<const Site> sites,
                       const LensOptions& options);

}  // namespace neurox::attribute
