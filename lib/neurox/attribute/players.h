#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "neurox/attribute/sentence_function.h"
#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

/// The positions (or neurons) of each player: a word's pieces, say. What no player owns always stays as it
/// is; special tokens are usually left out so.
using Players = std::vector<std::vector<std::int64_t>>;

/// Every function here refuses (Error{Usage}) a player without a position, a position that is not there and
/// one that two players own. `f` must outlive the SetFunction; nothing else is kept by reference.

/// v(S) = f of the sentence in which the pieces of absent words are `mask_id`.
SetFunction masked_words(const SentenceFunction& f, const Players& players, std::int64_t mask_id);

/// v(S) = f of the sentence in which the word embeddings of absent words' pieces are those of the baseline.
/// @param baseline  #tokens x width
/// @throws Error{Usage} for another shape
SetFunction baseline_words(const SentenceFunction& f, const Players& players, const torch::Tensor& baseline);

/// v(S) = f with the neurons of absent players set to the baseline, at every position; players are groups of
/// neurons of one site.
/// @param baseline  a value per neuron of the site (#neurons), or per position and neuron (#tokens x
/// #neurons)
/// @throws Error{Usage} for another shape
SetFunction baseline_neurons(const SentenceFunction& f, Site site, const Players& players,
                             const torch::Tensor& baseline);

}  // namespace neurox::attribute
