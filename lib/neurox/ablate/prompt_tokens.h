#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "neurox/io/prompt_pairs.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

/// Where a model is asked for a candidate.
enum class Asked {
  Behind,  ///< it goes on from the prompt
  AtMask,  ///< it stands at the prompt's mask
  Target   ///< it is what a decoder writes of the prompt, a source
};

/// A pair of prompts as a model reads it.
struct PromptTokens {
  std::vector<std::int64_t> base, counterfactual;
  std::vector<std::int64_t> base_candidate, counterfactual_candidate;  ///< at least one token each
  Asked asked = Asked::Behind;
  std::int64_t base_mask = -1, counterfactual_mask = -1;  ///< of AtMask: where it stands in the prompts
  /// Of Target: what the decoder has read when it is asked, the token that it begins with first.
  std::vector<std::int64_t> target = {};
};

/// Behind: a candidate goes on behind a space, unless it begins with one of its own, the prompt ends in one
/// or the pair is joined. Special tokens stand where the tokenizer puts them before a text; those that it
/// puts behind are left out. AtMask: each prompt holds one mask, in the place of which the candidate is read;
/// special tokens stand on both sides. Target: sources are read as whole texts, the pair's `target` and a
/// candidate behind it as one text of the decoder's, without the special tokens behind it.
/// @param where  of the pair, for messages
/// @throws Error{Input} when tokens change with what goes on from them (or stands at the mask), a candidate
/// has other tokens beside the counterfactual than beside the base, or holds an unknown word, for a prompt
/// without a mask or with two, and for a `target` where none is asked for
PromptTokens prompt_tokens(const text::Tokenizer& tokenizer, const io::PromptPair& pair,
                           const std::string& where, Asked asked = Asked::Behind);

/// At which tokens a pair's activations are exchanged.
enum class Exchanged {
  All,        ///< every token that has one to be exchanged with
  Differing,  ///< where the prompts differ
  Last        ///< each prompt's last token
};

/// Rows of two prompts that belong to each other, ascending. Of what both begin with and of what both end in
/// one to one; of the tokens between, one to one where there are as many, else the last of each.
/// @return (row of the base, row of the counterfactual); none where the prompts differ by tokens that only
///         one of them has
std::vector<std::pair<std::int64_t, std::int64_t>> exchanged_rows(
    const std::vector<std::int64_t>& base, const std::vector<std::int64_t>& counterfactual, Exchanged which);

}  // namespace neurox::ablate
