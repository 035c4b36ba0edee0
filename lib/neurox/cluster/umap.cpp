#include "neurox/cluster/umap.h"

#include "neurox/core/error.h"

namespace neurox {

MatrixF umap(const Neighbours& neighbours, const UmapOptions& options) {
  if (!has_umap())
    throw usage_error(
        "this neurox was built without umappp, which draws maps; docs/install.md says where it comes from");
  if (neighbours.things < 3) throw input_error("a map of {} things; it needs 3 or more", neighbours.things);
  UmapRequest request;
  request.neighbours.resize(static_cast<std::size_t>(neighbours.things));
  std::size_t at = 0;
  for (auto& of_thing : request.neighbours)
    for (Index j = 0; j < neighbours.each; ++j, ++at)
      of_thing.emplace_back(neighbours.index[at], static_cast<double>(neighbours.distance[at]));
  request.min_dist = options.min_dist;
  request.spread = options.spread;
  request.epochs = options.epochs > 0 ? options.epochs : -1;
  request.seed = options.seed;
  request.progress = [progress = options.progress](int done, int all) {
    if (progress == nullptr) return;
    if (done == 1) progress->stage("map", all, "epochs");
    progress->advance_to(done);
  };
  const std::vector<double> places = umap_layout(std::move(request));
  return Eigen::Map<const MatrixD>(places.data(), neighbours.things, 2).cast<float>();
}

}  // namespace neurox
