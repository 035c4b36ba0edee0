#include "ranking_file.h"

#include <algorithm>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/rank/scores.h"

namespace neurox::apps {
namespace {

using io::Tree;

MatrixF ranks_of_columns(const LabelRanking& ranking) {
  const MatrixD& scores = ranking.scores.scores;
  MatrixF ranks(scores.rows(), scores.cols());
  for (Index c = 0; c < scores.cols(); ++c) {
    const NeuronList order = order_of(ranking, c);
    for (std::size_t k = 0; k < order.size(); ++k) ranks(order[k], c) = static_cast<float>(k + 1);
  }
  return ranks;
}

/// Per concept what the belief in it comes to.
Tree belief_figures(const LabelRanking& ranking, const std::vector<std::string>& concepts) {
  Tree t;
  for (std::size_t c = 0; c < concepts.size(); ++c) {
    const bool halves = !ranking.belief.half_correlation.empty();
    t["concept"].push_back(concepts[c]);
    t["discoveries"].push_back(discoveries(ranking, static_cast<Index>(c)));
    t["half_correlation"].push_back(halves ? ranking.belief.half_correlation[c] : no_value);
    t["half_overlap"].push_back(halves ? ranking.belief.half_overlap[c] : no_value);
  }
  return t;
}

constexpr std::string_view kMethodPlace = "{method}";

}  // namespace

std::vector<std::string> ranking_targets(const std::string& path, const std::vector<std::string>& methods) {
  std::vector<std::string> paths;
  for (const std::string& method : methods) {
    std::string target = path;
    if (const std::size_t at = target.find(kMethodPlace); at != std::string::npos)
      target.replace(at, kMethodPlace.size(), method);
    if (std::find(paths.begin(), paths.end(), target) != paths.end())
      throw usage_error(
          "-o {}: {} methods would be written to one file; put {{method}} in the name, e.g. "
          "upos.{{method}}.h5ad",
          path, methods.size());
    paths.push_back(std::move(target));
  }
  return paths;
}

std::vector<std::string> concepts_of(const LabelRanking& ranking) {
  std::vector<std::string> names;
  if (ranking.scores.scores.cols() > 1) names = ranking.classes;
  names.emplace_back("overall");
  return names;
}

NeuronList order_of(const LabelRanking& ranking, Index column) {
  const NeuronScores& scores = ranking.scores;
  if (column + 1 == scores.scores.cols() && !scores.order.empty()) return scores.order;
  return order_by_score(scores.scores.col(column));
}

std::int64_t discoveries(const LabelRanking& ranking, Index column) {
  if (!ranking.belief.q) return -1;
  return (ranking.belief.q->col(column).array() <= ranking.rate).count();
}

io::AnnData ranking_file(const LabelRanking& ranking) {
  io::AnnData out;
  out.var.row_names = concepts_of(ranking);
  out.var.rows = static_cast<std::int64_t>(out.var.row_names->size());
  out.X = ranking.scores.scores.cast<float>();
  out.layers.emplace_back("rank", ranks_of_columns(ranking));
  const Belief& belief = ranking.belief;
  const auto add = [&](const char* name, const std::optional<MatrixD>& values) {
    if (values) out.layers.emplace_back(name, values->cast<float>());
  };
  add("p", belief.p);
  add("q", belief.q);
  add("low", belief.low);
  add("high", belief.high);
  for (const auto& [name, values] : ranking.scores.layers)
    out.layers.emplace_back(name, values.cast<float>());
  if (belief.q || !belief.half_correlation.empty())
    out.uns["belief"] = belief_figures(ranking, *out.var.row_names);
  for (const FigureTable& table : ranking.scores.tables)
    for (const auto& [column, values] : table.columns) out.uns[table.name][column] = values;
  return out;
}

}  // namespace neurox::apps
