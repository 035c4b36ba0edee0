#include "neurox/rank/fingerprint.h"

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/core/rank_correlation.h"
#include "neurox/rank/counts.h"

namespace neurox {

std::vector<double> fingerprint(const NeuronList& order, Index k, const NeuronSites& sites) {
  if (k < 1 || k > static_cast<Index>(order.size()))
    throw usage_error("the first {} neurons of {}: take 1 to {}", k, order.size(), order.size());
  const NeuronList first(order.begin(), order.begin() + k);
  std::vector<double> out;
  for (const std::int64_t n : spread_over_sites(first, sites.site_of, sites.count))
    out.push_back(static_cast<double>(n) / static_cast<double>(k));
  return out;
}

FingerprintLikeness likeness(std::span<const double> a, std::span<const double> b) {
  FingerprintLikeness out{no_value, spearman(a, b)};
  if (a.size() < 2) return out;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  if (aa > 0 && bb > 0) out.cosine = ab / std::sqrt(aa * bb);
  return out;
}

MatrixD experts(std::span<const double> scores, const NeuronSites& sites, std::span<const double> bounds) {
  if (scores.size() != sites.site_of.size())
    throw input_error("{} scores but sites of {} neurons", scores.size(), sites.site_of.size());
  MatrixD out = MatrixD::Zero(sites.count, static_cast<Index>(bounds.size()));
  for (std::size_t j = 0; j < scores.size(); ++j)
    for (std::size_t b = 0; b < bounds.size(); ++b)
      if (scores[j] > bounds[b]) out(sites.site_of[j], static_cast<Index>(b)) += 1;
  return out;
}

}  // namespace neurox
