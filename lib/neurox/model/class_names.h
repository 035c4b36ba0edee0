#pragma once

#include <string>
#include <vector>

namespace neurox::model {

/// The class that a label names: a class's name in any case, its number, or LABEL_n; -1 for none of them.
int class_of_label(const std::vector<std::string>& classes, const std::string& label);

}  // namespace neurox::model
