#include "neurox/cluster/umap_layout.h"

#ifdef NEUROX_HAS_UMAPPP
#include <umappp/umappp.hpp>
#endif

namespace neurox {

#ifdef NEUROX_HAS_UMAPPP

bool has_umap() {
  return true;
}

std::vector<double> umap_layout(UmapRequest request) {
  std::vector<double> places(2 * request.neighbours.size());
  umappp::Options settings;
  settings.min_dist = request.min_dist;
  settings.spread = request.spread;
  settings.num_epochs = request.epochs;
  settings.seed = request.seed;
  settings.num_threads = 1;
  umappp::NeighborList<int, double> list = std::move(request.neighbours);
  auto status = umappp::initialize(std::move(list), 2, places.data(), settings);
  const int epochs = status.num_epochs();
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    status.run(epoch);
    request.progress(epoch, epochs);
  }
  return places;
}

#else

bool has_umap() {
  return false;
}

std::vector<double> umap_layout(UmapRequest) {
  return {};
}

#endif

}  // namespace neurox
