#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "neurox/rank/corpus_scores.h"

namespace neurox {

struct CorpusMethodOptions {
  int longest = 3;             ///< words of the longest context
  std::int64_t min_count = 3;  ///< a word or context counts from so many tokens on
};

/// One way to tell by a corpus alone what neurons stand for; a neuron's score is that of its first unit.
struct CorpusMethod {
  std::string_view name;
  std::string_view summary;
  UnitOrder order;
  std::vector<CorpusUnits> (*units)(const CorpusTokens& tokens, const CorpusMethodOptions& options);
};

/// The one table of them.
std::span<const CorpusMethod> corpus_methods();

/// nullptr when there is none of that name.
const CorpusMethod* find_corpus_method(std::string_view name);

}  // namespace neurox
