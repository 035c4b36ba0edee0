#include "neurox/rank/class_totals.h"

#include "neurox/core/error.h"

namespace neurox {

ClassTotals::ClassTotals(const Labelling& labels, Index classes)
    : labelling(labels), count(static_cast<std::size_t>(classes), 0.0) {
  for (std::size_t i = 0; i < labels.y.size(); ++i) {
    if (labels.y[i] < 0) continue;
    count[static_cast<std::size_t>(labels.y[i])] += weight(i);
    total += weight(i);
  }
}

std::vector<ClassTotals> class_totals(const RankData& data, std::span<const Labelling> labellings) {
  std::vector<ClassTotals> out;
  for (const Labelling& labelling : labellings) {
    check_labelling(data, labelling);
    if (labelling.numeric()) throw input_error("classes are needed but the labels are numbers");
    out.emplace_back(labelling, data.num_classes);
  }
  return out;
}

void fill_overall(NeuronScores& scores, const ClassTotals& totals) {
  const Index K = scores.scores.cols() - 1;
  double classes = 0;
  VectorD sum = VectorD::Zero(scores.scores.rows());
  for (Index c = 0; c < K; ++c) {
    if (totals.count[static_cast<std::size_t>(c)] <= 0) continue;
    sum += scores.scores.col(c);
    ++classes;
  }
  if (classes > 0) scores.scores.col(K) = sum / classes;
}

}  // namespace neurox
