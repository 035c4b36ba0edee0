#include "neurox/cluster/pca.h"

#include "neurox/core/error.h"

namespace neurox {

Pca pca(const RowSource& X, DirectionOptions options) {
  if (X.rows() < 2) throw input_error("pca: {} tokens; give two or more", X.rows());
  options.centre = true;
  const Directions found = leading_directions(X, options);
  if (!(found.total > 0))
    throw input_error("pca: all {} neurons are constant over {} tokens", X.cols(), X.rows());
  Pca out;
  out.components = found.vectors.transpose();
  out.scores = project(X, found, options);
  out.variance = found.values / static_cast<double>(X.rows() - 1);
  out.share = found.values / found.total;
  out.mean = found.mean;
  out.exact = found.exact;
  return out;
}

}  // namespace neurox
