#include "neurox/model/class_names.h"

#include <cstddef>

namespace neurox::model {

int class_of_label(const std::vector<std::string>& classes, const std::string& label) {
  const auto lower = [](std::string text) {
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
  };
  const std::string wanted = lower(label);
  for (std::size_t k = 0; k < classes.size(); ++k)
    if (lower(classes[k]) == wanted || std::to_string(k) == wanted || "label_" + std::to_string(k) == wanted)
      return static_cast<int>(k);
  return -1;
}

}  // namespace neurox::model
