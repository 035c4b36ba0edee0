#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/report/load_report.h"

/// What load_report is made of; nobody else includes this.
namespace neurox::load {

/// A file that was not streamed, with its name for messages and its provenance.
struct Loaded {
  std::string name;   ///< without folders, as the page shows it
  std::string where;  ///< as given, for messages
  io::AnnData data;
  io::Provenance provenance;
};

ProbeFindings probe(const Loaded& file);
RankingFindings ranking(const Loaded& file, const ReportOptions& options);
AblationFindings ablation(const Loaded& file);
/// Attributions of words, or (of a ranking that `attribute` made) of words at sites; empty where there are
/// none.
AttributionFindings attribution(const Loaded& file);

/// Files of `tcav` and of what else `attribute` writes: each adds what it knows and says whether it does.
bool tcav(const Loaded& file, MethodFindings& out);
bool pairs(const Loaded& file, MethodFindings& out);
bool trees(const Loaded& file, MethodFindings& out);
bool concept_use(const Loaded& file, MethodFindings& out);
bool logit_lens(const Loaded& file, MethodFindings& out);
bool vocabulary(const Loaded& file, MethodFindings& out);
bool logit_parts(const Loaded& file, MethodFindings& out);
bool attention(const Loaded& file, MethodFindings& out);
/// Of rankings of groups of neurons.
bool groups(const Loaded& file, MethodFindings& out);
/// Of `ablate --mediate`.
bool mediation(const Loaded& file, MethodFindings& out);
/// Of what outputs come from (`attribute --shares`).
bool shares(const Loaded& file, MethodFindings& out);
/// Of attributions of words with `--trust` or `--faithfulness`.
bool trust(const Loaded& file, MethodFindings& out);
/// Of files of `rank --compare`.
bool comparison(const Loaded& file, MethodFindings& out);
/// Of rankings with q-values, halves or sets; of probes with a description length.
bool rank_belief(const Loaded& file, MethodFindings& out);
bool rank_scores(const Loaded& file, MethodFindings& out);
bool description_length(const Loaded& file, MethodFindings& out);
/// Of rankings by a corpus alone.
bool corpus_contexts(const Loaded& file, MethodFindings& out);
/// Of models side by side, of factors and of clusters of tokens, as `cluster` writes them.
bool similarity(const Loaded& file, MethodFindings& out);
bool factors(const Loaded& file, MethodFindings& out);
bool token_clusters(const Loaded& file, MethodFindings& out);
/// Of maps of neurons or tokens.
bool map(const Loaded& file, MethodFindings& out);
/// Of files of `cluster`: of neurons by correlation, and of redundancy.
bool clusters(const Loaded& file, MethodFindings& out);
bool redundancy(const Loaded& file, MethodFindings& out);
/// Of `view --course`.
bool course(const Loaded& file, MethodFindings& out);
/// All of these in turn.
bool methods(const Loaded& file, MethodFindings& out);

/// Whether a ranking is of groups (or of heads or sites that mediate), whose neurons all have their group's
/// score.
bool is_of_groups(const Loaded& file);
/// Whether a ranking is of attributions, with the words at sites that `attribute --sites` keeps.
bool is_of_attributions(const Loaded& file);
/// Adds words with all their neurons and kinds of token at sites.
void add_neurons_used(const Loaded& file, AttributionFindings& out);
/// The first `per_site` neurons of each site of a ranking of attributions, each with its best concept in
/// every other ranking that holds it.
std::vector<UsedNeuron> used_neurons(const Loaded& file, const std::vector<Loaded>& rankings,
                                     std::size_t per_site);

/// Scores of a ranking's neurons by address, for those shown on text.
struct RankedAxis {
  NeuronAxis axis;
  std::vector<std::string> concepts;
  MatrixF scores, ranks;  ///< #neurons x #concepts; rank from 1
};
RankedAxis ranked_axis(const Loaded& file);
/// Positions of a concept's neurons, best first, at most `n`.
std::vector<std::size_t> best(const RankedAxis& ranking, std::size_t concept_index, std::size_t n);

/// The neurons of an activation file with their statistics, and what kinds they are.
struct NeuronTable {
  NeuronAxis axis;
  std::vector<Statistics> statistics;
  std::vector<std::vector<std::string>> kinds;
};
/// @param activation  the model's non-linearity where known (`relu`), else empty
NeuronTable neuron_table(const NeuronAxis& axis, const io::Table& table, std::string_view activation);
KindFindings kind_findings(const NeuronTable& table, std::size_t most_rows);

/// The name of the non-linearity in a file's settings, empty where there is none.
std::string activation_of(const io::Provenance& provenance);

/// A column of `obs` that numbers words or sentences, each from 0 and below the number of rows.
/// @throws Error{Input} for any other number
std::vector<std::size_t> indices(const Loaded& file, const char* column);

/// Values of `tree[name]` where it is a list, else none. Numbers that are missing are NaN.
std::vector<std::string> strings(const io::Tree& tree, const char* name);
std::vector<double> numbers(const io::Tree& tree, const char* name);
double number(const io::Tree& tree, const char* name);
std::string text(const io::Tree& tree, const char* name);
const io::Tree& child(const io::Tree& tree, const char* name);

/// The scalars of a tree as settings, `a.b` for those of a tree inside it; lists are left out.
Settings settings(const io::Tree& tree);

/// The names in a list of `settings`, or the one that stands there.
std::string method_of(const Loaded& file);

}  // namespace neurox::load
