#pragma once

#include <string>
#include <vector>

#include "console.h"
#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"
#include "neurox/tcav/study.h"

namespace neurox::apps {

/// What a TCAV study found, with the names of its parts.
struct TcavFindings {
  std::vector<tcav::Comparison> comparisons;
  std::vector<SiteColumns> sites;
  std::vector<std::string> classes;                       ///< the targets
  std::vector<std::vector<tcav::ConceptVector>> vectors;  ///< [site][task]
  tcav::CorpusScores scores;
  std::vector<tcav::Result> results;
  std::vector<double> corrected;  ///< p values of results, corrected for their number
  std::string correction;
};

/// One row per comparison, site and class; the layer `sensitivity` has a column per sentence.
io::AnnData tcav_file(const TcavFindings& findings, const io::Provenance& provenance);

/// The concept vectors as a ranking of neurons: X is a neuron's share of a vector, in standard deviations;
/// the layer `weight` the vector itself.
io::AnnData directions_file(const TcavFindings& findings, io::Provenance provenance);

void show(const TcavFindings& findings, Console& console);

}  // namespace neurox::apps
