#include "neurox/report/measure_axis.h"

#include <algorithm>

#include "neurox/report/sections.h"

namespace neurox {

nlohmann::ordered_json measure_axis(const std::string& measure, const std::vector<double>& values) {
  nlohmann::ordered_json axis{{"title", measure_title(measure)},
                              {"zero", is_share(measure)},
                              {"format", is_share(measure) ? ".3~p" : "~r"}};
  constexpr double wide = 20;
  const bool is_ratio = measure == "perplexity" || measure == "perplexity_ratio";
  if (!is_ratio || values.empty()) return axis;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  if (*least > 0 && *most >= wide * *least) axis["scale"] = "log";
  return axis;
}

}  // namespace neurox
