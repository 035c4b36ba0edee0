#pragma once

#include <vector>

#include "neurox/core/matrix.h"

/// How alike two sets of neurons are on the same tokens, all from correlations R of their columns
/// (cross_correlation.h): X is #tokens x #x, Y #tokens x #y, both standardised, R_xy = X'Y / n.
namespace neurox {

/// For each neuron the neuron of the other set with which it correlates most, either sign.
struct BestMatches {
  std::vector<double> value;  ///< |r|; 0 where the other set is empty
  std::vector<Index> other;   ///< the first of equals; -1 where the other set is empty
};
/// Of the rows of R. Source: Bau et al., ICLR 2019 (MaxCorr, MinCorr).
BestMatches best_correlations(const MatrixD& R);

/// Directions of a set of neurons, by the variance that they carry.
struct Basis {
  MatrixD vectors;  ///< #neurons x #directions, orthonormal: eigenvectors of R_xx
  VectorD scale;    ///< square roots of the eigenvalues: singular values of X / sqrt(n), largest first
};
/// All directions that are no rounding error: eigenvalue > 1e-10 of the largest.
Basis full_basis(const MatrixD& R_xx);
/// The first directions of a basis, as many as have less than `share` of the variance together (the one that
/// crosses the share is left out, as in the peer; at least one; all for a share of 1).
Basis leading(const Basis& basis, double share);

/// Multiple correlation of each y with all of X: sqrt(R squared) of its least-squares regression.
/// @param R_xy  #x x #y
/// @return #y values in [0, 1]; of the tokens that were fitted, so it needs many more tokens than neurons
/// Source: Bau et al., ICLR 2019 (LinReg); as contextual-corr-analysis has it.
VectorD regression_power(const Basis& x, const MatrixD& R_xy);

/// Canonical correlations between two sets of directions, largest first, min(#directions) of them.
VectorD canonical_correlations(const Basis& x, const Basis& y, const MatrixD& R_xy);

/// Their mean. With leading(..., 0.99): Raghu et al., NeurIPS 2017.
double svcca(const Basis& x, const Basis& y, const MatrixD& R_xy);

/// Their mean weighted by how much of x each canonical vector h_i accounts for,
///     a_i = sum over neurons j of | <h_i, x_j - mean_j> |,   pwcca = sum a_i rho_i / sum a_i
/// @param sd_x  of x's neurons: the weights are of x in its own units
/// Not symmetric. Source: Morcos et al., NeurIPS 2018. contextual-corr-analysis weighs with x as it is, mean
/// included, which is the same (h_i is orthogonal to the mean).
double pwcca(const Basis& x, const Basis& y, const MatrixD& R_xy, const VectorD& sd_x);

/// |C_xy|_F^2 / (|C_xx|_F |C_yy|_F) with covariances C. Source: Kornblith et al., ICML 2019.
double linear_cka(double norm_xx, double norm_yy, const MatrixD& R_xy, const VectorD& sd_x,
                  const VectorD& sd_y);
/// |C_xx|_F
double covariance_norm(const MatrixD& R_xx, const VectorD& sd_x);

}  // namespace neurox
