#pragma once

#include <cstdint>
#include <string>

#include "neurox/core/neurons.h"
#include "neurox/io/anndata.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/provenance.h"
#include "neurox/probe/study.h"

namespace neurox::apps {

/// What a study was asked that its results do not tell.
struct ProbeSettings {
  double l1_ratio = 0.5;
  double tolerance = 0;
  bool standardised = true;
  std::string control;  ///< distribution of the control task's labels
  std::uint64_t seed = 0;
};

/// A finished study of one label set.
struct ProbeRecord {
  const Study& study;
  const io::LabelledRows& labels;  ///< of the training file
  const NeuronAxis& axis;
  ProbeSettings settings;
};

/// Accuracy and its kin: a row per site of the study (in the order of the axis), then one for all neurons.
io::Tree site_figures(const Study& study, const NeuronAxis& axis);

/// The probe file (docs/files.md): weights #neurons x #classes, with everything that was measured in uns. The
/// caller gives obs.
io::AnnData probe_file(const ProbeRecord& record, const io::Provenance& provenance);

}  // namespace neurox::apps
