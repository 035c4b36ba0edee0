#pragma once

#include <cstddef>

#include "neurox/io/activation_reader.h"
#include "neurox/report/report_data.h"

namespace neurox {

/// The neurons of an activation file that are of some kind (neuron_kind.h), told by the statistics in its
/// var.
/// @param most_rows  neurons listed at most; all are counted
KindFindings kinds_of_file(const io::ActivationReader& file,
                           std::size_t most_rows = static_cast<std::size_t>(-1));

}  // namespace neurox
