#include "neurox/rank/fitted_tokens.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "neurox/core/error.h"

namespace neurox {

void check_fitted(const RankData& data, const Labelling& labelling, FittedLabels kind) {
  check_labelling(data, labelling);
  if (labelling.numeric() && kind == FittedLabels::Classes)
    throw input_error("classes are needed but the labels are numbers");
  if (!labelling.numeric() && kind == FittedLabels::Numbers)
    throw input_error("numbers are needed but the labels are classes");
  if (std::any_of(labelling.weight.begin(), labelling.weight.end(), [](auto w) { return w != 1; }))
    throw usage_error("a model of all neurons counts every token once, but weights are given");
}

Split held_out_sentences(const RankData& data, std::size_t tokens, std::uint64_t seed) {
  constexpr double kShare = 0.2;
  if (!data.sentences.empty()) return split_by_sentence(data.sentences, kShare, seed);
  std::vector<std::int32_t> rows(tokens);
  std::iota(rows.begin(), rows.end(), 0);
  return split_by_sentence(rows, kShare, seed);
}

}  // namespace neurox
