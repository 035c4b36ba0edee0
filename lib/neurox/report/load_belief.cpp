#include <algorithm>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

void add_sets(const io::Tree& uns, RankBelief& out) {
  const io::Tree& sets = child(uns, "sets");
  const auto size = numbers(sets, "neurons"), accuracy = numbers(sets, "accuracy"),
             random = numbers(sets, "random"), low = numbers(sets, "random_low"),
             high = numbers(sets, "random_high"), control = numbers(sets, "control"),
             model = numbers(sets, "random_model");
  const std::size_t n = std::min(
      {size.size(), accuracy.size(), random.size(), low.size(), high.size(), control.size(), model.size()});
  for (std::size_t i = 0; i < n; ++i)
    out.sets.push_back({size[i], accuracy[i], random[i], low[i], high[i], control[i], model[i]});
  const io::Tree& summary = child(child(uns, "ranking"), "sets");
  out.majority = number(summary, "majority"), out.lookup = number(summary, "word_majority");
  out.all = number(summary, "all_neurons"), out.keep = number(summary, "keep");
  out.smallest = number(summary, "smallest");
}

void add_concepts(const io::Tree& uns, RankBelief& out) {
  const io::Tree& belief = child(uns, "belief");
  const auto names = strings(belief, "concept");
  const auto found = numbers(belief, "discoveries"), correlation = numbers(belief, "half_correlation"),
             overlap = numbers(belief, "half_overlap");
  const std::size_t n = std::min({names.size(), found.size(), correlation.size(), overlap.size()});
  for (std::size_t i = 0; i < n; ++i)
    out.concepts.push_back({names[i], found[i], correlation[i], overlap[i]});
}

}  // namespace

bool rank_belief(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "ranking") return false;
  const io::Tree& ranking = child(file.data.uns, "ranking");
  RankBelief found;
  found.file = file.name, found.model = file.provenance.model;
  found.method = text(ranking, "method"), found.label = text(ranking, "label");
  found.rate = number(ranking, "rate");
  add_sets(file.data.uns, found);
  add_concepts(file.data.uns, found);
  if (found.sets.empty() && found.concepts.empty()) return false;
  found.neurons = file.data.obs.rows;
  out.beliefs.push_back(std::move(found));
  return true;
}

bool description_length(const Loaded& file, MethodFindings& out) {
  const io::Tree& blocks = child(file.data.uns, "coded_blocks");
  const auto site = strings(blocks, "site");
  const auto trained = numbers(blocks, "trained_on"), accuracy = numbers(blocks, "accuracy");
  if (site.empty() || trained.size() != site.size() || accuracy.size() != site.size()) return false;
  CodeFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.label = text(child(file.data.uns, "probe"), "label");
  for (std::size_t i = 0; i < site.size(); ++i) found.blocks.push_back({site[i], trained[i], accuracy[i]});
  const io::Tree& length = child(file.data.uns, "description_length");
  const auto of = strings(length, "site");
  const auto bits = numbers(length, "bits"), compression = numbers(length, "compression"),
             data = numbers(length, "data_bits"), model = numbers(length, "model_bits");
  const std::size_t n = std::min({of.size(), bits.size(), compression.size(), data.size(), model.size()});
  for (std::size_t i = 0; i < n; ++i)
    found.sites.push_back({of[i], bits[i], compression[i], data[i], model[i]});
  out.codes.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
