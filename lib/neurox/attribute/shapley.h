#pragma once

#include <cstdint>
#include <vector>

#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

/// What each player is worth, in the unit of v; positive: it raises v.
struct PlayerValues {
  std::vector<double> values;  ///< #players
  std::vector<double> errors;  ///< standard errors of sampled values, empty where nothing was sampled
  double none = 0;             ///< v of nobody
  double all = 0;              ///< v of everybody
};

/// Shapley values by enumeration.
///
///     phi(i) = sum over S without i of |S|! (n-|S|-1)! / n! (v(S + i) - v(S))
///
/// Their sum is v(all) - v(none). Cost: 2^n values.
/// @throws Error{Usage} for more than 14 players
/// Source: Shapley 1953.
PlayerValues shapley(Game& game);

/// Banzhaf values by enumeration: the mean of v(S + i) - v(S) over all S without i. Their sum promises
/// nothing.
/// @throws Error{Usage} for more than 14 players
/// Source: Banzhaf 1965.
PlayerValues banzhaf(Game& game);

struct PermutationOptions {
  int permutations = 25;
  bool antithetic =
      false;  ///< every order is followed by its reverse (`permutations` counts both, and is even)
  std::uint64_t seed = 0;
};
/// Shapley values from random orders: the mean of what a player adds to those before it.
///
/// Unbiased; the sum is v(all) - v(none) at every number of orders. Errors are standard errors of the mean
/// (of pairs, when antithetic), NaN from a single order. Any number of players; (n - 1) values an order.
/// @throws Error{Usage} for fewer than one order, or an odd number of antithetic ones
/// Source: Castro et al. 2009; antithetic: Mitchell et al. 2022. Captum's ShapleyValueSampling, but for the
/// errors.
PlayerValues sampled_shapley(Game& game, const PermutationOptions& options);

struct KernelShapOptions {
  int samples = 2048;  ///< coalitions drawn, without nobody and everybody; even
  std::uint64_t seed = 0;
};
/// Shapley values by weighted least squares (Kernel SHAP).
///
///     min sum over S of w(S) (v(S) - v(none) - sum over i in S of phi(i))^2,  sum of phi = v(all) - v(none)
///     w(S) = (n - 1) / (C(n, |S|) |S| (n - |S|))
///
/// When all 2^n - 2 coalitions are within `samples`, all are taken with their weights and the result is
/// exact. Else a size is drawn in proportion to w(S) C(n, |S|), a coalition of that size uniformly, and its
/// complement with it; those count alike. The constraint is solved exactly.
/// @throws Error{Usage} for an odd number or less than two samples, and for samples that do not determine all
/// players Source: Lundberg & Lee 2017; pairs and constraint: Covert & Lee 2021. Captum's KernelShap draws
/// single coalitions and holds the two ends by a weight of 1e6.
PlayerValues kernel_shap(Game& game, const KernelShapOptions& options);

struct OcclusionOptions {
  std::size_t window = 1;  ///< neighbouring players left out together
  std::size_t stride = 1;  ///< from one window to the next, at most `window`
};
/// What is lost when players are left out: v(all) - v(all without the window), the mean over the windows that
/// cover the player. There are ceil((n - window) / stride) + 1 windows, the last cut at the end.
///
/// Window 1 is leave-one-out, also called feature ablation. Promises no sum.
/// @throws Error{Usage} for a window of 0 or of more than all players, a stride of 0 or of more than the
/// window Source: Zeiler & Fergus 2014; Captum's Occlusion.
PlayerValues leave_out(Game& game, const OcclusionOptions& options = {});

}  // namespace neurox::attribute
