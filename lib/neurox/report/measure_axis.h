#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace neurox {

/// The upright axis of a measure: its title and format, from 0 for shares; logarithmic (`scale`) for
/// perplexities of which the largest is 20 times the smallest or more, which would leave all others on one
/// line.
/// @param values  all that is drawn, ends of bands too
nlohmann::ordered_json measure_axis(const std::string& measure, const std::vector<double>& values);

}  // namespace neurox
