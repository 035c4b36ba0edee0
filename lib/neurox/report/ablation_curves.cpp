#include "neurox/report/ablation_curves.h"
#include "neurox/core/no_value.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace neurox {
namespace {

bool same_line(const Curve& c, const AblationRow& r) {
  return c.ranking == r.ranking && c.group == r.group && c.operation == r.operation && c.keep == r.keep;
}

/// A condition's draws, gathered before their mean is taken.
struct Gathered {
  Curve curve;
  std::vector<std::vector<double>> draws;  ///< per point
};

void add(std::vector<Gathered>& lines, const AblationRow& row, double value) {
  auto line =
      std::find_if(lines.begin(), lines.end(), [&](const Gathered& g) { return same_line(g.curve, row); });
  if (line == lines.end()) {
    Gathered begun;
    begun.curve = {row.ranking, row.group, row.operation, row.keep, {}};
    line = lines.insert(lines.end(), std::move(begun));
  }
  auto& points = line->curve.points;
  auto at = std::find_if(points.begin(), points.end(),
                         [&](const CurvePoint& p) { return p.share == row.share && p.count == row.count; });
  if (at == points.end()) {
    CurvePoint point;
    point.share = row.share, point.count = row.count;
    at = points.insert(points.end(), point);
    line->draws.emplace_back();
  }
  line->draws[static_cast<std::size_t>(at - points.begin())].push_back(value);
}

Curve summarise(Gathered gathered) {
  for (std::size_t i = 0; i < gathered.draws.size(); ++i) {
    const std::vector<double>& v = gathered.draws[i];
    CurvePoint& p = gathered.curve.points[i];
    const auto n = static_cast<double>(v.size());
    double sum = 0, squares = 0;
    for (const double x : v) sum += x;
    p.mean = sum / n;
    for (const double x : v) squares += (x - p.mean) * (x - p.mean);
    p.sd = v.size() > 1 ? std::sqrt(squares / (n - 1)) : 0;
    p.draws = static_cast<int>(v.size());
    p.min = *std::min_element(v.begin(), v.end());
    p.max = *std::max_element(v.begin(), v.end());
  }
  std::stable_sort(gathered.curve.points.begin(), gathered.curve.points.end(),
                   [](const CurvePoint& a, const CurvePoint& b) {
                     return a.share != b.share ? a.share < b.share : a.count < b.count;
                   });
  return gathered.curve;
}

}  // namespace

std::vector<CurveSet> ablation_curves(const AblationFindings& table, const std::string& class_name) {
  std::vector<std::string> targets;
  for (const AblationRow& row : table.rows)
    if (row.group != "none" && std::find(targets.begin(), targets.end(), row.target) == targets.end())
      targets.push_back(row.target);
  std::vector<CurveSet> out;
  for (const std::string& target : targets)
    for (std::size_t m = 0; m < table.measures.size(); ++m) {
      // How much was measured is no effect.
      if (table.measures[m] == "texts" || table.measures[m] == "tokens") continue;
      CurveSet set{table.measures[m], target, class_name, no_value, {}};
      std::vector<Gathered> lines;
      for (const AblationRow& row : table.rows) {
        // What is measured without an ablation may stand there once for all targets.
        const bool here = row.target == target || (row.group == "none" && row.target.empty());
        if (!here || row.class_name != class_name || m >= row.values.size()) continue;
        const double value = row.values[m];
        if (std::isnan(value)) continue;
        if (row.group == "none")
          set.baseline = value;
        else if (row.group != "list" && row.group != "neuron" && !std::isnan(row.share))
          add(lines, row, value);
      }
      for (Gathered& line : lines) set.curves.push_back(summarise(std::move(line)));
      if (!set.curves.empty()) out.push_back(std::move(set));
    }
  return out;
}

std::vector<std::string> ablated_classes(const AblationFindings& table) {
  std::vector<std::string> out;
  for (const AblationRow& row : table.rows)
    if (!row.class_name.empty() && std::find(out.begin(), out.end(), row.class_name) == out.end())
      out.push_back(row.class_name);
  return out;
}

}  // namespace neurox
