#pragma once

#include "neurox/attribute/split.h"
#include "neurox/model/batch.h"
#include "neurox/model/native_network.h"

namespace neurox::attribute {

/// Whether there are rules for all of its layers.
bool has_split_rules(const model::NativeNetwork& network);

/// Takes a part of a sentence's word embeddings through a recurrent or convolutional network beside the rest,
/// up to the output layer.
///
/// LSTM, SplitRules::Activation::Shapley: a gate's pre-activation is part + rest + bias, and a(.) of it
///
///     part  1/2 [a(p + b) - a(b) + a(w + b) - a(r + b)]      bias  a(b)      w = p + r
///
/// the cell's part is i_p (g_p + g_b) + i_b g_p + (f_p + f_b) c_p, and i_b g_b at the part's own words;
/// products of both go to the rest. The output gate is held. Ratio: all gates are held. GRU: gates are held
/// in both. Maxima over words are taken where the whole has them; biases behind convolutions, in candidates
/// and layers go by SplitRules::Bias.
///
/// @param words  of one sentence, #tokens x width; its part #parts x #tokens x width
/// @return of a text #parts x width, else #parts x #tokens x width
/// Source: Murdoch, Liu & Yu, ICLR 2018 (LSTM; their code's rules); Singh, Murdoch & Yu, ICLR 2019
/// (convolutions, maxima; here activations by Shapley values); gates held: Arras et al., WASSA 2017
Split split_network(const model::NativeNetwork& network, const model::Batch& sentence, const Split& words,
                    SplitRules rules);

}  // namespace neurox::attribute
