#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "neurox/io/table.h"

namespace neurox::io {

/// `.NAME.progress` beside a target: what of `.NAME.partial` is committed. One line of JSON, then the doubles
/// of the running statistics as they are in memory; replaced as a whole, so it is never half written.
struct ProgressFile {
  Tree fingerprint;  ///< of the run: whatever must agree for another run to go on
  std::int64_t total = 0, rows = 0;
  Tree position;
  std::vector<double> stats;
};

std::filesystem::path progress_path(const std::filesystem::path& target);

void write_progress(const std::filesystem::path& target, const ProgressFile& progress);
/// Nothing when there is none, or it is not one of ours.
std::optional<ProgressFile> read_progress(const std::filesystem::path& target);

/// Removes it, and what a run that was killed while writing it left.
void remove_progress(const std::filesystem::path& target);

/// The first thing that differs, as `settings/layers was 3, now 4`; empty when nothing does. Order of keys is
/// no difference.
std::string first_difference(const Tree& was, const Tree& now);

}  // namespace neurox::io
