#include <algorithm>
#include <cmath>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kBestShown = 3;

void add_experts(const io::Tree& uns, ScoreFindings& out) {
  const io::Tree& experts = child(uns, "experts");
  const auto names = strings(experts, "concept"), sites = strings(experts, "site");
  const auto bound = numbers(experts, "bound"), neurons = numbers(experts, "neurons"),
             share = numbers(experts, "share");
  const std::size_t n = std::min({names.size(), sites.size(), bound.size(), neurons.size(), share.size()});
  for (std::size_t i = 0; i < n; ++i)
    out.experts.push_back({names[i], sites[i], bound[i], neurons[i], share[i]});
}

void add_margins(const io::Tree& uns, ScoreFindings& out) {
  const io::Tree& margins = child(uns, "margins");
  out.neurons = number(margins, "neurons"), out.accuracy = number(margins, "accuracy");
  for (const auto& [key, name] : {std::pair{"majority", "commonest class"},
                                  {"word_majority", "each word's commonest class"},
                                  {"control", "labels without meaning"},
                                  {"random_neurons", "random neurons"},
                                  {"random_model", "model with random weights"}})
    if (const double accuracy = number(margins, key); std::isfinite(accuracy))
      out.baselines.emplace_back(name, accuracy);
}

}  // namespace

bool rank_scores(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "ranking" || is_of_attributions(file)) return false;
  const io::Tree& ranking = child(file.data.uns, "ranking");
  if (text(ranking, "label").empty()) return false;  // of factors, votes, other models
  const RankedAxis r = ranked_axis(file);
  ScoreFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.label = text(ranking, "label"), found.method = text(ranking, "method");
  for (std::size_t c = 0; c < r.concepts.size(); ++c) {
    const auto column = static_cast<Index>(c);
    std::vector<float> scores;
    for (Index i = 0; i < r.scores.rows(); ++i)
      if (std::isfinite(r.scores(i, column))) scores.push_back(r.scores(i, column));
    if (scores.empty()) continue;
    ConceptScores of{r.concepts[c], box_figures(scores), {}};
    for (const std::size_t i : best(r, c, kBestShown))
      of.best.emplace_back(r.axis.address(i), static_cast<double>(r.scores(static_cast<Index>(i), column)));
    found.concepts.push_back(std::move(of));
  }
  add_experts(file.data.uns, found);
  add_margins(file.data.uns, found);
  out.scores.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
