#include "neurox/model/architecture.h"

#include <algorithm>
#include <vector>

namespace neurox::model {

std::span<const Architecture> architectures() {
  static const std::vector<Architecture> table = [] {
    std::vector<Architecture> rows;
    for (const std::span<const Architecture> some : {encoder_families(), decoder_families(), pair_families()})
      rows.insert(rows.end(), some.begin(), some.end());
    std::sort(rows.begin(), rows.end(),
              [](const Architecture& a, const Architecture& b) { return a.model_type < b.model_type; });
    return rows;
  }();
  return table;
}

}  // namespace neurox::model
