#pragma once

#include <string>
#include <vector>

#include "neurox/core/no_value.h"
#include "neurox/report/report_data.h"

namespace neurox {

/// Mean and spread of one measure over the draws of one condition.
struct CurvePoint {
  double share = no_value;
  std::int64_t count = 0;  ///< neurons ablated; 0 for the unablated point
  int draws = 0;
  double mean = no_value;
  double sd = 0;  ///< over draws, divides by n - 1; 0 for one draw
  double min = no_value, max = no_value;
};

/// One line of a plot: the same neurons in growing number.
struct Curve {
  std::string ranking, group, operation;
  bool keep = false;
  std::vector<CurvePoint> points;  ///< share ascending
};

/// A plot: one measure at one target and class, with its baseline.
struct CurveSet {
  std::string measure, target, class_name;
  double baseline = no_value;  ///< nothing ablated
  std::vector<Curve> curves;   ///< in the order of first appearance
};

/// The plots of a table of conditions: targets in order of appearance, within them measures in the table's
/// order. Rows of single neurons (group `list`) and measures without a number are left out.
std::vector<CurveSet> ablation_curves(const AblationFindings& table, const std::string& class_name = "");

/// The classes of a table, in order of appearance; without the overall one.
std::vector<std::string> ablated_classes(const AblationFindings& table);

}  // namespace neurox
