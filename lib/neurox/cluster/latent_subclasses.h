#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct SubclassOptions {
  int subclasses = 10;
  double spread = 0.1;  ///< weight of what makes subclasses differ; 0: none
  double l2 = 1e-3;     ///< on weights
  int iterations = 300;
  int starts = 5;      ///< the one of least loss is taken (the first of equals)
  double step = 0.05;  ///< of Adam; falls to nothing by a cosine
  std::uint64_t seed = 0;
  Progress* progress = nullptr;
};

struct LatentSubclasses {
  MatrixD W;                 ///< #subclasses x #neurons, of standardised activations
  VectorD b;                 ///< #subclasses
  VectorD mean, scale;       ///< of each neuron: x is (x - mean) / scale; a constant neuron is 0
  MatrixF probability;       ///< #rows x #subclasses: which, if the row is positive
  VectorD positive;          ///< #rows: probability of being positive
  double accuracy = 0;       ///< of positive > 0.5 against y
  std::vector<double> loss;  ///< per iteration
};

/// Latent subclasses of a binary label, a logistic probe whose positive class is a sum of K hidden ones:
///
///     p(c | x) = exp(w_c x + b_c) / (1 + sum over k of exp(w_k x + b_k)),   p(positive | x) = sum over c of
///     p(c | x) loss = - mean log p(y | x) + l2/2 |W|^2 - spread (H(mean q) - mean H(q)),     q_c = p(c | x,
///     positive)
///
/// means over q of positive rows. The last term (the information between row and subclass) asks that all
/// subclasses be used and each row be of one.
/// Adam over all rows, from small weights drawn by the seed. The loss has many minima: starts that differ
/// find different subclasses.
/// @param X  #rows x #neurons, finite
/// @param y  per row 0 or 1
/// @throws Error{Usage} for fewer than two subclasses
/// @throws Error{Input} where a class has no row, or for more subclasses than positive rows
/// Cost: two passes over X per iteration and start, O(rows neurons subclasses).
/// Source: Michael, Botha & Tenney, EMNLP 2020; the last term Krause, Perona & Gomes, NIPS 2010.
LatentSubclasses latent_subclasses(const RowSource& X, std::span<const int> y,
                                   const SubclassOptions& options);

}  // namespace neurox
