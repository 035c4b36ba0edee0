#pragma once

#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/extract/sentence_plan.h"

namespace neurox::extract {

/// Which texts' tokens the rows at these sites are: the source's (an encoder's sites, cross_k and cross_v) or
/// the target's (a decoder's); Both for models that read one text.
/// @throws Error{Usage} for sites of both, which no row has together
Side side_of_sites(const std::vector<SiteColumns>& sites);

/// Whether all are an encoder's, which needs no target.
bool all_in_encoder(const std::vector<SiteColumns>& sites);

}  // namespace neurox::extract
