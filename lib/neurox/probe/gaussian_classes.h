#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/progress.h"
#include "neurox/probe/standard_rows.h"

namespace neurox {

/// How a class's covariance is made of its scatter matrix S = sum (x - mean)(x - mean)', its n tokens and the
/// d neurons there are.
enum class GaussianPrior {
  Shrunk,            ///< (S + kappa diag S / n) / (n + kappa): kappa more tokens with uncorrelated neurons
  Map,               ///< (S + diag S / n) / (n + 2d + 4): intrinsic-probing's
  MapUnbiased,       ///< (S + diag S / (n-1)) / (n + 2d + 4): Antverg and Belinkov's, and NeuroX's
  MaximumLikelihood  ///< S / n
};

struct GaussianOptions {
  GaussianPrior prior = GaussianPrior::Shrunk;
  double kappa = 100;         ///< tokens that the prior of Shrunk is worth, >= 0
  int num_classes = 0;        ///< 0: largest label + 1
  Index prior_dimension = 0;  ///< d of the two MAP priors; 0: all neurons of X, constant ones too
  /// A neuron's variance given those before it counts as this share of its variance over all tokens at least:
  /// then a copy adds nothing, and a neuron that is constant within one class can be used.
  double floor = 1e-8;
  std::int64_t memory_bytes = std::int64_t{4} << 30;  ///< keep the matrices in memory when they fit in this
  Progress* progress = nullptr;
};

/// A Gaussian per class on neurons that are added one at a time.
///
/// Of each class's covariance only the rows of the chosen neurons are ever made: with A = S + lambda
/// diag S, lambda the prior's, and its Cholesky factor L over the chosen neurons C,
///
///     L(C, j) = L^-1 A(C, j) for every neuron j,      A(j, j | C) = A(j, j) - |L(C, j)|^2
///
/// so that adding a neuron is a new row of L(C, .) for all j at once (a bordered Cholesky), and the density
/// of the chosen neurons and any other one is two terms away from that of the chosen. All in standardised
/// units: what a posterior says does not depend on a neuron's scale.
///
/// Cost of a neuron: one pass of O(tokens*neurons) and O(classes*neurons*k); memory O(classes*neurons*k).
class GaussianClasses {
 public:
  /// One pass over the rows. Keeps a reference to Z; `y` holds labels in [0, num_classes), or -1: left out.
  /// @throws Error{Input} when a class has one token only, or fewer than two classes have any
  GaussianClasses(const StandardRows& Z, std::span<const int> y, int num_classes,
                  const GaussianOptions& options);

  /// Takes a neuron in, in one pass.
  void add(Index neuron);

  Index neurons() const { return mean_.cols(); }
  Index classes() const { return mean_.rows(); }
  Index chosen() const { return static_cast<Index>(order_.size()); }
  const std::vector<Index>& order() const { return order_; }
  bool present(Index v) const { return counts_[static_cast<std::size_t>(v)] > 0; }

  double log_frequency(Index v) const;  ///< of the class in training
  double mean(Index v, Index j) const { return mean_(v, j); }
  /// log of the factor that turns A into the covariance.
  double log_scale(Index v) const;
  /// A(j, j | C) of class v, floored.
  double remaining(Index v, Index j) const;
  /// L(C, j) of class v: row a belongs to the a-th chosen neuron.
  const MatrixD& factor(Index v) const { return factors_[static_cast<std::size_t>(v)]; }
  /// The diagonal of L over the chosen neurons of class v.
  double pivot(Index v, Index a) const {
    return pivots_[static_cast<std::size_t>(v)][static_cast<std::size_t>(a)];
  }

 private:
  const StandardRows& Z_;
  std::vector<int> y_;
  GaussianPrior prior_;
  double dimension_, kappa_, floor_;
  std::vector<std::int64_t> counts_;
  std::int64_t total_ = 0;
  MatrixD mean_, remaining_;      ///< #classes x #neurons
  MatrixD ridge_;                 ///< #classes x #neurons: what the prior adds to the diagonal of S
  std::vector<MatrixD> factors_;  ///< per class, #room for chosen x #neurons
  std::vector<std::vector<double>> pivots_;
  std::vector<Index> order_;
};

}  // namespace neurox
