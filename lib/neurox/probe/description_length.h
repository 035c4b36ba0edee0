#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/probe/logistic.h"

namespace neurox {

struct DescriptionLengthOptions {
  /// The probe of each block: lambda, l1_ratio and bias_l2, tolerance, classes, memory. By default pure L2 of
  /// 0.01 on weights and biases alike: bias_l2 must be positive, or a class that comes later would cost
  /// infinitely many bits.
  LogisticOptions fit = {.lambda = 1e-2, .l1_ratio = 0, .bias_l2 = 1e-2, .tolerance = 2e-6};
  /// Shares of the tokens at which blocks end, ascending; the last is 1.
  std::vector<double> shares = {0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.0625, 0.125, 0.25, 0.5, 1};
  /// The order in which labels are sent: a permutation of the tokens. Empty: drawn from the seed.
  std::vector<Index> order;
  std::uint64_t seed = 0;
};

struct CodedBlock {
  Index begin = 0, end = 0;  ///< places in the order
  double bits = 0;           ///< to send the block's labels
  double accuracy = 0;       ///< of the probe of the tokens before, on the block; NaN for the first
  bool converged = true;     ///< the probe reached its tolerance
};

struct DescriptionLength {
  std::vector<CodedBlock> blocks;
  double bits = 0;          ///< the online code: their sum
  double uniform_bits = 0;  ///< tokens * log2 classes
  double compression = 0;   ///< uniform_bits / bits, larger is better
  double data_bits = 0;     ///< of all labels by the probe of all of them: its cross-entropy
  double model_bits = 0;    ///< bits - data_bits: what learning the probe costs
};

/// Minimum description length of labels given activations, by the online code.
///
///     L = t_1 log2 K + sum over blocks i, tokens t in (t_i, t_i+1] of -log2 p_i(y_t | x_t)
///
/// The sender and the receiver both know the activations; labels are sent block by block, each coded by the
/// probe p_i that both can train on all tokens before. Few bits mean that the label is easy to read off, with
/// few examples.
///
/// @param X  #tokens x #neurons activations; standardised once, by the statistics of all tokens
/// @param y  #tokens labels in [0, num_classes); -1: left out
/// @throws Error as fit_logistic; Error{Usage} when shares do not ascend to 1 or bias_l2 is not positive;
///         Error{Input} when the order is no permutation of the tokens that have a label
///
/// A block after tokens of one class only is coded by (n_v + 1) / (t + K): no probe can be trained there.
/// Every probe begins at the one before.
/// Cost: a probe per block, of sizes that double: about twice the last one's.
/// Source: Voita & Titov, EMNLP 2020; Rissanen, IEEE Trans. Inf. Theory 1984. Their probe is a multi-layer
/// perceptron stopped early; this one is the convex probe at its optimum, so the number depends on nothing
/// but data, order and penalty.
DescriptionLength description_length(const RowSource& X, std::span<const int> y,
                                     const DescriptionLengthOptions& options);

}  // namespace neurox
