#include "neurox/extract/site_side.h"

#include <algorithm>
#include <optional>

#include "neurox/core/error.h"

namespace neurox::extract {

Side side_of_sites(const std::vector<SiteColumns>& sites) {
  const SiteColumns *source = nullptr, *target = nullptr;
  for (const SiteColumns& columns : sites) {
    const std::optional<Site> site = site_of(columns);
    if (!site || site->stack == Stack::Only) continue;
    (reads_source(*site) ? source : target) = &columns;
  }
  if (source != nullptr && target != nullptr)
    throw usage_error(
        "{} has a row for each source token and {} for each target token: no row has both; choose sites of "
        "one "
        "side, e.g. encoder_resid_post",
        source->site, target->site);
  return source != nullptr ? Side::Source : target != nullptr ? Side::Target : Side::Both;
}

bool all_in_encoder(const std::vector<SiteColumns>& sites) {
  return !sites.empty() && std::all_of(sites.begin(), sites.end(), [](const SiteColumns& columns) {
    const std::optional<Site> site = site_of(columns);
    return site && site->stack == Stack::Encoder;
  });
}

}  // namespace neurox::extract
