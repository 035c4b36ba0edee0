#include "neurox/rank/rank_data.h"

#include <cmath>

#include "neurox/core/error.h"

namespace neurox {

void check_labelling(const RankData& data, const Labelling& labelling) {
  const auto tokens = static_cast<std::size_t>(data.X.rows());
  if (labelling.size() != tokens)
    throw input_error("{} labels but {} rows of activations", labelling.size(), tokens);
  if (!labelling.weight.empty() && labelling.weight.size() != tokens)
    throw input_error("{} weights but {} rows of activations", labelling.weight.size(), tokens);
  std::int64_t used = 0;
  for (std::size_t i = 0; i < tokens; ++i) {
    if (!labelling.weight.empty() && labelling.weight[i] < 0)
      throw input_error("token {} has weight {}", i, labelling.weight[i]);
    if (!labelling.numeric() && (labelling.y[i] < -1 || labelling.y[i] >= data.num_classes))
      throw input_error("token {} has class {} but there are {}", i, labelling.y[i], data.num_classes);
    const bool labelled = labelling.numeric() ? !std::isnan(labelling.numbers[i]) : labelling.y[i] >= 0;
    used += labelled && (labelling.weight.empty() || labelling.weight[i] > 0) ? 1 : 0;
  }
  if (used == 0) throw input_error("no token has a label");
}

}  // namespace neurox
