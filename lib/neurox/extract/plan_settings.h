#pragma once

#include <map>
#include <string>

#include "neurox/extract/sentence_plan.h"
#include "neurox/io/table.h"

namespace neurox::extract {

/// The words that command lines and files use for each choice.
extern const std::map<std::string, Unit> units;
extern const std::map<std::string, Pooling> poolings;
extern const std::map<std::string, SentencePooling> sentence_poolings;
extern const std::map<std::string, Over> overs;
extern const std::map<std::string, TooLong> too_longs;

/// The plan that an activation file's settings tell of, so that a model can be shown text as it was then;
/// what they do not tell is as by default.
/// @param max_pieces  what the model takes, unless the settings say less
/// @throws Error{Input} for a word that is none of the above
PlanOptions plan_of_settings(const io::Tree& settings, int max_pieces);

}  // namespace neurox::extract
