#pragma once

#include <span>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/core/neurons.h"
#include "neurox/io/table.h"
#include "neurox/probe/description_length.h"
#include "neurox/probe/sites.h"

namespace neurox::apps {

/// `neurox probe --description-length`: how many bits the labels cost at each site.
struct SiteDescription {
  std::string site;
  DescriptionLength length;
};

/// One for each range of columns, in turn.
std::vector<SiteDescription> describe_sites(const RowSource& X, std::span<const int> y,
                                            const NeuronAxis& axis, std::span<const ColumnRange> sites,
                                            const DescriptionLengthOptions& options, Progress& progress);

/// A row per site.
io::Tree description_figures(const std::vector<SiteDescription>& all);
/// A row per site and block: tokens seen before it, bits, accuracy of the probe of those.
io::Tree block_figures(const std::vector<SiteDescription>& all);

void show_descriptions(Console& console, const std::vector<SiteDescription>& all);

}  // namespace neurox::apps
