#pragma once

#include <functional>
#include <string>
#include <vector>

#include "command_tcav.h"
#include "neurox/io/corpus.h"
#include "neurox/model/model.h"
#include "neurox/tcav/study.h"
#include "neurox/text/tokenizer.h"

namespace neurox::apps {

/// What `neurox tcav` explains.
struct TcavTargets {
  std::vector<std::string> names;
  std::vector<attribute::Target> classes;  ///< of texts; empty: every sentence has targets of its own
  tcav::Explain explain;                   ///< then these
};

/// Classes of a text classifier where that is all that is asked for; else whatever `attribute --target`
/// takes.
/// @throws Error{Usage} for a class that the model has not (with the nearest), a head that it lacks, and for
/// no target where the model has no head
TcavTargets tcav_targets(const TcavCommandOptions& options, model::Model& model,
                         const text::Tokenizer& tokenizer, const io::CorpusReader& corpus);

}  // namespace neurox::apps
