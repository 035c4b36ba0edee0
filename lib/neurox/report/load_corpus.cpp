#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kShownNeurons = 20;

}  // namespace

bool corpus_contexts(const Loaded& file, MethodFindings& out) {
  const io::Tree& table = child(file.data.uns, "contexts");
  const auto neuron = numbers(table, "neuron"), count = numbers(table, "count"),
             mean = numbers(table, "mean"), z = numbers(table, "z"), distance = numbers(table, "distance"),
             selectivity = numbers(table, "selectivity");
  const auto kind = strings(table, "kind"), text_of = strings(table, "text");
  const std::size_t n = neuron.size();
  if (file.provenance.kind != "ranking" || n == 0 || count.size() != n || mean.size() != n || z.size() != n ||
      kind.size() != n || text_of.size() != n)
    return false;
  const RankedAxis ranked = ranked_axis(file);
  CorpusFindings found{file.name,
                       file.provenance.model,
                       text(child(file.data.uns, "ranking"), "method"),
                       {},
                       static_cast<std::int64_t>(ranked.axis.size())};
  for (const std::size_t j : best(ranked, 0, kShownNeurons)) {
    NeuronCorpus of{ranked.axis.address(j), static_cast<double>(ranked.scores(static_cast<Index>(j), 0)), {}};
    for (std::size_t i = 0; i < n; ++i)
      if (neuron[i] == static_cast<double>(j))
        of.contexts.push_back({kind[i], text_of[i], static_cast<std::int64_t>(count[i]), mean[i], z[i],
                               i < distance.size() ? distance[i] : no_value,
                               i < selectivity.size() ? selectivity[i] : no_value});
    if (!of.contexts.empty()) found.neurons.push_back(std::move(of));
  }
  out.corpora.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
