#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/core/no_value.h"

namespace neurox {

/// A drawing of neurons or tokens, near ones being alike (`neurox cluster --method map`).
struct MapPoint {
  double x = 0, y = 0;
  std::int32_t group = -1;  ///< of MapFindings::groups; -1: none
  std::string name;
};
struct MapFindings {
  std::string file, model;
  std::string of;                   ///< neurons, tokens
  std::string by;                   ///< what makes things alike
  std::string colour;               ///< what the groups are; empty: there are none
  std::vector<std::string> groups;  ///< the commonest first
  std::vector<MapPoint> points;
  std::int64_t neighbours = 0;
  double trustworthiness = no_value;
};

}  // namespace neurox
