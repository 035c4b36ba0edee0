#pragma once

#include <span>

#include "neurox/attribute/layer_gradients.h"

namespace neurox::attribute {

/// Direct logit attribution: what the components of the residual stream add to the target's logit, not by way
/// of later attention or MLPs.
///
///     logit = <u, hidden> + c,   d = u carried back through the norms,   share of y = <d, y>
///
/// u is the row of the head that reads the target (the difference of two with `against`), at the tokens that
/// it reads. A norm is carried through at the scale that it has in this pass, which makes it linear:
///
///     LayerNorm  d -> (w d - mean(w d)) / sqrt(variance + eps)      RMSNorm  d -> w d / sqrt(mean(x^2) +
///     eps)
///
/// Families with the norm first have one norm on the way, the final one, and one d for all blocks; families
/// with the norm last have two a block, each with its own scale, weight and bias. Both are exact:
///
///     logit = embeddings + sum over blocks (heads + attention bias + MLP neurons + MLP bias)
///             + norm biases + head bias
///
/// (a decoder that attends to an encoder has the heads and the bias of cross attention too) which `parts`
/// holds, in that order. Values of a site, #tokens x width, are the terms of <d, y> there:
///
///     mlp_post  y_j (W_down^T d)_j       attn_z  y_j (W_O^T d)_j       attn_out, mlp_out, resid_*,
///     final_norm y_j d_j
///
/// `baselines` are the logit without the site's terms; `deltas` the sum of all parts minus the logit. Sums
/// run in double precision. Cost: one forward pass.
/// @throws Error{Usage} for a target that is no logit of a linear head (a neuron, a probability, a head with
/// a hidden layer), and for a site that writes nothing into the stream or into the encoder's
/// Source: Elhage et al. 2021; frozen norms: nostalgebraist 2020, TransformerLens (which folds the weights of
/// norms into their readers and has no families with the norm last).
LayerAttribution direct_logit(const SentenceFunction& f, std::span<const Site> sites);

}  // namespace neurox::attribute
