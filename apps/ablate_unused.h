#pragma once

#include <initializer_list>
#include <string_view>

#include "command_ablate.h"

namespace neurox::apps {

/// Refuses options that a way of ablating has no use for, by the one table that says which of the command's
/// options were given: `ablate: --mediate has no use for --each`.
/// @throws Error{Usage} for the first of `options` that was given
void refuse_unused(const AblateCommandOptions& given, std::string_view mode,
                   std::initializer_list<std::string_view> options);

}  // namespace neurox::apps
