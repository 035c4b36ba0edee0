#pragma once

#include <torch/types.h>

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/hooks.h"

namespace neurox::ablate {

/// What a neuron's activation is replaced by.
enum class Operation {
  Zero,
  Mean,  ///< its mean over a corpus
  Set    ///< one value
};

/// The replaced columns of one site: x(:, neuron) = value.
struct SiteEdit {
  Site site;
  std::vector<std::int64_t> neurons;  ///< ascending
  std::vector<float> values;          ///< one each
};

struct Replacement {
  Operation operation = Operation::Zero;
  float value = 0;                ///< of Set
  std::span<const double> means;  ///< of Mean: one per neuron of the axis
};

/// The edits that replace these neurons of an axis, sites in the order of computation.
/// @param neurons  positions on `axis`
/// @throws Error{Usage} for a neuron of a site without columns, and for Mean without means
std::vector<SiteEdit> site_edits(const NeuronAxis& axis, std::span<const std::int64_t> neurons,
                                 const Replacement& replacement);

/// The earliest block that an edit changes; the passes of the blocks before it stay what they were. `blocks`
/// for the last norm alone.
int first_block(std::span<const SiteEdit> edits, int blocks);

/// Puts edits on a model's hooks for as long as the guards live. They act at every position of every
/// sentence.
std::vector<model::Hooks::Guard> put_edits(model::Hooks& hooks, std::span<const SiteEdit> edits,
                                           torch::Device device);

/// The same replacement on a matrix of activations, #tokens x #neurons of `axis`: what peers call ablation
/// (nothing flows on).
void edit_matrix(MatrixF& X, const NeuronAxis& axis, std::span<const SiteEdit> edits);

}  // namespace neurox::ablate
