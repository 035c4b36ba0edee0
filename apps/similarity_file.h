#pragma once

#include <memory>
#include <string>
#include <vector>

#include "neurox/cluster/side_by_side.h"
#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// What was held side by side, by the names that tables show.
struct ComparedModels {
  std::vector<std::string> files;  ///< as given
  std::vector<std::string> names;  ///< short and different from each other
  std::vector<NeuronAxis> axes;    ///< neurons compared
  std::vector<ModelPart> parts;    ///< sites; `name` as messages have it
  std::vector<PartMoments> moments;
  std::int64_t words = 0, left_out = 0;

  /// `NAME SITE`, or what of both tells the parts apart.
  std::vector<std::string> part_names() const;
  const std::string& site(std::size_t part) const;
  std::int64_t constant(std::size_t model) const;
};

/// `uns/similarity`: the parts, and the measure between every two as a matrix.
io::Tree similarity_tree(const ComparedModels& models, const SideBySide& found);

/// A table of pairs of parts: obs has a row per pair.
io::AnnData similarity_table(const ComparedModels& models, const SideBySide& found);

/// The ranking of one model's neurons: X, layers, var, uns/ranking and `match` columns of obs.
/// @param neurons  the table of the model's neurons, with their statistics
io::AnnData similarity_ranking(const ComparedModels& models, const SideBySide& found, std::size_t model,
                               io::Table neurons);

/// Address of the neuron (or the part, by regression) of `other` that a neuron is most like; empty where
/// there is none.
std::string partner_of(const ComparedModels& models, const SideBySide& found, std::size_t model, Index neuron,
                       std::size_t other);

}  // namespace neurox::apps
