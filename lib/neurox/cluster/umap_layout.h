#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace neurox {

/// What umappp is asked. It is compiled apart, with an Eigen of its own (see lib/CMakeLists.txt), so that
/// nothing of Eigen may pass here.
struct UmapRequest {
  std::vector<std::vector<std::pair<int, double>>> neighbours;  ///< of each thing, nearest first
  double min_dist = 0.1, spread = 1;
  int epochs = -1;  ///< -1: umappp's rule
  std::uint64_t seed = 0;
  std::function<void(int done, int all)> progress;  ///< called after each epoch
};

/// @return places, two numbers a thing; empty when this build has no umappp
std::vector<double> umap_layout(UmapRequest request);

/// Whether this build has it.
bool has_umap();

}  // namespace neurox
