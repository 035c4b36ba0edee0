#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "neurox/rank/methods.h"

namespace neurox {

/// How far a ranking is to be believed.
struct BeliefOptions {
  int permutations = 0;  ///< relabellings for p-values
  int bootstraps = 0;    ///< draws for intervals
  int halves = 0;        ///< random halvings for stability
  double confidence = 0.95;
  std::uint64_t seed = 0;
};

/// What tokens belong together.
struct TokenGroups {
  std::span<const std::int32_t> permuted;   ///< #tokens: exchange labels together; empty: single tokens
  std::span<const std::int32_t> sentences;  ///< #tokens: drawn and halved together
};

/// Matrices of the shape of the scores, where asked for.
struct Belief {
  /// (1 + relabellings that score at least as high) / (1 + relabellings); never 0.
  std::optional<MatrixD> p;
  std::optional<MatrixD> q;          ///< Benjamini and Hochberg's, over the neurons of each column
  std::optional<MatrixD> low, high;  ///< bootstrap interval: quantiles of the draws' scores
  /// Per column, mean over halvings: Spearman's correlation of the two halves' scores, and the share of the
  /// top neurons (a tenth of all, at least one) that both have.
  std::vector<double> half_correlation, half_overlap;
};

/// Judges the scores of one method by scoring other labellings with it.
///
/// Labels are exchanged by group (relabel.h), so repeated words do not feign significance. All labellings of
/// a batch share what the method reads.
/// Cost: one score per relabelling, draw and half.
/// Source: Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 2010 (p never 0); Benjamini & Hochberg, JRSS-B
/// 1995; Efron, Ann. Stat. 1979.
/// @throws Error{Usage} on a negative number or a confidence outside (0, 1); Error as the method
Belief judge(const RankMethod& method, const RankData& data, const Labelling& labelling,
             const NeuronScores& observed, const TokenGroups& groups, const RankOptions& options,
             const BeliefOptions& belief);

/// Benjamini and Hochberg's q-values: the smallest false discovery rate at which each would be called.
/// NaN stays NaN and is not counted.
std::vector<double> false_discovery_rates(std::span<const double> p);

}  // namespace neurox
