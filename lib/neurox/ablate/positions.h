#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/extract/sentence_plan.h"
#include "neurox/io/corpus.h"
#include "neurox/text/tokenizer.h"

namespace neurox::ablate {

/// At which pieces of a sentence edits act.
struct Positions {
  enum class Kind {
    All,
    First,  ///< the first piece ([CLS] where there is one)
    Last,   ///< the last piece ([SEP] where there is one)
    Words   ///< the pieces of chosen words
  } kind = Kind::All;
  std::vector<std::vector<bool>> words = {};  ///< of Words: [sentence][word]
};

/// Per segment of a plan, whether each piece is chosen.
using PieceMask = std::vector<std::vector<bool>>;

/// @param number  of the sentence in its corpus
/// @param plan    of this sentence, by the same options
/// @throws Error{Usage} for a sentence that `positions` knows nothing of
PieceMask chosen_pieces(const Positions& positions, std::int64_t number, const extract::SentencePlan& plan);

/// The options with which a plan tells where a sentence's words lie, whatever its own rows are.
extract::PlanOptions word_plan(extract::PlanOptions options);

}  // namespace neurox::ablate
