#include "rank_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/rank/counts.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr double kFingerprintShare = 0.05;
constexpr int kCurvePoints = 51;  ///< of ml-selfcond's 501

/// The best class of a neuron, by score; -1 where only overall scores are known.
Index best_class(const MatrixD& scores, Index neuron) {
  if (scores.cols() < 2) return -1;
  Index best = 0;
  scores.row(neuron).head(scores.cols() - 1).maxCoeff(&best);
  return best;
}

std::vector<double> column_of(const MatrixD& scores, Index c) {
  return {scores.col(c).begin(), scores.col(c).end()};
}

}  // namespace

NeuronSites sites_of(const NeuronAxis& axis) {
  NeuronSites out;
  out.count = static_cast<int>(axis.sites.size());
  for (const Neuron& n : axis.neurons) out.site_of.push_back(n.site);
  return out;
}

Tree spread_figures(const NeuronList& neurons, const NeuronAxis& axis) {
  Tree t;
  const NeuronSites sites = sites_of(axis);
  const auto counts = spread_over_sites(neurons, sites.site_of, sites.count);
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (axis.sites[s].width == 0) continue;
    t["site"].push_back(axis.sites[s].site);
    t["block"].push_back(axis.sites[s].block);
    t["count"].push_back(counts[s]);
  }
  return t;
}

Tree fingerprint_figures(const LabelRanking& ranking, const NeuronAxis& axis) {
  Tree t;
  const NeuronSites sites = sites_of(axis);
  if (sites.count < 2) return t;
  const std::vector<std::string> concepts = concepts_of(ranking);
  const auto first = std::max<Index>(1, std::lround(kFingerprintShare * static_cast<double>(axis.size())));
  for (std::size_t c = 0; c < concepts.size(); ++c) {
    const std::vector<double> shares = fingerprint(order_of(ranking, static_cast<Index>(c)), first, sites);
    for (std::size_t s = 0; s < shares.size(); ++s) {
      t["concept"].push_back(concepts[c]);
      t["site"].push_back(axis.sites[s].site);
      t["block"].push_back(axis.sites[s].block);
      t["share"].push_back(shares[s]);
    }
  }
  return t;
}

void add_expert_figures(Tree& uns, const LabelRanking& ranking, const NeuronAxis& axis,
                        const std::vector<double>& bounds) {
  const NeuronSites sites = sites_of(axis);
  const std::vector<std::string> concepts = concepts_of(ranking);
  std::vector<double> curve, width(static_cast<std::size_t>(sites.count), 0);
  for (const std::int32_t s : sites.site_of) width[static_cast<std::size_t>(s)] += 1;
  for (int i = 0; i < kCurvePoints; ++i) curve.push_back(0.5 + 0.5 * i / (kCurvePoints - 1));
  Tree by_site = Tree::object(), by_bound = Tree::object();
  for (std::size_t c = 0; c < concepts.size(); ++c) {
    const std::vector<double> scores = column_of(ranking.scores.scores, static_cast<Index>(c));
    const MatrixD found = experts(scores, sites, bounds), along = experts(scores, sites, curve);
    for (Index s = 0; s < found.rows(); ++s)
      for (Index b = 0; b < found.cols(); ++b) {
        by_site["concept"].push_back(concepts[c]);
        by_site["site"].push_back(axis.sites[static_cast<std::size_t>(s)].site);
        by_site["bound"].push_back(bounds[static_cast<std::size_t>(b)]);
        by_site["neurons"].push_back(static_cast<std::int64_t>(found(s, b)));
        by_site["share"].push_back(found(s, b) / std::max(1.0, width[static_cast<std::size_t>(s)]));
      }
    for (Index b = 0; b < along.cols(); ++b) {
      by_bound["concept"].push_back(concepts[c]);
      by_bound["bound"].push_back(curve[static_cast<std::size_t>(b)]);
      by_bound["neurons"].push_back(static_cast<std::int64_t>(along.col(b).sum()));
    }
  }
  uns["experts"] = std::move(by_site);
  uns["expert_curve"] = std::move(by_bound);
}

void RankTables::add_top(const LabelRanking& ranking, const NeuronAxis& axis) {
  const MatrixD& scores = ranking.scores.scores;
  const std::vector<std::string> names = concepts_of(ranking);
  const NeuronList order = order_of(ranking, scores.cols() - 1);
  for (std::size_t k = 0; k < order.size() && k < static_cast<std::size_t>(options_.show); ++k) {
    const Index c = best_class(scores, order[k]);
    top_.push_back({ranking.method.name, k + 1, axis.address(static_cast<std::size_t>(order[k])),
                    scores(order[k], scores.cols() - 1),
                    c < 0 ? Tree() : Tree(names[static_cast<std::size_t>(c)]),
                    c < 0 ? Tree() : Tree(scores(order[k], c))});
  }
}

void RankTables::add_experts(const LabelRanking& ranking) {
  const MatrixD& scores = ranking.scores.scores;
  const std::vector<std::string> names = concepts_of(ranking);
  for (std::size_t c = 0; c + 1 < names.size(); ++c)
    for (const double bound : options_.expert_bounds) {
      const auto n = (scores.col(static_cast<Index>(c)).array() > bound).count();
      experts_.push_back({names[c], bound, n, static_cast<double>(n) / static_cast<double>(scores.rows())});
    }
}

void RankTables::add(const LabelRanking& ranking, const NeuronAxis& axis, const HeldOutPrecision* precision) {
  add_top(ranking, axis);
  if (ranking.method.name == "average-precision") add_experts(ranking);
  const MatrixD& scores = ranking.scores.scores;
  const std::vector<std::string> names = concepts_of(ranking);
  for (std::size_t c = 0; c < names.size(); ++c) {
    const auto column = static_cast<Index>(c);
    const Index best = order_of(ranking, column).front();
    std::vector<Tree> row{ranking.method.name, names[c], axis.address(static_cast<std::size_t>(best)),
                          scores(best, column)};
    if (ranking.belief.low) {
      row.emplace_back((*ranking.belief.low)(best, column));
      row.emplace_back((*ranking.belief.high)(best, column));
    }
    if (ranking.belief.q) row.emplace_back(discoveries(ranking, column));
    if (!ranking.belief.half_correlation.empty()) {
      row.emplace_back(ranking.belief.half_correlation[c]);
      row.emplace_back(ranking.belief.half_overlap[c]);
    }
    if (options_.held_out > 0) {
      const bool known = precision != nullptr && scores.cols() == precision->precision.cols();
      row.push_back(known ? shown_number(precision->precision(best, column)) : Tree());
      row.push_back(known ? shown_number(precision->recall(best, column)) : Tree());
    }
    concepts_.push_back(std::move(row));
  }
}

void RankTables::show(Console& console) const {
  const BeliefOptions& belief = options_.belief;
  console.table("top", {"method", "rank", "neuron", "overall", "class", "score"}, top_);
  std::vector<std::string> columns{"method", "concept", "best neuron", "score"};
  if (belief.bootstraps > 0) columns.insert(columns.end(), {"low", "high"});
  if (belief.permutations > 0) columns.push_back(fmt::format("q <= {}", options_.rate));
  if (belief.halves > 0) columns.insert(columns.end(), {"halves' correlation", "top tenth shared"});
  if (options_.held_out > 0) columns.insert(columns.end(), {"held-out precision", "recall"});
  console.table("concepts", columns, concepts_);
  if (!experts_.empty()) console.table("experts", {"concept", "AP above", "neurons", "of all"}, experts_);
}

}  // namespace neurox::apps
