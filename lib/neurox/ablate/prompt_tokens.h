#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "neurox/io/prompt_pairs.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

/// A pair of prompts as a model reads it.
struct PromptTokens {
  std::vector<std::int64_t> base, counterfactual;
  std::vector<std::int64_t> base_candidate, counterfactual_candidate;  ///< at least one token each
};

/// A candidate goes on behind a space, unless it begins with one of its own or the prompt ends in one.
/// Special tokens stand where the tokenizer puts them before a text; those that it puts behind are left out.
/// @param where  of the pair, for messages
/// @throws Error{Input} when a prompt's tokens change with what goes on from it, or a candidate has other
/// tokens behind the counterfactual than behind the base
PromptTokens prompt_tokens(const text::Tokenizer& tokenizer, const io::PromptPair& pair,
                           const std::string& where);

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
