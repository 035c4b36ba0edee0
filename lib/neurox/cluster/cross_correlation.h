#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/progress.h"
#include "neurox/core/row_source.h"

namespace neurox {

/// Neighbouring columns of one of several models: a site.
struct ModelPart {
  std::size_t model = 0;  ///< position among the models
  Index first = 0;        ///< column of the model
  Index width = 0;        ///< columns
  std::string name = {};  ///< for messages
};

/// What a part's columns are before they are held against others.
struct PartMoments {
  std::vector<Index> varying;   ///< columns of the part, ascending
  std::vector<Index> constant;  ///< all others: they correlate with nothing
  VectorD mean, sd;             ///< of the varying ones; sd divides by n
};

/// One pass over each model.
/// @param models  each #tokens x #neurons of that model, finite, the same tokens in the same order
/// @throws Error{Input} for models of different numbers of rows, or without a row
std::vector<PartMoments> part_moments(std::span<const RowSource* const> models,
                                      std::span<const ModelPart> parts, Progress& progress);

/// How products of activations are summed. Single: float32 over 512 tokens at a time, many times faster, good
/// to about 1e-6 of a correlation; Double: for what divides by small eigenvalues.
enum class ProductPrecision { Single, Double };

/// Two parts, by their position.
using PartPair = std::pair<std::size_t, std::size_t>;

/// Pearson's correlations of every varying column of one part with every varying column of the other.
///
///     R(i, j) = 1/n sum over tokens (x_i - mean_i)(y_j - mean_j) / (sd_i sd_j)
///
/// Calls `use(k, R)` for pairs k = 0, 1, ... in order, R #varying of the first x #varying of the second.
/// As many pairs as `memory_bytes` holds share a pass over the models. The number of threads changes nothing.
void for_each_correlation(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
                          std::span<const PartMoments> moments, std::span<const PartPair> pairs,
                          ProductPrecision precision, std::int64_t memory_bytes, Progress& progress,
                          const std::function<void(std::size_t, const MatrixD&)>& use);

}  // namespace neurox
