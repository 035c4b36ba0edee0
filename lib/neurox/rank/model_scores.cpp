#include "neurox/rank/model_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/probe/forest.h"
#include "neurox/probe/ridge.h"
#include "neurox/probe/split.h"
#include "neurox/rank/fitted_tokens.h"

namespace neurox {
namespace {

constexpr double kPenalties[] = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};

std::vector<double> take_numbers(const std::vector<double>& numbers, const std::vector<Index>& rows) {
  std::vector<double> out;
  for (const Index r : rows) out.push_back(numbers[static_cast<std::size_t>(r)]);
  return out;
}

NeuronScores forest_of(const RankData& data, const Labelling& labelling, const RankOptions& options) {
  ForestOptions settings;
  settings.num_classes = data.num_classes;
  settings.trees = options.trees;
  settings.seed = options.seed;
  settings.memory_bytes = options.memory_bytes;
  settings.progress = options.progress;
  const Forest forest = fit_forest(data.X, labelling.y, settings);
  NeuronScores out{MatrixD(data.X.cols(), data.num_classes + 1)};
  out.scores.leftCols(data.num_classes) = forest.class_importance.transpose();
  out.scores.rightCols(1) = forest.importance;
  out.tables.push_back({"forest",
                        {{"trees", {static_cast<double>(forest.trees.size())}},
                         {"nodes", {static_cast<double>(forest.nodes)}},
                         {"out_of_bag_accuracy", {forest.out_of_bag}}}});
  return out;
}

NeuronScores ridge_of(const RankData& data, const Labelling& labelling, const RankOptions& options) {
  const Split split = held_out_sentences(data, labelling.size(), options.seed);
  const RowSubset train(data.X, split.train), held_out(data.X, split.held_out);
  const std::vector<double> train_y = take_numbers(labelling.numbers, split.train),
                            held_y = take_numbers(labelling.numbers, split.held_out);
  RidgeOptions settings;
  settings.memory_bytes = options.memory_bytes;
  settings.progress = options.progress;
  FigureTable table{"ridge", {{"lambda", {}}, {"r_squared", {}}, {"held_out_r_squared", {}}, {"chosen", {}}}};
  double best = 0, best_r = -INFINITY;
  for (const RidgeFit& fit : fit_ridge(train, train_y, kPenalties, settings)) {
    const double r = r_squared(held_y, predict_ridge(held_out, fit));
    table.columns[0].second.push_back(fit.lambda);
    table.columns[1].second.push_back(fit.r_squared);
    table.columns[2].second.push_back(r);
    if (r > best_r) {
      best_r = r;
      best = fit.lambda;
    }
  }
  for (const double lambda : table.columns[0].second)
    table.columns[3].second.push_back(lambda == best ? 1 : 0);
  const RidgeFit fit = fit_ridge(data.X, labelling.numbers, {&best, 1}, settings).front();
  NeuronScores out{fit.w.cwiseAbs()};
  out.layers.emplace_back("signed", fit.w);
  out.tables.push_back(std::move(table));
  return out;
}

}  // namespace

std::vector<NeuronScores> score_forest(const RankData& data, std::span<const Labelling> labellings,
                                       const RankOptions& options) {
  std::vector<NeuronScores> out;
  for (const Labelling& labelling : labellings) {
    check_fitted(data, labelling, FittedLabels::Classes);
    out.push_back(forest_of(data, labelling, options));
  }
  return out;
}

std::vector<NeuronScores> score_ridge(const RankData& data, std::span<const Labelling> labellings,
                                      const RankOptions& options) {
  std::vector<NeuronScores> out;
  for (const Labelling& labelling : labellings) {
    check_fitted(data, labelling, FittedLabels::Numbers);
    out.push_back(ridge_of(data, labelling, options));
  }
  return out;
}

}  // namespace neurox
