#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace neurox {

/// One number of a group of neurons: a head, a site, a set.
struct GroupValue {
  std::string name;  ///< `3.11` or `SITE:11` of a head, a site's full name, or any other
  double value = 0;
  std::string tip = {};              ///< what pointing at it says
  std::optional<double> error = {};  ///< whisker to either side
};

/// Blocks x heads, where every group is a head; of heads of several sites a row for each site and block.
/// Nothing otherwise.
std::optional<nlohmann::ordered_json> heads_by_block(const std::vector<GroupValue>& groups,
                                                     const std::string& title, const std::string& legend);

/// Bars of groups, those with the largest values (by size) in the order in which they come.
/// @param largest  at most this many
nlohmann::ordered_json bars_of_groups(const std::vector<GroupValue>& groups, const std::string& title,
                                      const std::string& axis, std::size_t largest);

}  // namespace neurox
