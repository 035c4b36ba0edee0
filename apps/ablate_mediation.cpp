#include "ablate_mediation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "effect_ranking.h"
#include "neuron_choice.h"
#include "neurox/ablate/mediation.h"
#include "neurox/ablate/mediation_means.h"
#include "neurox/attribute/neuron_groups.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/io/progress_file.h"
#include "neurox/io/prompt_pairs.h"

namespace neurox::apps {
namespace {

using ablate::Mediator;
using io::Tree;

bool is_pattern(const std::string& site) {
  const auto parsed = parse_site(site);
  return parsed && parsed->kind == SiteKind::AttnPattern;
}

/// The model's sites, attn_pattern with a column for each head.
std::vector<SiteColumns> sites_with_heads(const model::Model& model) {
  std::vector<SiteColumns> sites = model.sites();
  for (SiteColumns& site : sites)
    if (is_pattern(site.site)) {
      site.width = static_cast<int>(model.config().heads);
      site.head_width = 1;
    }
  return sites;
}

/// What mediates, and the neurons that stand for it in the ranking: a head's columns of attn_z where it is
/// its attention weights.
struct Mediated {
  std::vector<Mediator> mediators;
  std::vector<std::string> names;
  NeuronAxis rows;
  std::vector<std::size_t> mediator_of;  ///< of each row
  bool grouped = false;                  ///< rows share mediators
};

Mediated mediated(const AblateCommandOptions& options, const model::Model& model) {
  const std::vector<SiteColumns> sites = sites_with_heads(model);
  const NeuronAxis all = all_neurons(sites);
  const std::string pattern =
      options.neurons.empty() && options.mediate == "head" ? "attn_pattern" : options.neurons;
  if (pattern.empty())
    throw usage_error("ablate: --mediate {} takes --neurons, say mlp_post or mlp_out@0-5", options.mediate);
  const NeuronAxis chosen = select(all, chosen_neurons(pattern, all));
  Mediated out;
  out.grouped = options.mediate != "neuron";
  std::map<std::pair<std::size_t, std::int32_t>, std::size_t> rows;  // site of the model, column: mediator
  for (const attribute::NeuronGroup& group : attribute::group_neurons(chosen, options.mediate)) {
    const std::size_t number = out.mediators.size();
    std::map<Site, std::vector<std::int64_t>> by_site;
    for (const std::int64_t n : group.neurons) {
      const auto i = static_cast<std::size_t>(n);
      const std::int32_t index = chosen.neurons[i].index;
      const std::string& name = chosen.site(i);
      const Site site = *site_of(chosen.sites[static_cast<std::size_t>(chosen.neurons[i].site)]);
      by_site[site].push_back(index);
      const bool weights = site.kind == SiteKind::AttnPattern;
      const std::string in = weights ? full_name({SiteKind::AttnZ, site.block, {}, site.stack}) : name;
      const auto at = static_cast<std::size_t>(
          std::find_if(sites.begin(), sites.end(), [&](const SiteColumns& s) { return s.site == in; }) -
          sites.begin());
      const int columns = weights ? sites[at].head_width : 1;
      out.grouped = out.grouped || weights;
      for (std::int32_t c = 0; c < columns; ++c)
        if (!rows.emplace(std::pair{at, index * columns + c}, number).second)
          throw usage_error(
              "ablate: heads by their weights and columns of {} are told of as the same neurons; take one of "
              "them",
              in);
    }
    Mediator& mediator = out.mediators.emplace_back();
    for (auto& [site, neurons] : by_site) mediator.push_back({site, std::move(neurons)});
    out.names.push_back(group.name);
  }
  std::vector<SiteColumns> used;
  std::size_t last = sites.size();
  for (const auto& [row, number] : rows) {
    if (row.first != last) used.push_back(sites[row.first]);
    last = row.first;
    out.rows.neurons.push_back({static_cast<std::int32_t>(used.size()) - 1, row.second});
    out.mediator_of.push_back(number);
  }
  out.rows.sites = std::move(used);
  return out;
}

ablate::Exchanged exchanged_of(const std::string& positions) {
  if (positions == "all") return ablate::Exchanged::All;
  if (positions == "differing") return ablate::Exchanged::Differing;
  if (positions == "last") return ablate::Exchanged::Last;
  throw usage_error("ablate: --mediate exchanges activations at all, differing or last (--positions), not {}",
                    positions);
}

/// The pairs, and of templates the candidates whose ratio is the bias.
struct Pairs {
  std::vector<io::PromptPair> list;
  std::vector<io::Counterpart> counterparts;
  std::vector<std::string> classes;

  int class_of(const io::PromptPair& pair) const {
    const auto it = std::find(classes.begin(), classes.end(), pair.class_name);
    return it == classes.end() ? -1 : static_cast<int>(it - classes.begin());
  }
};

Pairs read_pairs(const AblateCommandOptions& options) {
  Pairs out;
  if (options.templates.empty()) {
    out.list = io::read_prompt_pairs(options.corpus.path);
  } else {
    out.counterparts = io::parse_counterparts(options.counterparts);
    out.list = io::pairs_of_templates(options.templates, options.corpus.path, out.counterparts);
  }
  const auto limit = static_cast<std::size_t>(options.corpus.limit);
  if (limit > 0 && out.list.size() > limit) out.list.resize(limit);
  for (const io::PromptPair& pair : out.list)
    if (!pair.class_name.empty()) out.classes.push_back(pair.class_name);
  std::sort(out.classes.begin(), out.classes.end());
  out.classes.erase(std::unique(out.classes.begin(), out.classes.end()), out.classes.end());
  return out;
}

/// One pair, an open one as the model closes it: the base's candidate is the one that it expects.
std::pair<io::PromptPair, ablate::PairEffects> effects_of_pair(const io::PromptPair& asked,
                                                               const std::string& where, LoadedModel& loaded,
                                                               const std::vector<Mediator>& mediators,
                                                               const ablate::MediationOptions& work) {
  try {
    io::PromptPair pair = asked;
    ablate::PromptTokens tokens = ablate::prompt_tokens(loaded.tokenizer, pair, where);
    if (pair.is_open() && ablate::log_ratio_of_base(loaded.model, tokens) > 0) {
      pair = pair.turned();
      tokens = ablate::prompt_tokens(loaded.tokenizer, pair, where);
    }
    return {pair, ablate::mediate(loaded.model, tokens, mediators, work)};
  } catch (const Error& e) {
    const std::string what = e.what();
    throw Error(e.kind(), what.starts_with(where) || e.kind() == ErrorKind::Usage
                              ? what
                              : fmt::format("{}: {}", where, what));
  }
}

void add_to_table(Tree& table, const Pairs& pairs, const io::PromptPair& pair,
                  const ablate::PairEffects& effects) {
  table["base"].push_back(pair.base);
  table["counterfactual"].push_back(pair.counterfactual);
  table["base_candidate"].push_back(pair.base_candidate);
  table["counterfactual_candidate"].push_back(pair.counterfactual_candidate);
  table["class"].push_back(pair.class_name);
  table["ratio"].push_back(std::exp(effects.base));
  table["counterfactual_ratio"].push_back(std::exp(effects.counterfactual));
  table["total_effect"].push_back(ablate::relative_effect(effects.counterfactual, effects.base));
  if (pairs.counterparts.empty()) return;
  const bool first = pair.counterfactual_candidate == pairs.counterparts[0].candidate;
  table["bias_ratio"].push_back(std::exp(first ? effects.base : -effects.base));
}

/// Mean, geometric mean and the share above 1 of the bias ratios.
Tree bias_of(const Pairs& pairs, const Tree& table) {
  double sum = 0, logs = 0, above = 0;
  const auto ratios = table.at("bias_ratio").get<std::vector<double>>();
  for (const double ratio : ratios) {
    sum += ratio;
    logs += std::log(ratio);
    above += ratio > 1 ? 1 : 0;
  }
  const auto n = static_cast<double>(ratios.size());
  return {
      {"candidates", fmt::format("{}/{}", pairs.counterparts[0].candidate, pairs.counterparts[1].candidate)},
      {"mean", sum / n},
      {"geometric_mean", std::exp(logs / n)},
      {"share_above_1", above / n}};
}

/// Effects of mediators as effects of the neurons that stand for them.
MatrixD of_rows(const MatrixD& effects, const Mediated& what) {
  MatrixD out(static_cast<Index>(what.mediator_of.size()), effects.cols());
  for (std::size_t i = 0; i < what.mediator_of.size(); ++i)
    out.row(static_cast<Index>(i)) = effects.row(static_cast<Index>(what.mediator_of[i]));
  return out;
}

Tree totals_of(const Pairs& pairs, const ablate::MediationMeans& means) {
  Tree table = Tree::object();
  for (std::size_t c = 0; c <= pairs.classes.size(); ++c) {
    const auto total = means.total(c);
    table["class"].push_back(c < pairs.classes.size() ? pairs.classes[c] : "overall");
    table["pairs"].push_back(total.pairs);
    table["total_effect"].push_back(total.total);
    table["standard_error"].push_back(total.total_error);
    table["log_total_effect"].push_back(total.log_total);
  }
  return table;
}

io::AnnData ranking_of(const Mediated& what, const Pairs& pairs, const ablate::MediationMeans& means) {
  const auto effects = means.effects();
  std::vector<std::string> concepts = pairs.classes;
  concepts.emplace_back("overall");
  const MatrixD indirect = of_rows(effects.indirect, what);
  io::AnnData out = effect_ranking(what.rows, concepts, indirect);
  const std::pair<const char*, const MatrixD&> layers[] = {{"direct", effects.direct},
                                                           {"indirect", effects.indirect},
                                                           {"log_direct", effects.log_direct},
                                                           {"log_indirect", effects.log_indirect},
                                                           {"standard_error", effects.indirect_error}};
  for (const auto& [name, values] : layers)
    out.layers.emplace_back(name, of_rows(values, what).cast<float>());
  if (what.grouped) {
    std::vector<std::string> names;
    std::vector<std::int64_t> sizes(what.mediators.size());
    for (const std::size_t m : what.mediator_of) {
      names.push_back(what.names[m]);
      ++sizes[m];
    }
    out.obs.add("group", io::categorical(names));
    Tree table = Tree::object();
    const Index overall = indirect.cols() - 1;
    for (std::size_t m = 0; m < what.mediators.size(); ++m) {
      table["mediator"].push_back(what.names[m]);
      table["neurons"].push_back(sizes[m]);
      table["indirect"].push_back(effects.indirect(static_cast<Index>(m), overall));
      table["direct"].push_back(effects.direct(static_cast<Index>(m), overall));
    }
    out.uns["mediators"] = table;
  }
  out.uns["ranking"] = {
      {"method", "mediation"},
      {"label", ""},
      {"effect", "indirect"},
      {"score", "mean over pairs of y(base, neuron as under the counterfactual) / y(base) - 1"},
      {"larger_is_more_important", true}};
  out.uns["totals"] = totals_of(pairs, means);
  return out;
}

/// The mediators with the largest indirect effect.
void show_top(const Mediated& what, const ablate::MediationMeans& means, Console& console) {
  const auto effects = means.effects();
  const Index overall = effects.indirect.cols() - 1;
  std::vector<std::size_t> order(what.mediators.size());
  for (std::size_t m = 0; m < order.size(); ++m) order[m] = m;
  const auto indirect = [&](std::size_t m) { return effects.indirect(static_cast<Index>(m), overall); };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return indirect(a) > indirect(b); });
  std::vector<std::vector<Tree>> rows;
  for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k)
    rows.push_back({k + 1, what.names[order[k]], indirect(order[k]),
                    effects.direct(static_cast<Index>(order[k]), overall),
                    shown_number(effects.indirect_error(static_cast<Index>(order[k]), overall))});
  console.table("top", {"rank", what.grouped ? "mediator" : "neuron", "indirect", "direct", "standard error"},
                rows);
}

}  // namespace

void declare_mediation(CLI::App& app, AblateCommandOptions& options) {
  app.add_option("--mediate", options.mediate,
                 "Causal mediation: CORPUS holds pairs of prompts, whose effect on what goes on is measured "
                 "through each neuron, head or site of --neurons (heads: default attn_pattern, all blocks)")
      ->check(CLI::IsMember({"neuron", "head", "site"}))
      ->type_name("UNIT");
  app.add_option("--template", options.templates,
                 "Prompts from a list of words as CORPUS: 'The {} said that'; may be given several times")
      ->type_name("TEXT");
  app.add_option("--counterparts", options.counterparts,
                 "What takes the words' place, with what goes on from it: man=he,woman=she")
      ->type_name("WORD=CANDIDATE,...");
}

void check_mediation(const AblateCommandOptions& options) {
  if (options.mediate.empty()) {
    if (!options.templates.empty() || !options.counterparts.empty())
      throw usage_error("ablate: --template and --counterparts are for --mediate UNIT");
    return;
  }
  if (options.templates.empty() != options.counterparts.empty())
    throw usage_error("ablate: --template and --counterparts go together");
  const std::pair<bool, const char*> given[] = {
      {!options.rankings.empty(), "--ranking"},
      {!options.top.empty(), "--top"},
      {!options.bottom.empty(), "--bottom"},
      {options.random > 0, "--random"},
      {options.keep, "--keep"},
      {options.each, "--each"},
      {options.as_ranking, "--as-ranking"},
      {options.greedy > 0, "--greedy"},
      {!options.save_model.empty(), "--save-model"},
      {options.keep_score.has_value(), "--keep-score"},
      {!options.changes.empty(), "--changes"},
      {options.operations != std::vector<std::string>{"zero"}, "--operation"},
      {!options.means.empty(), "--means"},
      {!options.vector.empty(), "--vector"},
      {!options.quantiles_of.empty(), "--quantiles-of"},
      {!options.donors.empty(), "--donors"},
      {!options.probe.empty(), "--probe"},
      {!options.measures.empty(), "--measure"},
      {options.generate > 0, "--generate"},
      {!options.corpus.label_column.empty(), "--label-column"},
      {!options.corpus.format.empty(), "--format"}};
  for (const auto& [is_given, name] : given)
    if (is_given) throw usage_error("ablate: --mediate has no use for {}", name);
  exchanged_of(options.positions);
}

void run_mediation(const AblateCommandOptions& options, LoadedModel& loaded, io::Provenance& provenance,
                   const io::WriteOptions& writing, Console& console) {
  const Pairs pairs = read_pairs(options);
  const Mediated what = mediated(options, loaded.model);
  ablate::MediationOptions work;
  work.exchanged = exchanged_of(options.positions);
  provenance.kind = "ranking";
  provenance.add_input(options.corpus.path);
  if (const std::string file = file_of_choice(options.neurons); !file.empty()) provenance.add_input(file);
  provenance.settings = {{"mediate", options.mediate},
                         {"positions", options.positions},
                         {"templates", options.templates},
                         {"counterparts", options.counterparts}};

  ablate::MediationMeans means(what.mediators.size(), pairs.classes.size());
  Tree table = Tree::object();
  const auto total = static_cast<std::int64_t>(pairs.list.size());
  io::ProgressFile progress;
  progress.fingerprint = {{"command", command_line()},
                          {"model", provenance.model_sha256},
                          {"inputs", provenance.inputs},
                          {"settings", provenance.settings}};
  progress.total = total;
  if (const auto before = io::read_progress(options.output.path);
      before && before->total == total && before->stats.size() == means.state().size() &&
      io::first_difference(before->fingerprint, progress.fingerprint).empty()) {
    progress.rows = before->rows;
    table = before->position;
    means.restore(before->stats);
    console.figure("pairs done before", progress.rows);
  }
  console.progress().stage("mediate", total, "pairs");
  while (progress.rows < total) {
    const io::PromptPair& asked = pairs.list[static_cast<std::size_t>(progress.rows)];
    const std::string where = fmt::format("{}:{}", options.corpus.path, asked.line);
    const auto [pair, effects] = effects_of_pair(asked, where, loaded, what.mediators, work);
    means.add(pairs.class_of(pair), effects);
    add_to_table(table, pairs, pair, effects);
    console.progress().advance_to(++progress.rows);
    if (progress.rows == total) break;
    progress.stats.assign(means.state().begin(), means.state().end());
    progress.position = table;
    io::write_progress(options.output.path, progress);
  }

  io::AnnData out = ranking_of(what, pairs, means);
  out.uns["pairs"] = table;
  if (!pairs.counterparts.empty()) out.uns["bias"] = bias_of(pairs, table);
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);
  io::remove_progress(options.output.path);

  console.figure("pairs", total);
  console.figure("mediators", what.mediators.size());
  const auto all = means.total(pairs.classes.size());
  console.figure("total effect", all.total);
  if (!pairs.counterparts.empty())
    console.figure(fmt::format("bias ratio {}", out.uns["bias"]["candidates"].get<std::string>()),
                   out.uns["bias"]["geometric_mean"]);
  if (!pairs.classes.empty()) {
    std::vector<std::vector<Tree>> rows;
    for (std::size_t c = 0; c < pairs.classes.size(); ++c)
      rows.push_back({pairs.classes[c], means.total(c).pairs, means.total(c).total,
                      shown_number(means.total(c).total_error)});
    console.table("classes", {"class", "pairs", "total effect", "standard error"}, rows);
  }
  show_top(what, means, console);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
