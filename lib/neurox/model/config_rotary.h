#pragma once

#include "neurox/model/config.h"
#include "neurox/model/config_reader.h"

namespace neurox::model {

/// Fills in `rotary` and `local_rotary` from `rope_parameters` (transformers 5), or from `rope_theta`,
/// `rope_scaling`, `rotary_pct` and `rope_local_base_freq` (4).
void read_rotary(const ConfigReader& in, ModelConfig& config);

}  // namespace neurox::model
