#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "neurox/io/table.h"

namespace neurox::model {
struct GenerationOptions;
}  // namespace neurox::model

namespace neurox::apps {

struct LoadedModel;

/// How a text is searched for and what may stand in it. What is not given the model's folder says
/// (generation_config.json).
struct WritingSettings {
  std::optional<std::int64_t> beams;
  std::optional<double> length_penalty;
  std::string early_stopping;  ///< yes, no, never; empty: as the folder says
  std::optional<double> repetition_penalty;
  std::optional<std::int64_t> no_repeat;     ///< no n-gram of this size twice
  std::optional<std::int64_t> least_tokens;  ///< new ones
};

/// --beams, --length-penalty, --early-stopping, --repetition-penalty, --no-repeat, --least-tokens
void declare_writing_settings(CLI::App& app, WritingSettings& settings, const std::string& group);

/// The names of those that are given.
std::vector<std::string> names_given(const WritingSettings& settings);

/// Puts both together, what was given going before what the folder says, into `out`; its `sampling` must be
/// set: a folder's beams count only where nothing is sampled.
/// @throws Error{Input} as model::generation_settings
void settle(const WritingSettings& settings, const std::string& folder, const LoadedModel& loaded,
            model::GenerationOptions& out);

/// What was settled, for provenance: `beams`, and of the others what differs from doing nothing.
io::Tree settings_of(const model::GenerationOptions& options);

}  // namespace neurox::apps
