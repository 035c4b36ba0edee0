#include "factor_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/anndata.h"
#include "neurox/io/neuron_table.h"
#include "neurox/rank/scores.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t kTopWords = 8, kTopNeurons = 3, kTextsOfFactor = 2, kMostTexts = 12;

std::string factor_name(const FoundFactors& found, Index k) {
  return fmt::format("{}_{}", found.name, k + 1);
}

/// Word types by their mean magnitude along a factor, those that come once too.
std::vector<std::string> top_words(const FactorText& text, const FoundFactors& found, Index k) {
  std::map<std::string, std::pair<double, int>> sums;
  for (std::size_t i = 0; i < text.tokens.size(); ++i) {
    auto& [sum, count] = sums[text.tokens[i]];
    sum += found.of_tokens(static_cast<Index>(i), k), ++count;
  }
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [word, s] : sums) order.emplace_back(-std::abs(s.first) / std::sqrt(s.second), word);
  std::sort(order.begin(), order.end());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(kTopWords, order.size()); ++i)
    if (order[i].first < 0) out.push_back(order[i].second);
  return out;
}

std::vector<std::string> top_neurons(const NeuronAxis& axis, const FoundFactors& found, Index k) {
  const NeuronList order = order_by_score(found.of_neurons.row(k).cwiseAbs().transpose());
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::min(kTopNeurons, order.size()); ++i)
    out.push_back(axis.address(static_cast<std::size_t>(order[i])));
  return out;
}

/// Sentences where factors are strongest, in turn over the factors, at most kMostTexts.
std::set<std::int32_t> texts_to_keep(const FactorText& text, const FoundFactors& found) {
  std::set<std::int32_t> out;
  std::vector<std::vector<std::int32_t>> wanted;
  for (Index k = 0; k < found.of_tokens.cols(); ++k) {
    const NeuronList order = order_by_score(found.of_tokens.col(k).cwiseAbs());
    std::vector<std::int32_t>& sentences = wanted.emplace_back();
    for (const Index i : order) {
      const std::int32_t s = text.sentences[static_cast<std::size_t>(i)];
      if (std::find(sentences.begin(), sentences.end(), s) == sentences.end()) sentences.push_back(s);
      if (sentences.size() == kTextsOfFactor) break;
    }
  }
  for (std::size_t round = 0; round < kTextsOfFactor; ++round)
    for (const auto& sentences : wanted)
      if (round < sentences.size() && out.size() < kMostTexts) out.insert(sentences[round]);
  return out;
}

Tree texts_tree(const FactorText& text, const FoundFactors& found) {
  const std::set<std::int32_t> kept = texts_to_keep(text, found);
  Tree t{{"sentence", Tree::array()}, {"token", Tree::array()}, {"values", Tree::array()}};
  for (std::size_t i = 0; i < text.tokens.size(); ++i) {
    if (!kept.contains(text.sentences[i])) continue;
    t["sentence"].push_back(text.sentences[i]);
    t["token"].push_back(text.tokens[i]);
    const auto row = found.of_tokens.row(static_cast<Index>(i));
    t["values"].push_back(std::vector<double>(row.begin(), row.end()));
  }
  return t;
}

Tree factor_table(const JoinedActivations& activations, const FactorText& text, const FoundFactors& found) {
  Tree t;
  for (Index k = 0; k < found.of_neurons.rows(); ++k) {
    t["name"].push_back(factor_name(found, k));
    t["share"].push_back(found.share(k));
    t["top_words"].push_back(fmt::format("{}", fmt::join(top_words(text, found, k), " ")));
    t["top_neurons"].push_back(fmt::format("{}", fmt::join(top_neurons(activations.axis(), found, k), " ")));
    if (found.matches.empty()) continue;
    const FactorMatch& match = found.matches[static_cast<std::size_t>(k)];
    t["matched"].push_back(match.other < 0 ? "" : found.matched_names[static_cast<std::size_t>(match.other)]);
    t["cosine"].push_back(match.cosine);
  }
  return t;
}

/// Scores, the signed values where there are negative ones, ranks.
void add_matrices(io::AnnData& out, const FoundFactors& found) {
  const Index k = found.of_neurons.rows(), n = found.of_neurons.cols();
  MatrixD scores(n, k + 1);
  scores.leftCols(k) = found.of_neurons.transpose().cwiseAbs();
  scores.col(k) =
      ((found.of_neurons.transpose() * found.weight.asDiagonal()).rowwise().squaredNorm()).cwiseSqrt();
  MatrixF ranks(n, k + 1);
  for (Index c = 0; c <= k; ++c) {
    const NeuronList order = order_by_score(scores.col(c));
    for (std::size_t i = 0; i < order.size(); ++i) ranks(order[i], c) = static_cast<float>(i + 1);
  }
  out.X = scores.cast<float>();
  out.layers.emplace_back("rank", std::move(ranks));
  if (found.of_neurons.minCoeff() < 0) {
    MatrixF with_sign = out.X.value();
    with_sign.leftCols(k) = found.of_neurons.transpose().cast<float>();
    out.layers.emplace_back("signed", std::move(with_sign));
  }
  out.var.row_names = std::vector<std::string>();
  for (Index c = 0; c < k; ++c) out.var.row_names->push_back(factor_name(found, c));
  out.var.row_names->emplace_back("overall");
  out.var.rows = k + 1;
}

io::Provenance provenance_of_factors(const ClusterCommandOptions& options,
                                     const JoinedActivations& activations, const std::string& kind) {
  io::Provenance out = provenance_of(kind);
  const io::Provenance& from = activations.first().provenance();
  out.seed = options.seed;
  out.model = from.model, out.model_sha256 = from.model_sha256, out.tokenizer_sha256 = from.tokenizer_sha256;
  for (const std::string& input : options.inputs) out.add_input(input);
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    out.add_input(of_neurons);
  if (!options.match.empty()) out.add_input(options.match);
  out.settings = {{"activations", from.settings}};
  return out;
}

/// An activation file of the text whose neurons are the factors.
io::AnnData factors_over_text(const JoinedActivations& activations, const FactorText& text,
                              const FoundFactors& found) {
  const io::ActivationReader& file = activations.first();
  const NeuronAxis axis = all_neurons({{found.name + "s", -1, static_cast<int>(found.of_tokens.cols()), 0}});
  io::AnnData out;
  out.obs = file.obs();
  out.var = io::neuron_table(axis);
  out.X = MatrixF::Zero(file.rows(), found.of_tokens.cols());
  for (std::size_t i = 0; i < text.rows.size(); ++i)
    out.X->row(text.rows[i]) = found.of_tokens.row(static_cast<Index>(i)).cast<float>();
  out.uns["sites"] = io::sites_tree(axis);
  out.uns["sentences"] = file.sentences();
  if (!file.second_sentences().empty()) out.uns["second_sentences"] = file.second_sentences();
  return out;
}

}  // namespace

FactorText factor_text(const JoinedActivations& activations, std::int64_t sentence) {
  FactorText out;
  out.sentence = sentence;
  const io::ActivationReader& file = activations.first();
  std::vector<std::string> tokens;
  if (file.obs().find("token") != nullptr) tokens = file.obs().strings("token", file.name());
  for (std::size_t i = 0; i < activations.rows().size(); ++i) {
    if (sentence >= 0 && activations.sentences()[i] != sentence) continue;
    out.rows.push_back(activations.rows()[i]);
    out.sentences.push_back(activations.sentences()[i]);
    out.tokens.push_back(tokens.empty() ? fmt::format("{}", out.rows.back())
                                        : tokens[static_cast<std::size_t>(out.rows.back())]);
  }
  if (out.rows.empty())
    throw usage_error("--sentence {}: {} has no word of it with an activation; sentences are 0 to {}",
                      sentence, file.name(), activations.sentences().back());
  return out;
}

void add_matches(FoundFactors& found, const JoinedActivations& activations, const std::string& path) {
  const NeuronFile other = read_neuron_file(path, "ranking");
  if (!other.data.uns.contains("factors"))
    throw input_error("{}: is a ranking without factors; `neurox cluster --method {}` makes one", path,
                      found.method);
  if (const std::string differs = difference(other.axis, activations.axis()); !differs.empty())
    throw input_error("{}: has factors of other neurons than these activations: {}", path, differs);
  const MatrixF* with_sign = other.data.layer("signed");
  const MatrixF& values = with_sign != nullptr ? *with_sign : other.data.X.value();
  found.matched_names = {other.concepts.begin(), other.concepts.end() - 1};
  found.matched_file = path;
  found.matches =
      match_factors(found.of_neurons, values.leftCols(values.cols() - 1).transpose().cast<double>());
}

void write_factors(const ClusterCommandOptions& options, const JoinedActivations& activations,
                   const FactorText& text, const FoundFactors& found, Tree settings,
                   const io::WriteOptions& writing) {
  io::AnnData out;
  out.obs = activations.table();
  add_matrices(out, found);
  io::Provenance provenance = provenance_of_factors(options, activations, "ranking");
  provenance.settings["factors"] = std::move(settings);
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(activations.axis());
  out.uns["ranking"] = {
      {"method", found.method}, {"label", ""}, {"larger_is_more_important", true}, {"count", options.count}};
  out.uns["factors"] = factor_table(activations, text, found);
  out.uns["texts"] = texts_tree(text, found);
  for (const auto& [name, value] : found.figures) out.uns["figures"][name] = value;
  out.uns["figures"]["tokens"] = text.rows.size();
  if (text.sentence >= 0) out.uns["figures"]["sentence"] = text.sentence;
  if (!options.factors_out.empty()) {
    io::AnnData over_text = factors_over_text(activations, text, found);
    over_text.uns["neurox"] = io::to_tree(provenance_of_factors(options, activations, "activations"));
    io::write_anndata(options.factors_out, over_text, writing);
  }
  io::write_anndata(options.output.path, out, writing);
}

void show_factors(Console& console, const JoinedActivations& activations, const FactorText& text,
                  const FoundFactors& found) {
  std::vector<std::string> columns{"factor", "share", "top neurons", "words"};
  if (!found.matches.empty()) columns.insert(columns.end(), {"matched with", "cosine"});
  std::vector<std::vector<Tree>> rows;
  for (Index k = 0; k < found.of_neurons.rows(); ++k) {
    std::vector<Tree>& row = rows.emplace_back(
        std::vector<Tree>{factor_name(found, k), found.share(k),
                          fmt::format("{}", fmt::join(top_neurons(activations.axis(), found, k), " ")),
                          fmt::format("{}", fmt::join(top_words(text, found, k), " "))});
    if (found.matches.empty()) continue;
    const FactorMatch& match = found.matches[static_cast<std::size_t>(k)];
    row.emplace_back(match.other < 0 ? Tree()
                                     : Tree(found.matched_names[static_cast<std::size_t>(match.other)]));
    row.emplace_back(match.other < 0 ? Tree() : Tree(match.cosine));
  }
  console.table("factors", columns, rows);
}

}  // namespace neurox::apps
