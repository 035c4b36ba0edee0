#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "neurox/report/flat_measures.h"
#include "neurox/report/html.h"
#include "neurox/report/measure_axis.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

/// `add=-2.5` as its name and number.
std::optional<std::pair<std::string, double>> dose_of(const std::string& operation) {
  const std::size_t equals = operation.find('=');
  if (equals == std::string::npos) return std::nullopt;
  double number = 0;
  const char* end = operation.data() + operation.size();
  const auto [after, error] = std::from_chars(operation.data() + equals + 1, end, number);
  if (error != std::errc{} || after != end) return std::nullopt;
  return std::pair{operation.substr(0, equals), number};
}

/// The neurons whose dose grows along a curve.
using Series = std::tuple<std::string, std::string, std::int64_t>;  // ranking, group, count

std::string name_of(const Series& s, bool tells_ranking) {
  const auto& [ranking, group, count] = s;
  if (group == "list" || group == "neuron") return ranking;
  return fmt::format("{} {}{}", group, count, tells_ranking && !ranking.empty() ? " of " + ranking : "");
}

/// What the number of an operation is.
std::string dose_title(const std::string& operation) {
  if (operation == "add") return "times the direction (add)";
  if (operation == "set") return "activation (set)";
  if (operation == "scale") return "times the activation (scale)";
  if (operation == "quantile") return "quantile of the activation";
  return "number of " + operation;
}

}  // namespace

void dose_charts(Page& page, const AblationFindings& a) {
  // [operation and target][measure][neurons][dose]: mean over draws
  std::map<std::pair<std::string, std::string>,
           std::vector<std::map<Series, std::map<double, std::vector<double>>>>>
      charts;
  std::map<std::string, std::vector<double>> untouched;
  std::set<std::string> rankings;
  for (const AblationRow& r : a.rows) {
    if (!r.class_name.empty()) continue;
    if (r.group == "none") untouched[r.target] = r.values;
    const auto dose = dose_of(r.operation);
    if (!dose) continue;
    if (r.group != "list" && r.group != "neuron" && !r.ranking.empty()) rankings.insert(r.ranking);
    auto& measures = charts[{dose->first, r.target}];
    measures.resize(a.measures.size());
    for (std::size_t m = 0; m < r.values.size(); ++m)
      if (std::isfinite(r.values[m]))
        measures[m][{r.ranking, r.group, r.count}][dose->second].push_back(r.values[m]);
  }
  bool any = false, draws = false;
  for (const auto& [key, measures] : charts)
    for (const auto& of_measure : measures)
      for (const auto& [neurons, doses] : of_measure) {
        any = any || doses.size() > 1;
        for (const auto& [dose, values] : doses) draws = draws || values.size() > 1;
      }
  if (!any) return;
  const bool many = rankings.size() > 1;
  const auto flat = flat_measures(a);
  page.body += "<div class=\"charts\">\n";
  for (const auto& [key, measures] : charts)
    for (std::size_t m = 0; m < measures.size(); ++m) {
      const std::string& measure = a.measures[m];
      if (measure == "texts" || measure == "tokens" || measure.ends_with("_drop")) continue;
      if (flat.contains({key.second, m})) continue;
      Json series = Json::array(), rules = Json::array();
      std::vector<double> ys;
      for (const auto& [neurons, doses] : measures[m]) {
        if (doses.size() < 2) continue;
        Json points = Json::array();
        for (const auto& [dose, values] : doses) {
          double mean = 0;
          for (const double v : values) mean += v / static_cast<double>(values.size());
          const std::string shown = is_share(measure) ? html::percent(mean) : html::number(mean);
          ys.push_back(mean);
          points.push_back({{"x", dose},
                            {"y", mean},
                            {"tip", fmt::format("{}, {} {}: {}", name_of(neurons, many), key.first,
                                                html::number(dose), shown)}});
        }
        series.push_back({{"name", name_of(neurons, many)},
                          {"role", ""},
                          {"dash", 0},
                          {"shape", static_cast<int>(series.size() % 6)},
                          {"points", std::move(points)}});
      }
      if (series.empty()) continue;
      if (const auto it = untouched.find(key.second); it != untouched.end() && std::isfinite(it->second[m]))
        rules.push_back({{"name", "untouched"}, {"y", it->second[m]}}), ys.push_back(it->second[m]);
      const Json y = measure_axis(measure, ys);
      page.body += "<div>";
      page.figure({{"kind", "lines"},
                   {"title", fmt::format("{} by {}, {}", measure_title(measure), key.first, a.model)},
                   {"x", {{"title", dose_title(key.first)}, {"type", "linear"}, {"format", "~r"}}},
                   {"y", y},
                   {"series", std::move(series)},
                   {"rules", std::move(rules)}},
                  fmt::format("{}{}", draws ? "Means over random draws." : "",
                              y.contains("scale") ? " Logarithmic axis upwards." : ""));
      page.body += "</div>\n";
    }
  page.body += "</div>\n";
}

}  // namespace neurox
