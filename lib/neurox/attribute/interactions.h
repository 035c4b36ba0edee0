#pragma once

#include <cstdint>

#include "neurox/attribute/set_function.h"
#include "neurox/core/matrix.h"

namespace neurox::attribute {

/// What pairs of players are worth together beyond what they are worth apart, in the unit of v. Positive:
/// they help each other; negative: one makes the other superfluous.
struct PairValues {
  MatrixD values;   ///< #players x #players, symmetric; on the diagonal the index of the player alone
  MatrixD errors;   ///< standard errors, likewise; empty where nothing was sampled, NaN from a single draw
  double none = 0;  ///< v of nobody
  double all = 0;   ///< v of everybody

  /// Sum over the diagonal and over each pair once. For the indices that say so it is all - none.
  double sum() const;
};

enum class InteractionIndex {
  Shapley,   ///< Shapley interaction index; diagonal: Shapley values. Grabisch & Roubens 1999
  NShapley,  ///< the same pairs; diagonal: Shapley value - half of the player's pairs; sums to all - none.
             ///< Bordt & von Luxburg 2023, shapiq's k-SII of order 2
  ShapleyTaylor,  ///< of order 2; diagonal: v({i}) - v(none); sums to all - none. Sundararajan et al. 2020
  Banzhaf         ///< Banzhaf interaction index; diagonal: Banzhaf values
};

/// Interaction index by enumeration.
///
///     delta_ij(T) = v(T + i + j) - v(T + i) - v(T + j) + v(T),  T without i and j, t = |T|
///     Shapley        sum over T of t! (n-t-2)! / (n-1)!  delta_ij(T)
///     ShapleyTaylor  sum over T of 2 / (n C(n-1, t))     delta_ij(T)
///     Banzhaf        mean over T of                      delta_ij(T)
///
/// Cost: 2^n values.
/// @throws Error{Usage} for one player, and for more than 14
PairValues interactions(Game& game, InteractionIndex index);

struct SampledInteractionOptions {
  int rounds = 10;
  std::uint64_t seed = 0;
};

/// Shapley interaction index from random orders: delta_ij of the players before i and j where the two are
/// neighbours.
///
/// A round lays n/2 orders (zigzags over one random numbering) in which every pair is neighbours exactly
/// once, so that all pairs are drawn equally often. Unbiased. About n^2 values a round.
/// @throws Error{Usage} for one player, and for no round
PairValues sampled_shapley_interaction(Game& game, const SampledInteractionOptions& options);

/// Shapley-Taylor index of order 2 from random orders, one a round: the mean of delta_ij(T), T the players
/// before the first of i and j. Unbiased; sums to all - none at every number of rounds. About n^2 values a
/// round.
///
/// Archipelago's sampler averages each distinct T once, however often it came, which is biased; every order
/// counts here.
/// @throws Error{Usage} for one player, and for no round
PairValues sampled_shapley_taylor(Game& game, const SampledInteractionOptions& options);

}  // namespace neurox::attribute
