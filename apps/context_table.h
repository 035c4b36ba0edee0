#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/core/neurons.h"
#include "neurox/core/no_value.h"
#include "neurox/io/anndata.h"
#include "neurox/rank/weight_mass.h"

namespace neurox::apps {

/// Something of a corpus that a neuron stands for: a word, an n-gram, a sentence, a part of a parse.
struct ContextRow {
  Index neuron;  ///< of the ranking
  std::string kind, text;
  std::int64_t count;          ///< tokens, or sentences, that have it
  double mean;                 ///< activation on it
  double z;                    ///< from the neuron's mean, in standard deviations
  double distance = no_value;  ///< mean distance from the neuron's mean, likewise
  double selectivity = no_value;
  std::int64_t row = -1;  ///< of the activation file, where it ends for the first time
};

/// The ranking of neurons whose only concept is `overall`, with the rows as `uns/contexts`.
io::AnnData contexts_file(const std::vector<double>& scores, const std::vector<ContextRow>& rows);

/// The first `count` neurons with what they stand for; as JSON every row of theirs.
void show_contexts(Console& console, const std::string& method, const NeuronAxis& axis,
                   const std::vector<double>& scores, const std::vector<ContextRow>& rows, int count);

}  // namespace neurox::apps
