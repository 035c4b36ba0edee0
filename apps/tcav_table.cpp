#include "tcav_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "neurox/core/no_value.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

using io::Tree;
using tcav::Result;

std::string column_name(const tcav::Comparison& c) {
  return c.against == "random" ? c.name : c.name + " vs " + c.against;
}

/// Every run with its score, concept vectors and random ones.
Tree runs_tree(const TcavFindings& f) {
  Tree t;
  for (const Result& r : f.results) {
    const tcav::Comparison& comparison = f.comparisons[r.comparison];
    const auto add = [&](const char* kind, const std::vector<tcav::Score>& scores,
                         const std::vector<std::size_t>& tasks) {
      for (std::size_t i = 0; i < scores.size(); ++i) {
        t["concept"].push_back(column_name(comparison));
        t["site"].push_back(f.sites[r.site].site);
        t["class"].push_back(f.classes[r.target]);
        t["kind"].push_back(kind);
        t["run"].push_back(i);
        t["score"].push_back(scores[i].score);
        t["magnitude"].push_back(scores[i].magnitude);
        t["accuracy"].push_back(f.vectors[r.site][tasks[i]].accuracy);
      }
    };
    add("concept", r.runs, comparison.runs);
    add("random", r.controls, comparison.controls);
  }
  return t;
}

/// Ranks from 1 by score, larger first, then by index.
void rank_column(const MatrixF& scores, Index column, MatrixF& ranks) {
  std::vector<Index> order(static_cast<std::size_t>(scores.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return scores(a, column) > scores(b, column); });
  for (std::size_t i = 0; i < order.size(); ++i) ranks(order[i], column) = static_cast<float>(i + 1);
}

}  // namespace

io::AnnData tcav_file(const TcavFindings& f, const io::Provenance& provenance) {
  io::AnnData out;
  const auto strings = [&](const char* name, auto&& of) {
    std::vector<std::string> values;
    for (const Result& r : f.results) values.push_back(of(r));
    out.obs.add(name, io::categorical(values));
  };
  const auto numbers = [&](const char* name, double Result::*member) {
    std::vector<double> values;
    for (const Result& r : f.results) values.push_back(r.*member);
    out.obs.add(name, std::move(values));
  };
  strings("concept", [&](const Result& r) { return f.comparisons[r.comparison].name; });
  strings("against", [&](const Result& r) { return f.comparisons[r.comparison].against; });
  strings("site", [&](const Result& r) { return f.sites[r.site].site; });
  std::vector<std::int32_t> block, runs, random_runs;
  std::vector<std::int64_t> sentences;
  std::vector<bool> chance;
  for (const Result& r : f.results) {
    block.push_back(f.sites[r.site].block);
    runs.push_back(static_cast<std::int32_t>(r.runs.size()));
    random_runs.push_back(static_cast<std::int32_t>(r.controls.size()));
    sentences.push_back(r.examples);
    chance.push_back(r.at_chance);
  }
  out.obs.add("block", std::move(block));
  strings("class", [&](const Result& r) { return f.classes[r.target]; });
  numbers("score", &Result::score);
  numbers("score_sd", &Result::score_sd);
  numbers("score_low", &Result::score_low);
  numbers("score_high", &Result::score_high);
  numbers("magnitude", &Result::magnitude);
  numbers("magnitude_sd", &Result::magnitude_sd);
  numbers("accuracy", &Result::accuracy);
  numbers("least_accuracy", &Result::least_accuracy);
  numbers("chance", &Result::chance);
  out.obs.add("at_chance", std::move(chance));
  numbers("random_score", &Result::random_score);
  numbers("random_sd", &Result::random_sd);
  numbers("random_accuracy", &Result::random_accuracy);
  numbers("t", &Result::t);
  numbers("df", &Result::df);
  numbers("p", &Result::p);
  out.obs.add("p_corrected", f.corrected);
  numbers("magnitude_p", &Result::magnitude_p);
  numbers("random_p", &Result::random_p);
  out.obs.add("runs", std::move(runs));
  out.obs.add("random_runs", std::move(random_runs));
  out.obs.add("sentences", std::move(sentences));
  // Results and sensitivities go through comparisons, sites and classes in the same order.
  out.var.rows = static_cast<std::int64_t>(f.scores.texts.size());
  out.layers.emplace_back("sensitivity", f.scores.sensitivities);
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(all_neurons(f.sites));
  out.uns["sentences"] = f.scores.texts;
  out.uns["runs"] = runs_tree(f);
  return out;
}

io::AnnData directions_file(const TcavFindings& f, io::Provenance provenance) {
  const NeuronAxis axis = all_neurons(f.sites);
  const auto n = static_cast<Index>(axis.size()), k = static_cast<Index>(f.comparisons.size());
  MatrixF share(n, k + 1), weight(n, k + 1), ranks(n, k + 1);
  weight.col(k).setConstant(no_value);
  Index first = 0;
  for (std::size_t s = 0; s < f.sites.size(); ++s) {
    const Index width = f.sites[s].width;
    const tcav::MeanDirections means = tcav::mean_directions(f.vectors[s], f.comparisons);
    for (Index c = 0; c < k; ++c) {
      const VectorD z = means.in_deviations.row(c).transpose().cwiseAbs();
      const double mass = std::max(z.sum(), std::numeric_limits<double>::min());
      share.col(c).segment(first, width) = (z / (mass * static_cast<double>(f.sites.size()))).cast<float>();
      weight.col(c).segment(first, width) = means.steps.row(c).transpose().cast<float>();
    }
    first += width;
  }
  share.col(k) = share.leftCols(k).rowwise().maxCoeff();
  for (Index c = 0; c <= k; ++c) rank_column(share, c, ranks);
  io::AnnData out;
  out.obs = io::neuron_table(axis);
  out.var.row_names.emplace();
  for (const tcav::Comparison& c : f.comparisons) out.var.row_names->push_back(column_name(c));
  out.var.row_names->emplace_back("overall");
  out.var.rows = k + 1;
  out.X = std::move(share);
  out.layers.emplace_back("rank", std::move(ranks));
  out.layers.emplace_back("weight", std::move(weight));
  provenance.kind = "ranking";
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(axis);
  out.uns["ranking"] = {
      {"method", "concept vectors"}, {"label", "concept"}, {"larger_is_more_important", true}};
  return out;
}

void show(const TcavFindings& f, Console& console) {
  const bool relative = std::any_of(f.comparisons.begin(), f.comparisons.end(),
                                    [](const tcav::Comparison& c) { return c.against != "random"; });
  std::vector<std::string> header{"concept"};
  if (relative) header.emplace_back("against");
  for (const char* name : {"site", "class", "score", "low", "high", "random", "random sd", "magnitude",
                           "accuracy", "p", "p corrected", "vectors"})
    header.emplace_back(name);
  std::vector<std::vector<Tree>> rows;
  std::size_t at_chance = 0;
  for (std::size_t i = 0; i < f.results.size(); ++i) {
    const Result& r = f.results[i];
    std::vector<Tree> row{f.comparisons[r.comparison].name};
    if (relative) row.emplace_back(f.comparisons[r.comparison].against);
    row.emplace_back(f.sites[r.site].site);
    row.emplace_back(f.classes[r.target]);
    for (const double x : {r.score, r.score_low, r.score_high, r.random_score, r.random_sd, r.magnitude,
                           r.accuracy, r.p, f.corrected[i]})
      row.push_back(shown_number(x));
    row.emplace_back(r.at_chance ? "at chance" : "");
    at_chance += r.at_chance ? 1 : 0;
    rows.push_back(std::move(row));
  }
  console.table("scores", header, rows);
  if (at_chance > 0)
    console.warn(
        fmt::format("{} of {} rows: the concept vectors tell held-out examples apart no better than chance; "
                    "their scores say "
                    "nothing",
                    at_chance, f.results.size()));
}

}  // namespace neurox::apps
