#pragma once

#include <fmt/format.h>

#include <string>

#include "neurox/report/html.h"
#include "neurox/report/report_data.h"

namespace neurox {

/// A condition of an ablation in words: which neurons, and what was done to them.
inline std::string condition_name(const AblationRow& r) {
  if (r.group == "none") return "untouched";
  const std::string neurons = r.group == "list" || r.group == "neuron"
                                  ? r.ranking
                                  : fmt::format("{} {}", r.group, html::count(r.count));
  return fmt::format("{}{}, {}", r.keep ? "all but " : "", neurons, r.operation);
}

}  // namespace neurox
