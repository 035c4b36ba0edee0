#pragma once

#include "command_rank.h"

namespace neurox::apps {

/// Which parts of its top sentences a neuron stands for, by the model's answer to each of them repeated.
void rank_by_alignment(const RankCommandOptions& options);

}  // namespace neurox::apps
