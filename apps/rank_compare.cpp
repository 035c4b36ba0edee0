#include "rank_compare.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "checked_rows.h"
#include "compared_files.h"
#include "compared_words.h"
#include "comparison_table.h"
#include "console.h"
#include "model_input.h"
#include "neurox/core/error.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/rank/correlated_groups.h"
#include "neurox/rank/overlap.h"
#include "rank_tables.h"

namespace neurox::apps {
namespace {

constexpr std::size_t kMostMerged = 4096;  ///< neurons whose correlations are looked at

AgreementOptions agreement_options(const RankCompareOptions& options, std::size_t neurons) {
  AgreementOptions out{{}, options.persistence, {}};
  const auto n = static_cast<Index>(neurons);
  for (const std::int64_t k : options.firsts) {
    if (k > n) throw usage_error("--first {}: the rankings have {} neurons", k, n);
    out.ks.push_back(k);
  }
  if (options.firsts.empty())
    for (const Index k : {10, 50, 100})
      if (k < n) out.ks.push_back(k);
  if (out.ks.empty()) out.ks = {std::max<Index>(1, n / 2)};
  std::sort(out.ks.begin(), out.ks.end());
  out.ks.erase(std::unique(out.ks.begin(), out.ks.end()), out.ks.end());
  return out;
}

/// Neurons among the first `depth` of any ranking, ascending.
std::vector<std::int64_t> first_neurons(const std::vector<ComparedSet>& sets, std::size_t depth,
                                        std::size_t neurons) {
  std::vector<bool> chosen(neurons, false);
  for (const ComparedSet& set : sets)
    for (const ComparedItem& item : set.items)
      for (std::size_t i = 0; i < std::min(depth, neurons); ++i)
        chosen[static_cast<std::size_t>(item.ranking.order[i])] = true;
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < neurons; ++i)
    if (chosen[i]) out.push_back(static_cast<std::int64_t>(i));
  return out;
}

/// As many of the first of every ranking as there is room for, but never fewer than are compared.
std::vector<std::int64_t> merge_candidates(const std::vector<ComparedSet>& sets, std::size_t neurons,
                                           Index largest) {
  std::size_t depth = neurons;
  std::vector<std::int64_t> out = first_neurons(sets, depth, neurons);
  while (out.size() > kMostMerged && depth / 2 >= static_cast<std::size_t>(largest)) {
    depth /= 2;
    out = first_neurons(sets, depth, neurons);
  }
  return out;
}

/// The group of each neuron of the rankings.
std::vector<Index> merged_groups(const RankCompareOptions& options, const NeuronAxis& axis,
                                 const std::vector<std::int64_t>& candidates, Console& console) {
  const auto file = io::ActivationReader::open(options.merge);
  std::map<std::string, std::int64_t> at;
  for (std::size_t i = 0; i < file->neurons().size(); ++i)
    at.emplace(file->neurons().address(i), static_cast<std::int64_t>(i));
  std::vector<std::int64_t> columns, rows;
  for (const std::int64_t c : candidates) {
    const std::string address = axis.address(static_cast<std::size_t>(c));
    const auto found = at.find(address);
    if (found == at.end())
      throw input_error("{}: has no activations of {}, which the rankings hold", options.merge, address);
    columns.push_back(found->second);
  }
  const std::vector<bool> usable = io::usable_rows(*file);
  for (std::size_t r = 0; r < usable.size(); ++r)
    if (usable[r]) rows.push_back(static_cast<std::int64_t>(r));
  const CheckedRows X(file->select_rows(rows, columns), rows, select(axis, candidates), file->name());
  const std::vector<Index> found = correlated_groups(X, options.correlation, console.progress());
  std::vector<Index> group_of(axis.size(), -1);
  Index groups = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    group_of[static_cast<std::size_t>(candidates[i])] = found[i];
    groups = std::max(groups, found[i] + 1);
  }
  console.figure("neurons looked at", candidates.size());
  console.figure("groups among them", groups);
  for (Index& group : group_of)
    if (group < 0) group = groups++;
  return group_of;
}

/// Where chance of numbering decides, people should know.
void warn_of_ties(const std::vector<ComparedSet>& sets, Index k, Console& console) {
  for (const ComparedSet& set : sets)
    for (const ComparedItem& item : set.items)
      if (const Index tied = tied_after(item.ranking, k); tied >= k)
        console.warn(fmt::format(
            "{}, {}: {} neurons after the first {} have the score of the last of these, so addresses decide "
            "which are among them; overlaps at {} say little",
            item.file->path, item.concept_name, tied, k, k));
}

io::Provenance provenance_of_files(const char* kind, const std::vector<NeuronFile>& files,
                                   const RankCompareOptions& options, const AgreementOptions& agreement) {
  io::Provenance out = provenance_of(kind);
  std::vector<std::string> models;
  for (const NeuronFile& file : files) {
    out.add_input(file.path);
    if (std::find(models.begin(), models.end(), file.provenance.model) == models.end())
      models.push_back(file.provenance.model);
  }
  out.model = fmt::format("{}", fmt::join(models, ", "));
  const bool one = std::all_of(files.begin(), files.end(), [&](const NeuronFile& f) {
    return f.provenance.model_sha256 == files[0].provenance.model_sha256;
  });
  if (one) {
    out.model_sha256 = files[0].provenance.model_sha256;
    out.tokenizer_sha256 = files[0].provenance.tokenizer_sha256;
  }
  if (!options.merge.empty()) out.add_input(options.merge);
  for (const std::string& file : options.activations) out.add_input(file);
  out.settings = {{"first", agreement.ks},
                  {"persistence", options.persistence},
                  {"across_models", options.across_models}};
  if (!options.concepts.empty()) out.settings["concept"] = options.concepts;
  if (options.each_concept) out.settings["each_concept"] = true;
  if (options.concept_pairs) out.settings["concept_pairs"] = true;
  if (!options.merge.empty()) out.settings["merged_at_correlation"] = options.correlation;
  return out;
}

void write_consensus(const std::string& path, const ComparisonTable& table,
                     const std::vector<NeuronFile>& files, io::Provenance provenance, Index depth,
                     const io::WriteOptions& writing) {
  io::AnnData out = table.consensus();
  out.obs = files[0].data.obs;
  provenance.kind = "ranking";
  const io::Tree& first = files[0].data.uns.value("ranking", io::Tree::object());
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["ranking"] = {{"method", fmt::format("votes of {} rankings", files.size())},
                        {"label", first.value("label", std::string())},
                        {"votes_to_the_first", depth},
                        {"larger_is_more_important", true}};
  io::write_anndata(path, out, writing);
}

}  // namespace

void declare_compare(CLI::App& app, RankCompareOptions& options) {
  const char* group = "Comparing rankings";
  app.add_option("--compare", options.files, "Rankings of the same neurons, to be held against each other")
      ->group(group)
      ->type_name("FILES");
  app.add_option("--concept", options.concepts,
                 "Which concept of them (default: overall); several: one for each file")
      ->delimiter(',')
      ->group(group)
      ->type_name("NAME");
  app.add_flag("--each-concept", options.each_concept, "Every concept that all of them have")->group(group);
  app.add_flag("--concept-pairs", options.concept_pairs,
               "Every concept of every file with every other; of one file too")
      ->group(group);
  app.add_option("--first", options.firsts, "Of how many first neurons overlaps are (default: 10,50,100)")
      ->delimiter(',')
      ->check(CLI::PositiveNumber)
      ->group(group)
      ->type_name("N");
  app.add_option("--persistence", options.persistence,
                 "p of rank-biased overlap: how far down a ranking counts")
      ->capture_default_str()
      ->group(group)
      ->type_name("P");
  app.add_option("--consensus", options.consensus, "Write what they say together as a ranking (.h5ad)")
      ->group(group)
      ->type_name("FILE");
  app.add_option("--merge", options.merge,
                 "Activations: neurons that correlate in them count as one, beside the plain comparison")
      ->group(group)
      ->type_name("FILE");
  app.add_option("--correlation", options.correlation, "|r| from which neurons are merged")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group)
      ->type_name("R");
  app.add_flag("--across-models", options.across_models,
               "The rankings are of models of one shape: which first neurons moved")
      ->group(group);
  app.add_option(
         "--activations", options.activations,
         "With --across-models: activations of the same text from both models, for how the words that "
         "the first neurons prefer changed")
      ->delimiter(',')
      ->expected(2)
      ->group(group)
      ->type_name("FILES");
}

void compare_rankings(const RankCompareOptions& options, const CommonOptions& common,
                      const OutputOptions& output, int show) {
  Console console(common);
  io::WriteOptions writing{output.force, {}};
  for (const std::string& file : options.files) writing.inputs.emplace_back(file);
  if (!options.merge.empty()) writing.inputs.emplace_back(options.merge);
  for (const std::string& file : options.activations) writing.inputs.emplace_back(file);
  if (!options.activations.empty() && (!options.across_models || options.files.size() != 2))
    throw usage_error("--activations goes with --across-models and two rankings, one of each model");
  io::check_output(output.path, writing);
  if (!options.consensus.empty()) io::check_output(options.consensus, writing);
  if (options.consensus == output.path) throw usage_error("--consensus: {} is the output", output.path);
  const std::vector<NeuronFile> files = read_rankings(options);
  const NeuronAxis& axis = files[0].axis;
  const std::vector<ComparedSet> sets = compared_sets(files, options);
  AgreementOptions agreement = agreement_options(options, axis.size());
  agreement.sites = sites_of(axis);
  const double counted = rank_biased_weight(options.persistence, agreement.ks.back());

  console.figure("neurons", axis.size());
  console.figure("files", files.size());
  ComparisonTable table(axis, agreement);
  for (const ComparedSet& set : sets) table.add(set);
  if (!options.merge.empty()) {
    const std::vector<Index> group_of =
        merged_groups(options, axis, merge_candidates(sets, axis.size(), agreement.ks.back()), console);
    const Index groups = 1 + *std::max_element(group_of.begin(), group_of.end());
    if (groups < agreement.ks.back())
      throw usage_error(
          "--merge: {} groups are left, fewer than the first {}; lower --first or raise "
          "--correlation",
          groups, agreement.ks.back());
    for (const ComparedSet& set : sets) table.add_merged(set, group_of);
  }
  if (options.across_models)
    for (const ComparedSet& set : sets) table.add_moved(set);
  if (!options.activations.empty()) {
    const ComparedWords words(options.activations, files, axis);
    for (const ComparedSet& set : sets) words.add(set, agreement.ks.back(), console.progress(), table);
  }
  warn_of_ties(sets, agreement.ks.back(), console);

  const io::Provenance provenance = provenance_of_files("comparison", files, options, agreement);
  io::AnnData out = table.anndata();
  out.uns["neurox"] = io::to_tree(provenance);
  if (!options.consensus.empty())
    write_consensus(options.consensus, table, files, provenance, agreement.ks.back(), writing);
  io::write_anndata(output.path, out, writing);
  table.show(console, show);
  console.note(fmt::format("\nThe first {} places have {:.0f} % of the weight of rank-biased overlap (p {}).",
                           agreement.ks.back(), 100 * counted, options.persistence));
  if (!options.consensus.empty()) console.figure("consensus file", options.consensus);
  console.figure("output", output.path);
  console.finish();
}

}  // namespace neurox::apps
