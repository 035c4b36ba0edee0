#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

struct LogisticFit;

struct LogisticOptions {
  double lambda = 1e-3;      ///< strength of the whole penalty, >= 0
  double l1_ratio = 0.5;     ///< rho in [0, 1]: L1 weighs lambda*rho, L2 weighs lambda*(1-rho)
  double bias_l2 = 0;        ///< also adds bias_l2/2 |b|^2; 0: biases are free
  int num_classes = 0;       ///< 0: largest label + 1
  bool standardise = true;   ///< neurons are centred and divided by their standard deviation (ddof 0)
  double tolerance = 1e-5;   ///< stop when the residual (below) is at most this
  int max_iterations = 300;  ///< outer iterations
  std::int64_t memory_bytes = std::int64_t{4} << 30;  ///< keep the matrix in memory when it fits in this
  const LogisticFit* warm_start = nullptr;  ///< begin at this fit's W and b; same classes, same neurons
  Progress* progress = nullptr;
};

/// A trained probe. W and b are for standardised inputs z = (x - mean) / scale.
struct LogisticFit {
  MatrixF W;                 ///< #classes x #neurons
  VectorF b;                 ///< #classes, sums to 0 (a common shift changes nothing)
  VectorD mean;              ///< #neurons; zeros when not standardised
  VectorD scale;             ///< #neurons, standard deviations; ones when not standardised and where dead
  std::vector<Index> dead;   ///< neurons with a standard deviation below 1e-6, ascending; their weights are 0
  double objective = 0;      ///< J at W, b
  double cross_entropy = 0;  ///< its first term, nats per token
  double residual = 0;       ///< largest entry of the smallest subgradient of J: 0 exactly at the optimum
  int iterations = 0;        ///< outer iterations
  int passes = 0;            ///< times the whole matrix was read
  bool converged = false;    ///< residual <= tolerance
  Index nonzeros() const { return (W.array() != 0).count(); }
};

/// Multinomial logistic regression with elastic net, to convergence.
///
///     J(W, b) = 1/n sum_i -log softmax(W z_i + b)[y_i]  +  lambda ( rho |W|_1 + (1-rho)/2 |W|_F^2 )
///
/// that is, L1 = lambda*rho and L2 = lambda*(1-rho); biases are not penalised. In scikit-learn's terms
/// C = 1/(lambda n) and l1_ratio = rho; in glmnet's, lambda and alpha = rho.
///
/// @param X   #tokens x #neurons activations, model units; read by bands, never changed
/// @param y   #tokens labels, each in [0, num_classes); classes without tokens are allowed
/// @throws Error{Input} when the sizes differ, a label is out of range, only one class occurs, or an
///         activation is not finite (says row and neuron)
/// @throws Error{Usage} when an option is out of range or the warm start does not fit
///
/// Not reaching the tolerance is no error: see `converged`. Products are in float32, sums over bands in
/// double, bands are fixed, so the result depends neither on memory_bytes nor on scheduling.
///
/// Method: proximal Newton; the Hessian is sampled on rows kept in memory, gradients and objective are of all
/// rows: one read of X per iteration. Cost: O(tokens*neurons*classes) a pass; memory: X where it fits, else a
/// sample of it.
/// Source: Lee, Sun & Saunders, SIAM J. Optim. 2014 (proximal Newton); Byrd et al., SIAM J. Optim. 2011
/// (sampled Hessians).
LogisticFit fit_logistic(const RowSource& X, std::span<const int> y, const LogisticOptions& options);

/// #tokens x #classes scores W z + b.
/// @throws Error{Input} when X has another number of neurons
MatrixF predict_logits(const RowSource& X, const LogisticFit& fit);

/// The class of the highest score of each token; the lowest class on ties.
std::vector<int> predict_classes(const RowSource& X, const LogisticFit& fit);

/// The same probe for raw inputs: W / scale and b - W (mean / scale).
struct RawWeights {
  MatrixD W;  ///< #classes x #neurons
  VectorD b;  ///< #classes
};
RawWeights raw_weights(const LogisticFit& fit);

}  // namespace neurox
