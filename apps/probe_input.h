#pragma once

#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"
#include "neurox/probe/logistic.h"

namespace neurox::apps {

/// A probe or ranking file, with what every reader of it needs.
struct NeuronFile {
  std::string path;
  io::AnnData data;
  io::Provenance provenance;
  NeuronAxis axis;
  std::vector<std::string> concepts;  ///< names of the columns
  std::vector<double> means;          ///< per neuron, or empty
};

/// @param kind  `probe` or `ranking`
/// @throws Error{Input} when it is no such file
NeuronFile read_neuron_file(const std::string& path, const std::string& kind);

/// The trained probe that a probe file holds.
LogisticFit fit_of(const NeuronFile& probe);

}  // namespace neurox::apps
