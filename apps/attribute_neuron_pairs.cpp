#include "attribute_neuron_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "attribute_groups.h"
#include "attribute_readings.h"
#include "attribution_table.h"
#include "neurox/attribute/group_pairs.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/core/site.h"

namespace neurox::apps {
namespace {

/// Values of n players' pairs take about n^2 passes.
constexpr std::size_t most_players = 200;

const attribute::GroupPairMethod* pair_method_named(const std::string& name) {
  for (const attribute::GroupPairMethod& m : attribute::group_pair_methods())
    if (m.name == name) return &m;
  return nullptr;
}

std::vector<const attribute::GroupPairMethod*> methods_of(const AttributeCommandOptions& options) {
  std::vector<std::string> known;
  for (const auto& m : attribute::group_pair_methods()) known.emplace_back(m.name);
  std::vector<const attribute::GroupPairMethod*> out;
  for (const std::string& name : options.methods) {
    out.push_back(pair_method_named(name));
    if (out.back() == nullptr)
      throw usage_error("attribute: no method '{}' for pairs of neurons{}", name, did_you_mean(name, known));
  }
  return out;
}

/// `mlp_post@3:17` for `blocks.3.mlp.hook_post:17`.
std::string short_address(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  const std::optional<Site> site = parse_site(name.substr(0, colon));
  if (!site || colon == std::string::npos) return name;
  return site->block < 0 ? short_name(*site) + name.substr(colon)
                         : fmt::format("{}@{}{}", short_name(*site), site->block, name.substr(colon));
}

NeuronGroups players_of(const AttributeCommandOptions& options, const ReadingJob& job) {
  const bool named = !options.neurons.empty() || !options.ranking.empty();
  NeuronGroups out;
  if (named) {
    if (!options.sites.empty())
      throw usage_error("attribute: --neurons and --ranking say which neurons; leave --sites away");
    out.axis = named_neurons(options, job);
    // A site that has none of them is no place of theirs.
    out.axis = within_own_sites(out.axis);
    out.groups = attribute::group_neurons(out.axis, options.groups.empty() ? "neuron" : options.groups);
  } else {
    AttributeCommandOptions asked = options;
    if (asked.groups.empty()) asked.groups = "neuron";
    out = groups_of(asked, job.loaded.model);
  }
  if (out.groups.size() < 2)
    throw usage_error("attribute: {} group of neurons has nobody to interact with", out.groups.size());
  if (out.groups.size() > most_players)
    throw usage_error(
        "attribute: pairs of {} players take about as many passes as their square; name at most {} "
        "(--ranking "
        "with --top, --neurons, --groups head)",
        out.groups.size(), most_players);
  return out;
}

/// Players in place of words; with all other neurons as the last where a method has them.
std::vector<attribute::ExampleRow> rows_of(const std::vector<attribute::NeuronGroup>& groups, bool others) {
  std::vector<attribute::ExampleRow> rows;
  for (const attribute::NeuronGroup& group : groups)
    rows.push_back({.token = short_address(group.name), .places = {}});
  if (others) rows.push_back({.token = "all others", .places = {}});
  return rows;
}

struct Found {
  io::Sentence sentence;
  std::string target;
  std::vector<attribute::RowPairs> pairs;
};

/// The mean over the sentences, in front of them.
Found mean_of(const std::vector<Found>& all) {
  Found out = all.front();
  out.sentence.text = fmt::format("the mean over {} texts", all.size());
  out.target = "each text's own";
  const auto n = static_cast<double>(all.size());
  for (std::size_t m = 0; m < out.pairs.size(); ++m) {
    attribute::RowPairs& sum = out.pairs[m];
    sum.groups.clear();
    for (std::size_t s = 1; s < all.size(); ++s) {
      const attribute::RowPairs& more = all[s].pairs[m];
      sum.values += more.values;
      sum.value += more.value, sum.baseline += more.baseline, sum.delta += more.delta;
    }
    sum.values /= n;
    sum.value /= n, sum.baseline /= n, sum.delta /= n;
  }
  return out;
}

}  // namespace

bool run_neuron_pairs(const AttributeCommandOptions& options) {
  const bool of_neurons = !(options.sites.empty() && options.neurons.empty() && options.ranking.empty() &&
                            options.groups.empty());
  if (!of_neurons || pair_method_named(options.methods.front()) == nullptr) return false;
  const auto methods = methods_of(options);
  if (options.corpus.path.empty()) throw usage_error("attribute: CORPUS is required");
  AttributeCommandOptions asked = options;
  const bool hessians = std::any_of(methods.begin(), methods.end(), [](const auto* m) { return m->others; });
  if (!hessians) asked.baselines = {"zero"};  // words stay as they are
  ReadingJob job(asked, "attribution");
  const auto [axis, groups] = players_of(asked, job);
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus,
                                      example_options(asked));
  if (hessians && maker.baselines().size() > 1)
    throw usage_error("integrated-hessians: of neurons goes with one --baseline");
  const std::vector<double> values = replacements(job, maker, axis);
  const std::vector<attribute::Edits> edits = attribute::edits_of_groups(axis, groups, values);
  const attribute::MethodOptions settings = method_options(asked);

  // With others as a player in one method, all have a row for them.
  const auto rows = static_cast<Index>(groups.size() + (hessians ? 1 : 0));
  std::vector<Found> all;
  const std::int64_t sentences = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t, const attribute::Example& example) {
        Found& found = all.emplace_back();
        found.sentence = sentence;
        found.target = example.target;
        for (const auto* method : methods) {
          attribute::RowPairs pairs = method->run(example, {axis, groups, edits}, settings);
          MatrixD padded = MatrixD::Zero(rows, rows);
          padded.topLeftCorner(pairs.values.rows(), pairs.values.cols()) = pairs.values;
          pairs.values = std::move(padded);
          found.pairs.push_back(std::move(pairs));
        }
      });
  PairTable table(asked.methods, "neurons");
  if (all.size() > 1) all.insert(all.begin(), mean_of(all));
  attribute::Example players;
  players.rows = rows_of(groups, hessians);
  for (std::size_t s = 0; s < all.size(); ++s) {
    players.target = all[s].target;
    table.add(all[s].sentence, static_cast<std::int64_t>(s), players, all[s].pairs);
  }
  job.provenance.seed = asked.seed;
  job.provenance.settings["target"] = asked.target;
  job.provenance.settings["scale"] = asked.scale;
  if (!asked.against.empty()) job.provenance.settings["against"] = asked.against;
  if (hessians) job.provenance.settings["baseline"] = maker.baselines();
  job.provenance.settings["players"] = "neurons";
  job.provenance.settings["operation"] = asked.operation;
  if (asked.operation == "set") job.provenance.settings["value"] = asked.replaced_by;
  job.provenance.settings["samples"] = asked.samples;
  for (const std::string& file : {asked.ranking, asked.means})
    if (!file.empty()) job.provenance.add_input(file);
  job.write(table.anndata(), sentences);
  job.console.figure("groups of neurons", groups.size());
  if (hessians) job.console.figure("baseline", maker.baselines().front());
  table.show(job.console, asked.show);
  job.finish();
  return true;
}

}  // namespace neurox::apps
