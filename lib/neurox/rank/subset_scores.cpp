#include "neurox/rank/subset_scores.h"

#include <algorithm>
#include <numeric>

#include "neurox/core/no_value.h"
#include "neurox/rank/fitted_tokens.h"
#include "neurox/rank/gaussian_selection.h"
#include "neurox/rank/genetic_search.h"
#include "neurox/rank/probe_search.h"

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

/// A labelling's tokens, a fifth of the sentences apart.
struct HeldOutTokens {
  Split split;
  RowSubset train, held_out;
  std::vector<int> train_y, held_y;

  HeldOutTokens(const RankData& data, const Labelling& labelling, std::uint64_t seed)
      : split(held_out_sentences(data, labelling.y.size(), seed)),
        train(data.X, split.train),
        held_out(data.X, split.held_out),
        train_y(take(labelling.y, split.train)),
        held_y(take(labelling.y, split.held_out)) {}
  HeldOutTokens(const HeldOutTokens&) = delete;  // the subsets refer to the split
  HeldOutTokens& operator=(const HeldOutTokens&) = delete;
};

NeuronScores scores_of_greedy(const RankData& data, const Labelling& labelling, const RankOptions& options) {
  const HeldOutTokens tokens(data, labelling, options.seed);
  ProbeSearchOptions settings;
  settings.count = options.count;
  settings.fit.num_classes = data.num_classes;
  settings.fit.memory_bytes = options.memory_bytes;
  settings.fit.progress = options.progress;
  const ProbeSelection chosen =
      select_by_probe(tokens.train, tokens.train_y, {tokens.held_out, tokens.held_y}, settings);
  NeuronScores out = scores_of_choice(chosen.order(), data.X.cols());
  FigureTable table{"selection",
                    {{"neuron", {}},
                     {"held_out_accuracy", {}},
                     {"held_out_cross_entropy", {}},
                     {"train_accuracy", {}},
                     {"train_cross_entropy", {}}}};
  for (const ProbeStep& step : chosen.steps) {
    const double row[] = {static_cast<double>(step.neuron), step.accuracy, step.cross_entropy,
                          step.train_accuracy, step.train_cross_entropy};
    for (std::size_t c = 0; c < table.columns.size(); ++c) table.columns[c].second.push_back(row[c]);
  }
  out.tables.push_back(std::move(table));
  return out;
}

NeuronScores scores_of_genetic(const RankData& data, const Labelling& labelling, const RankOptions& options) {
  const HeldOutTokens tokens(data, labelling, options.seed);
  GeneticOptions settings;
  settings.count = std::min(settings.count, options.count);
  settings.population = options.population;
  settings.generations = options.generations;
  settings.mutation = options.mutation;
  settings.seed = options.seed;
  settings.gaussian.prior = options.prior;
  settings.gaussian.kappa = options.kappa;
  settings.gaussian.num_classes = data.num_classes;
  settings.gaussian.memory_bytes = options.memory_bytes;
  settings.gaussian.progress = options.progress;
  const GeneticResult found =
      search_genetic(tokens.train, tokens.train_y, GaussianHeldOut{tokens.held_out, tokens.held_y}, settings);
  std::vector<std::size_t> places(found.best.size());
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
    return found.contribution(static_cast<Index>(a)) > found.contribution(static_cast<Index>(b));
  });
  NeuronList order;
  for (std::size_t place : places) order.push_back(found.best[place]);
  NeuronScores out = scores_of_choice(order, data.X.cols());
  out.layers.emplace_back("frequency", found.frequency);
  out.tables.push_back(
      {"selection", {{"best", found.best_by_generation}, {"mean", found.mean_by_generation}}});
  return out;
}

std::vector<NeuronScores> search(const RankData& data, std::span<const Labelling> labellings,
                                 const RankOptions& options, GaussianCriterion criterion) {
  GaussianSelectionOptions settings;
  settings.criterion = criterion;
  settings.count = options.count;
  settings.first_pair = options.first_pair;
  settings.gaussian.prior = options.prior;
  settings.gaussian.kappa = options.kappa;
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
      const HeldOutTokens tokens(data, labelling, options.seed);
      selection = select_gaussian(tokens.train, tokens.train_y,
                                  GaussianHeldOut{tokens.held_out, tokens.held_y}, settings);
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

std::vector<NeuronScores> search_greedy(const RankData& data, std::span<const Labelling> labellings,
                                        const RankOptions& options) {
  std::vector<NeuronScores> out;
  for (const Labelling& labelling : labellings) {
    check_fitted(data, labelling, FittedLabels::Classes);
    out.push_back(scores_of_greedy(data, labelling, options));
  }
  return out;
}

std::vector<NeuronScores> search_genetic_sets(const RankData& data, std::span<const Labelling> labellings,
                                              const RankOptions& options) {
  std::vector<NeuronScores> out;
  for (const Labelling& labelling : labellings) {
    check_fitted(data, labelling, FittedLabels::Classes);
    out.push_back(scores_of_genetic(data, labelling, options));
  }
  return out;
}

}  // namespace neurox
