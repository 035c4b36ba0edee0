#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// A matrix token by token for every head at some patterns (attn_pattern, cross_pattern): entry (i, j) of a
/// head is about what position i takes from position j.
///
/// Of an encoder with a decoder the tokens are the source's with the target's behind them; a pattern fills
/// its own corner (encoder: source by source, decoder: target by target, across: target by source), the rest
/// is 0.
struct AttentionMaps {
  std::vector<torch::Tensor> maps;  ///< per pattern asked for: #heads x #tokens x #tokens float64 on the CPU
  double value = 0;                 ///< f(x), NaN for methods without a target
  std::vector<double> baselines;    ///< per pattern: f without its attention, or empty
  std::vector<double> deltas;       ///< per pattern: sum of its maps - (f(x) - baseline), or empty
  int steps = 1;
};

/// Every pattern of a model, in the order of computation.
std::vector<Site> attention_patterns(const model::Model& model);

/// Attention probabilities as they are: rows sum to 1.
AttentionMaps attention_probabilities(const SentenceFunction& f, std::span<const Site> patterns);

/// Norm of what position i receives from j by way of a head: || A_ij (v_j W_O) ||, the head's columns of W_O,
/// v_j with its bias; W_O's own bias is nobody's. The vectors sum over j and heads to attn_out (cross_out)
/// minus that bias; their norms do not.
/// Source: Kobayashi et al., EMNLP 2020.
AttentionMaps norm_weighted_attention(const SentenceFunction& f, std::span<const Site> patterns);
/// The vectors themselves: #heads x #queries x #keys x width. Memory is what this says.
torch::Tensor attention_vectors(const SentenceFunction& f, Site pattern);

/// A times the integral of dF/dA while the attention of one pattern, all its heads together, grows from 0 to
/// what it is (the sentence is the input, others attend as the changed stream makes them):
///
///     attribution = A (elementwise) integral over a in [0, 1] of dF/dA (aA)
///
/// The sum over a pattern's heads is f(x) - f(x without that attention); a head's own sum is its share.
/// Cost: `steps` passes forth and back for each pattern; memory does not grow with the steps.
/// @throws Error{Usage} for a pattern that the target does not depend on
/// Source: Hao et al., AAAI 2021, equation 5, whose grid of 20 right-hand points is --rule right --steps 20.
AttentionMaps attention_attribution(const SentenceFunction& f, std::span<const Site> patterns,
                                    const PathOptions& options);

struct AttentionMethod {
  std::string_view name, summary;
  bool needs_target;
  bool mean_rows;  ///< FROM a word: the mean over its pieces, else their sum
  AttentionMaps (*run)(const Example&, std::span<const Site> patterns, const MethodOptions&);
};
std::span<const AttentionMethod> attention_methods();

/// Pieces joined to the example's rows: entries TO a row are the sum over its pieces; FROM a row their mean
/// (which keeps row sums of probabilities) or, for attributions, their sum (which keeps the total).
/// @param maps  #heads x #tokens x #tokens
/// @return #heads x #rows x #rows
torch::Tensor join_maps(const torch::Tensor& maps, const Example& example, bool mean_rows);

}  // namespace neurox::attribute
