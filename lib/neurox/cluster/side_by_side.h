#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/cluster/cross_correlation.h"

namespace neurox {

/// What models are held against each other by.
enum class Similarity { MaxCorr, MinCorr, LinReg, Svcca, Pwcca, Cka };

struct SimilarityName {
  Similarity measure;
  std::string_view name;     ///< as --method takes it
  std::string_view summary;  ///< one line
  bool of_neurons;           ///< a value per neuron, else per pair of parts alone
  bool fits;                 ///< needs more tokens than a part has neurons
};
/// All of them, in the order of the enumeration.
std::span<const SimilarityName> similarities();

struct SideBySideOptions {
  std::int64_t memory_bytes = std::int64_t{1} << 30;
  double share = 0.99;  ///< of the variance, of SVCCA's and PWCCA's directions
  Progress* progress = nullptr;
};

/// One model's neurons beside the others', by one measure.
struct NeuronLikeness {
  /// Per neuron of the model: over the other models the largest likeness (MaxCorr, LinReg) or the smallest
  /// (MinCorr); 0 of constant neurons.
  VectorD score;
  MatrixD of_model;  ///< #neurons x #models: likeness to each model; NaN for the model itself
  /// #neurons x #models: column of that model which is most alike (MaxCorr, MinCorr), or first column of the
  /// part that predicts best (LinReg); -1 where there is none.
  Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic> partner;
};

struct SideBySide {
  Similarity measure = Similarity::MaxCorr;
  /// #parts x #parts. Of neurons: the mean over the row's varying neurons of their likeness to the column's
  /// part, NaN within a model. Of parts: the measure, rows weighing (PWCCA).
  MatrixD parts;
  std::vector<NeuronLikeness> models;  ///< of neurons: one per model, else empty
};

struct SideBySideResult {
  std::vector<SideBySide> measures;  ///< as asked for
  std::vector<PartMoments> moments;  ///< per part
};

/// Neurons and parts of several models (or parts of one) on the same tokens.
///
/// MaxCorr, MinCorr: a neuron's likeness to a model is its largest |r| with any neuron of the model's parts.
/// LinReg: its largest multiple correlation with all neurons of one of the model's parts.
/// SVCCA, PWCCA, CKA: see similarity.h.
/// @throws Error{Usage} for measures of neurons with a single model
/// @throws Error{Input} as part_moments; for a part whose neurons are all constant; for a measure that fits
/// where a part has not fewer neurons than there are tokens
/// Cost: a pass for means, then passes with products of every two parts, O(tokens neurons^2).
/// Source: Bau et al., ICLR 2019; Wu et al., ACL 2020.
SideBySideResult side_by_side(std::span<const RowSource* const> models, std::span<const ModelPart> parts,
                              std::span<const Similarity> measures, const SideBySideOptions& options);

}  // namespace neurox
