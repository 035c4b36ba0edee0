#include "neurox/rank/subset_scores.h"

#include "neurox/core/no_value.h"
#include "neurox/rank/fitted_tokens.h"
#include "neurox/rank/gaussian_selection.h"

namespace neurox {
namespace {

/// The scores and order of neurons chosen one at a time.
NeuronScores scores_of_choice(const NeuronList& chosen, Index neurons) {
  NeuronScores out{MatrixD::Zero(neurons, 1)};
  out.order = chosen;
  for (std::size_t k = 0; k < chosen.size(); ++k)
    out.scores(chosen[k], 0) = 1 - static_cast<double>(k) / static_cast<double>(chosen.size());
  for (Index j = 0; j < neurons; ++j)
    if (out.scores(j, 0) == 0) out.order.push_back(j);
  return out;
}

FigureTable table_of(const GaussianSelection& selection) {
  FigureTable table{"selection", {}};
  const auto column = [&](const char* name, auto&& value) {
    std::vector<double> values;
    for (const GaussianStep& step : selection.steps) values.push_back(value(step));
    table.columns.emplace_back(name, std::move(values));
  };
  column("neuron", [](const GaussianStep& s) { return static_cast<double>(s.neuron); });
  column("criterion", [](const GaussianStep& s) { return s.criterion; });
  column("gain", [](const GaussianStep& s) { return s.gain; });
  column("train_bits", [](const GaussianStep& s) { return s.train.information; });
  column("train_accuracy", [](const GaussianStep& s) { return s.train.accuracy; });
  column("held_out_bits",
         [](const GaussianStep& s) { return s.held_out ? s.held_out->information : no_value; });
  column("held_out_normalised",
         [](const GaussianStep& s) { return s.held_out ? s.held_out->normalised : no_value; });
  column("held_out_accuracy",
         [](const GaussianStep& s) { return s.held_out ? s.held_out->accuracy : no_value; });
  return table;
}

std::vector<NeuronScores> search(const RankData& data, std::span<const Labelling> labellings,
                                 const RankOptions& options, GaussianCriterion criterion) {
  GaussianSelectionOptions settings;
  settings.criterion = criterion;
  settings.count = options.count;
  settings.gaussian.num_classes = data.num_classes;
  settings.gaussian.memory_bytes = options.memory_bytes;
  settings.gaussian.progress = options.progress;
  std::vector<NeuronScores> out;
  for (const Labelling& labelling : labellings) {
    check_fitted(data, labelling, FittedLabels::Classes);
    GaussianSelection selection;
    if (criterion == GaussianCriterion::TrainLikelihood) {
      selection = select_gaussian(data.X, labelling.y, {}, settings);
    } else {
      const Split split = held_out_sentences(data, labelling.y.size(), options.seed);
      const RowSubset train(data.X, split.train), held_out(data.X, split.held_out);
      const std::vector<int> train_y = take(labelling.y, split.train),
                             held_y = take(labelling.y, split.held_out);
      selection = select_gaussian(train, train_y, GaussianHeldOut{held_out, held_y}, settings);
    }
    out.push_back(scores_of_choice(selection.order(), data.X.cols()));
    out.back().tables.push_back(table_of(selection));
  }
  return out;
}

}  // namespace

std::vector<NeuronScores> search_gaussian(const RankData& data, std::span<const Labelling> labellings,
                                          const RankOptions& options) {
  return search(data, labellings, options, GaussianCriterion::HeldOutLikelihood);
}

std::vector<NeuronScores> search_gaussian_train(const RankData& data, std::span<const Labelling> labellings,
                                                const RankOptions& options) {
  return search(data, labellings, options, GaussianCriterion::TrainLikelihood);
}

}  // namespace neurox
