#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// A ranking of neurons by effects: X, its layer `rank` (ties by address), obs, var and `uns/sites`.
/// @param concepts  names of the columns, `overall` last
/// @param scores    #neurons x #concepts, larger is more important
io::AnnData effect_ranking(const NeuronAxis& axis, const std::vector<std::string>& concepts,
                           const MatrixD& scores);

/// The rows of a table of the best: rank, address, score.
std::vector<std::vector<nlohmann::ordered_json>> top_effects(const NeuronAxis& axis, const VectorD& scores);

}  // namespace neurox::apps
