#include "probe_description.h"

#include <algorithm>

namespace neurox::apps {

using io::Tree;

std::vector<SiteDescription> describe_sites(const RowSource& X, std::span<const int> y,
                                            const NeuronAxis& axis, std::span<const ColumnRange> sites,
                                            const DescriptionLengthOptions& options, Progress& progress) {
  std::vector<SiteDescription> out;
  progress.stage("description length", static_cast<std::int64_t>(sites.size()), "sites");
  for_each_slice(X, sites, options.fit.memory_bytes, [&](std::size_t i, const RowSource& slice) {
    out.push_back(
        {axis.site(static_cast<std::size_t>(sites[i].first)), description_length(slice, y, options)});
    progress.advance_to(static_cast<std::int64_t>(out.size()));
  });
  return out;
}

Tree description_figures(const std::vector<SiteDescription>& all) {
  Tree t;
  for (const auto& [site, length] : all) {
    t["site"].push_back(site);
    t["bits"].push_back(length.bits);
    t["uniform_bits"].push_back(length.uniform_bits);
    t["compression"].push_back(length.compression);
    t["data_bits"].push_back(length.data_bits);
    t["model_bits"].push_back(length.model_bits);
  }
  return t;
}

Tree block_figures(const std::vector<SiteDescription>& all) {
  Tree t;
  for (const auto& [site, length] : all)
    for (const CodedBlock& block : length.blocks) {
      t["site"].push_back(site);
      t["trained_on"].push_back(block.begin);
      t["tokens"].push_back(block.end - block.begin);
      t["bits"].push_back(block.bits);
      t["accuracy"].push_back(block.accuracy);
    }
  return t;
}

void show_descriptions(Console& console, const std::vector<SiteDescription>& all) {
  std::vector<std::vector<Tree>> rows;
  for (const auto& [site, length] : all)
    rows.push_back({site, length.bits, length.compression, length.data_bits, length.model_bits});
  console.table("description_length", {"site", "bits", "compression", "of data", "of the model"}, rows);
  const bool unfinished = std::any_of(all.begin(), all.end(), [](const SiteDescription& d) {
    return std::any_of(d.length.blocks.begin(), d.length.blocks.end(),
                       [](const CodedBlock& b) { return !b.converged; });
  });
  if (unfinished)
    console.warn("a probe of the description length stopped before its tolerance; raise --max-iterations");
}

}  // namespace neurox::apps
