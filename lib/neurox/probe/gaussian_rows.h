#pragma once

#include <span>
#include <vector>

#include "neurox/probe/gaussian_classes.h"

namespace neurox {

/// What a Gaussian classifier knows of labels, on some tokens.
struct GaussianInformation {
  std::int64_t tokens = 0;    ///< with a label
  double log_likelihood = 0;  ///< mean of ln p(label | neurons), nats; over tokens whose class is known
  double entropy = 0;         ///< H of those tokens' labels, bits
  double information = 0;     ///< H + log_likelihood / ln 2, bits: a lower bound of the mutual information
  double normalised = 0;      ///< information / entropy, bits over bits; 0 when the entropy is
  double accuracy = 0;  ///< share of tokens whose most probable class is theirs; the lowest class on ties
};

/// Tokens seen through the chosen neurons: their columns are kept in memory.
class GaussianRows {
 public:
  /// Keeps a reference to Z, rows standardised as the training rows were. Labels of -1 are left out; those of
  /// a class without training tokens count as wrong and are left out of the likelihood.
  GaussianRows(const StandardRows& Z, std::span<const int> y) : Z_(Z), y_(y.begin(), y.end()) {}

  const StandardRows& rows() const { return Z_; }
  const std::vector<int>& labels() const { return y_; }

  /// Keeps the column of a neuron, in one pass.
  void add(Index neuron);

  /// L^-1 (x - mean) of class v, #chosen x count, for tokens first, first + 1, ... in double.
  MatrixD whitened(const GaussianClasses& classes, Index v, Index first, Index count) const;

  /// What the chosen neurons together know; every neuron of `classes` must have been added here.
  GaussianInformation information(const GaussianClasses& classes) const;

  /// ln p(class | chosen neurons), #tokens x #classes; -infinity for classes without training tokens.
  MatrixD log_posteriors(const GaussianClasses& classes) const;

 private:
  MatrixD band_posteriors(const GaussianClasses& classes, Index first, Index count) const;

  const StandardRows& Z_;
  std::vector<int> y_;
  std::vector<VectorF> columns_;
};

}  // namespace neurox
