#pragma once

#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/report/report_data.h"

namespace neurox {

/// One measure of each class under each condition.
struct ClassChanges {
  std::string measure, target;
  std::vector<std::string> classes;     ///< those measured without an edit too, in order of appearance
  std::vector<double> baseline;         ///< of each class, nothing edited
  std::vector<std::string> conditions;  ///< `top 5 %`, `random 5 %, scale=2`, `mlp_post@3, zero`
  MatrixD values;                       ///< #classes x #conditions: means over draws; NaN where not measured
};

/// By the first measure and the first target that have numbers of classes. Single neurons, which may be
/// thousands, are left out. No classes where none were measured.
ClassChanges class_changes(const AblationFindings& table);

}  // namespace neurox
