#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "neurox/ablate/operations.h"
#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/hooks.h"

namespace neurox::ablate {

/// The changed columns of one site: x(:, neuron) = value, or as `change` says.
struct SiteEdit {
  Site site;
  std::vector<std::int64_t> neurons;  ///< ascending
  std::vector<float> values;          ///< one each; not looked at where donors give them
  Change change = Change::Replace;
};

struct Replacement {
  Operation operation = Operation::Zero;
  float value = 0;  ///< of Set, Scale and Add
  /// One per neuron of the axis: what Mean and Quantile replace by, the direction of Add (empty: 1).
  std::span<const double> values = {};
};

/// Where in a batch edits act, and where what they put in comes from. One for all edits of a pass: it changes
/// from batch to batch, and is looked at when a site is reached.
struct Places {
  torch::Tensor chosen;  ///< #tokens bool; undefined: everywhere
  /// #tokens int64, each token's row among the donors: of its counterpart, and drawn; undefined without them
  torch::Tensor counterparts, drawn;
  std::function<torch::Tensor(Site)> donors = nullptr;  ///< #rows x width of the site
};

/// The edits that replace these neurons of an axis, sites in the order of computation.
/// @param neurons  positions on `axis`
/// @throws Error{Usage} for a neuron of a site without columns, and for Mean and Quantile without values
std::vector<SiteEdit> site_edits(const NeuronAxis& axis, std::span<const std::int64_t> neurons,
                                 const Replacement& replacement);

/// The earliest block that an edit changes; the passes of the blocks before it stay what they were. `blocks`
/// for the last norm alone.
int first_block(std::span<const SiteEdit> edits, int blocks);

/// Puts edits on a model's hooks for as long as the guards live. They act at every position of every
/// sentence, or where `places` (which must live as long) says.
std::vector<model::Hooks::Guard> put_edits(model::Hooks& hooks, std::span<const SiteEdit> edits,
                                           torch::Device device, const Places* places = nullptr);

/// The same change of a matrix of activations, #tokens x #neurons of `axis`: what peers call ablation
/// (nothing flows on).
/// @throws Error{Usage} for what takes donors
void edit_matrix(MatrixF& X, const NeuronAxis& axis, std::span<const SiteEdit> edits);

}  // namespace neurox::ablate
