#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/attribute/sentence_function.h"

namespace neurox::attribute {

struct IntegratedHessiansOptions {
  int nodes = 64;
  /// Nodes are doubled until |delta| <= tolerance |f(x) - f(x')|, or stays what it was (the model has kinks),
  /// or `most_nodes`; 0: as they are.
  double tolerance = 0;
  int most_nodes = 1024;
};

/// What pairs of tokens add to a target, with the sum rule that was checked.
struct PairAttribution {
  torch::Tensor values;  ///< #tokens x #tokens float64 on the CPU, symmetric; a pair's effect is the sum of
                         ///< both entries
  double value = 0;      ///< f(x)
  double baseline = 0;   ///< f(x')
  double delta = 0;      ///< sum of all entries - (f(x) - f(x'))
  int nodes = 0;
};

/// Integrated Hessians of the word embeddings along the straight line from x' to x.
///
///     Gamma_ij = E[ a b sum over d, e of H_(id)(je)(x' + ab (x - x')) D_id D_je ]
///                + (i = j) E[ sum over d of g_id(x' + ab (x - x')) D_id ],   D = x - x', a and b uniform on
///                [0, 1]
///
/// Only p = ab matters, whose density is -ln p, so one integral over p is taken: Gauss-Legendre nodes t with
/// p = t^2, weights -4 t ln t. The sum of all entries is f(x) - f(x').
///
/// Cost: per node one pass forth, one back, and one back through both for each token whose embedding is not
/// the baseline's. Memory does not grow with the nodes. A network of ReLUs has no second derivative almost
/// everywhere, its pairs are 0 and delta says what is missing.
/// @param baseline  x', #tokens x width
/// @throws Error{Usage} for another shape of the baseline or less than one node; Error{Numeric} for a
/// derivative that is not finite Source: Janizek et al. 2021. Their program takes the mean over a grid of (a,
/// b) with both ends: 36 points miss single entries by up to .4 of 2.3 (docs/methods/integrated-hessians.md).
PairAttribution integrated_hessians(const SentenceFunction& f, const torch::Tensor& baseline,
                                    const IntegratedHessiansOptions& options);

/// The same of what a site holds, while the sentence itself is the input: along the straight line from the
/// baseline's activations to the sentence's, by groups of neurons, each summed over the tokens.
/// @param baseline  x', word embeddings, #tokens x width
/// @param group     of each neuron of the site its group, from 0
/// @return values #groups x #groups
/// @throws Error{Usage} as above, for a group for each of other neurons than the site's, and for a site that
/// the target does not depend on
PairAttribution integrated_hessians_at(const SentenceFunction& f, Site site, const torch::Tensor& baseline,
                                       std::span<const std::int64_t> group,
                                       const IntegratedHessiansOptions& options);

/// Pairs of tokens joined to pairs of words: entry (a, b) is the sum over the tokens of both.
/// @param pairs   #tokens x #tokens
/// @param words   positions of each word
/// @return #words x #words
/// @throws Error{Usage} for a position that is not there
torch::Tensor join_pairs(const torch::Tensor& pairs, std::span<const std::vector<std::int64_t>> words);

}  // namespace neurox::attribute
