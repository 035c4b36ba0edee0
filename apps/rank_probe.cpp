#include <algorithm>
#include <cmath>

#include "command_rank.h"

#include "console.h"
#include "model_input.h"
#include "neurox/core/no_value.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/rank/counts.h"
#include "neurox/rank/scores.h"
#include "neurox/rank/weight_mass.h"
#include "probe_input.h"
#include "rank_margins.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<std::int32_t> site_of(const NeuronAxis& axis) {
  std::vector<std::int32_t> sites;
  for (const Neuron& n : axis.neurons) sites.push_back(n.site);
  return sites;
}

Tree mass_figures(const std::vector<MassCount>& counts, const std::vector<std::string>& classes) {
  Tree t;
  for (const MassCount& count : counts) {
    for (std::size_t c = 0; c <= classes.size(); ++c) {
      t["concept"].push_back(c < classes.size() ? classes[c] : "overall");
      t["share"].push_back(count.share);
      t["neurons"].push_back(c < classes.size() ? count.per_class[c] : count.together);
    }
  }
  return t;
}

Tree spread_of_sets(const NeuronSets& sets, const NeuronAxis& axis, const std::vector<std::string>& classes) {
  Tree t;
  const std::vector<std::int32_t> sites = site_of(axis);
  for (std::size_t c = 0; c <= classes.size(); ++c) {
    const NeuronList& neurons = c < classes.size() ? sets.per_class[c] : sets.together;
    const auto counts = spread_over_sites(neurons, sites, static_cast<int>(axis.sites.size()));
    for (std::size_t s = 0; s < axis.sites.size(); ++s) {
      t["concept"].push_back(c < classes.size() ? classes[c] : "overall");
      t["site"].push_back(axis.sites[s].site);
      t["block"].push_back(axis.sites[s].block);
      t["count"].push_back(counts[s]);
    }
  }
  return t;
}

Tree sharing_figures(const NeuronSets& sets, const Sharing& sharing,
                     const std::vector<std::string>& classes) {
  Tree t;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    t["class"].push_back(classes[c]);
    t["top"].push_back(sets.per_class[c].size());
    t["focused"].push_back(sharing.focused[c].size());
    t["shared"].push_back(sets.per_class[c].size() - sharing.focused[c].size());
  }
  return t;
}

Tree matrix_rows(const MatrixD& M) {
  Tree rows = Tree::array();
  for (Index r = 0; r < M.rows(); ++r) rows.push_back(std::vector<double>(M.row(r).begin(), M.row(r).end()));
  return rows;
}

/// Of the probe itself, on what it was evaluated on.
Margins margins_of_probe(const Tree& probe, std::size_t neurons) {
  Margins out;
  const auto number = [](const Tree& t, const char* name) {
    const auto at = t.find(name);
    return at != t.end() && at->is_number() ? at->get<double>() : no_value;
  };
  out.neurons = static_cast<Index>(neurons);
  const auto eval = probe.find("eval"), control = probe.find("control");
  if (eval == probe.end()) return out;
  out.accuracy = number(*eval, "accuracy");
  const auto add = [&](const char* name, double value) {
    if (std::isfinite(value)) out.baselines.push_back({name, value});
  };
  add("majority", number(probe, "majority"));
  add("word_majority", number(probe, "word_majority"));
  if (control != probe.end()) add("control", number(*control, "accuracy"));
  return out;
}

}  // namespace

void rank_probe(const RankCommandOptions& options) {
  Console console(options.common);
  const io::WriteOptions writing{options.output.force, {options.input}};
  io::check_output(options.output.path, writing);
  const NeuronFile file = read_neuron_file(options.input, "probe");
  const io::AnnData& probe = file.data;
  const io::Provenance& from = file.provenance;
  const NeuronAxis& axis = file.axis;
  const std::vector<std::string>& classes = file.concepts;
  const MatrixF W = probe.X->transpose();

  const RankTable table = rank_by_mass(W, options.stride);
  const Ordering ordering = order_by_mass(W, options.stride);
  const NeuronSets top = top_by_mass(W, options.share);
  const std::vector<MassCount> counts = count_by_mass(W, options.shares);
  const Sharing sharing = sharing_between_classes(top.per_class, W.cols());

  io::AnnData out;
  out.obs = probe.obs;
  out.var.row_names = classes;
  out.var.row_names->emplace_back("overall");
  out.var.rows = static_cast<std::int64_t>(out.var.row_names->size());
  out.X = table.scores.cast<float>();
  out.layers.emplace_back("rank", table.ranks.cast<float>());
  io::Provenance provenance = provenance_of("ranking");
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  provenance.add_input(options.input);
  provenance.settings = from.settings;
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(axis);
  out.uns["ranking"] = {
      {"method", "weight mass"},     {"label", probe.uns.at("probe").value("label", std::string())},
      {"stride", options.stride},    {"share", options.share},
      {"cutoffs", ordering.cutoffs}, {"larger_is_more_important", true}};
  out.uns["mass"] = mass_figures(counts, classes);
  out.uns["spread"] = spread_of_sets(top, axis, classes);
  out.uns["shared"] = sharing_figures(top, sharing, classes);
  out.uns["jaccard"] = matrix_rows(sharing.jaccard);
  const Margins margins = margins_of_probe(probe.uns.at("probe"), axis.size());
  if (!margins.baselines.empty()) out.uns["margins"] = margin_figures(margins);
  io::write_anndata(options.output.path, out, writing);

  warn_of_margins(console, "weight mass", margins);
  console.figure("neurons", axis.size());
  console.figure("top neurons together", top.together.size());
  console.figure("shared between classes", sharing.shared.size());
  std::vector<std::vector<Tree>> rows;
  for (std::size_t i = 0; i < ordering.neurons.size() && i < static_cast<std::size_t>(options.show); ++i) {
    const Index neuron = ordering.neurons[i];
    Index best = 0;
    table.scores.row(neuron).head(static_cast<Index>(classes.size())).maxCoeff(&best);
    rows.push_back({i + 1, axis.address(static_cast<std::size_t>(neuron)),
                    classes[static_cast<std::size_t>(best)], W(best, neuron), table.scores(neuron, best)});
  }
  console.table("top", {"rank", "neuron", "class", "weight", "share of mass"}, rows);
  rows.clear();
  for (const MassCount& count : counts)
    rows.push_back({count.share, count.together,
                    static_cast<double>(count.together) / static_cast<double>(axis.size()),
                    *std::min_element(count.per_class.begin(), count.per_class.end()),
                    *std::max_element(count.per_class.begin(), count.per_class.end())});
  console.table("neurons_for_mass",
                {"share of mass", "neurons", "of all", "fewest of a class", "most of a class"}, rows);
  rows.clear();
  const auto sites = spread_over_sites(top.together, site_of(axis), static_cast<int>(axis.sites.size()));
  for (std::size_t s = 0; s < sites.size(); ++s)
    if (axis.sites[s].width > 0) rows.push_back({axis.sites[s].site, sites[s]});
  console.table("spread", {"site", "top neurons"}, rows);
  rows.clear();
  for (std::size_t c = 0; c < classes.size(); ++c)
    rows.push_back({classes[c], top.per_class[c].size(), sharing.focused[c].size()});
  console.table("classes", {"class", "top neurons", "in no other class"}, rows);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
