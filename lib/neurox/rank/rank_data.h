#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"
#include "neurox/probe/gaussian_classes.h"
#include "neurox/rank/weight_mass.h"

namespace neurox {

/// One way to label tokens: the labels themselves, a permutation of them, a bootstrap draw, a half.
struct Labelling {
  std::vector<int> y;  ///< #tokens classes in [0, num_classes); -1: the token is left out
  /// #tokens, how often each token counts; empty: once each. A draw with replacement is a labelling with
  /// weights.
  std::vector<std::int32_t> weight = {};
  std::vector<double> numbers = {};  ///< #tokens numeric labels, instead of y; NaN: the token is left out

  bool numeric() const { return y.empty(); }
  std::size_t size() const { return numeric() ? numbers.size() : y.size(); }
};

/// What every ranking method reads.
struct RankData {
  const RowSource& X;   ///< #tokens x #neurons activations, all finite
  int num_classes = 0;  ///< of y; with numeric labels 0
  /// Neurons first, first + 1, ... as a source of their own where the store reads some columns cheaper than
  /// all; empty: cut out of X.
  std::function<std::unique_ptr<RowSource>(Index first, Index width)> columns = {};
  std::span<const std::int32_t> sentences = {};  ///< #tokens sentence ids, where they are known
};

struct RankOptions {
  bool standardise = false;  ///< divide by each neuron's standard deviation where a score has a unit
  std::int64_t memory_bytes = std::int64_t{4} << 30;
  std::uint64_t seed = 0;
  Progress* progress = nullptr;
  double threshold = 0;    ///< of mask scores
  double quantile = 0.95;  ///< of mask scores
  int bins = 20;           ///< of binned mutual information
  int neighbours = 3;      ///< of nearest-neighbour mutual information
  Index count = 50;        ///< neurons that a search for subsets chooses
  int trees = 100;         ///< of a random forest
  /// Of searches with Gaussians.
  GaussianPrior prior = GaussianPrior::Shrunk;
  double kappa = 100;       ///< tokens that the prior of Shrunk is worth
  bool first_pair = false;  ///< forward selection begins with the best of all pairs
  /// Of the genetic search.
  int population = 100;
  int generations = 100;
  double mutation = 0.15;
};

/// A named table of numbers beside the scores, columns of one length.
struct FigureTable {
  std::string name;
  std::vector<std::pair<std::string, std::vector<double>>> columns;
};

/// What a method says of one labelling. Larger scores are more important.
struct NeuronScores {
  /// #neurons x (#classes + 1), the last column `overall`; methods that only have that: #neurons x 1.
  MatrixD scores;
  std::vector<std::pair<std::string, MatrixD>> layers = {};  ///< more of the same shape
  std::vector<FigureTable> tables = {};
  NeuronList order = {};  ///< overall order where it is not that of the scores
};

/// Checks that labellings fit the data and returns how many classes they have.
/// @throws Error{Input} on another number of tokens, a class out of range, a negative weight, no token left
void check_labelling(const RankData& data, const Labelling& labelling);

}  // namespace neurox
