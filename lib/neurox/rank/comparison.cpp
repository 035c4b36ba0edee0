#include "neurox/rank/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/core/rank_correlation.h"
#include "neurox/rank/correlated_groups.h"
#include "neurox/rank/overlap.h"

namespace neurox {
namespace {

NeuronList by_value(const std::vector<double>& values) {
  NeuronList order(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Index>(i);
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return values[static_cast<std::size_t>(a)] > values[static_cast<std::size_t>(b)];
  });
  return order;
}

double value_at(const ComparedRanking& r, std::size_t place) {
  return r.values[static_cast<std::size_t>(r.order[place])];
}

}  // namespace

ComparedRanking compared_ranking(std::span<const double> scores, std::span<const double> ranks) {
  ComparedRanking out;
  for (const double x : scores)
    out.values.push_back(std::isnan(x) ? -std::numeric_limits<double>::infinity() : x);
  if (ranks.empty()) {
    out.order = by_value(out.values);
    return out;
  }
  if (ranks.size() != scores.size()) throw input_error("{} ranks of {} scores", ranks.size(), scores.size());
  out.order.assign(ranks.size(), -1);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const double place = ranks[i] - 1;
    if (!(place >= 0 && place < static_cast<double>(ranks.size())) || place != std::floor(place) ||
        out.order[static_cast<std::size_t>(place)] >= 0)
      throw input_error("rank {} of neuron {} is none of 1 to {}, or stands there twice", ranks[i], i,
                        ranks.size());
    out.order[static_cast<std::size_t>(place)] = static_cast<Index>(i);
  }
  for (std::size_t place = 1; place < out.order.size(); ++place)
    if (value_at(out, place) > value_at(out, place - 1)) {
      for (std::size_t i = 0; i < ranks.size(); ++i) out.values[i] = -ranks[i];
      break;
    }
  return out;
}

Index tied_after(const ComparedRanking& ranking, Index k) {
  const auto n = static_cast<Index>(ranking.order.size());
  if (k < 1 || k > n) throw usage_error("agreement: the first {} of {} things", k, n);
  Index tied = 0;
  const double last = value_at(ranking, static_cast<std::size_t>(k - 1));
  for (auto place = static_cast<std::size_t>(k); place < ranking.order.size(); ++place) {
    if (value_at(ranking, place) != last) break;
    ++tied;
  }
  return tied;
}

std::vector<PairAgreement> agreements(std::span<const ComparedRanking> rankings,
                                      const AgreementOptions& options) {
  std::vector<PairAgreement> out;
  for (std::size_t i = 0; i < rankings.size(); ++i)
    for (std::size_t j = i + 1; j < rankings.size(); ++j) {
      const ComparedRanking &a = rankings[i], &b = rankings[j];
      PairAgreement pair{.first = i, .second = j, .overlap = {}, .jaccard = {}, .by_chance = {}};
      for (const Index k : options.ks) {
        const Index common = common_by_depth(a.order, b.order, k).back();
        pair.overlap.push_back(static_cast<double>(common) / static_cast<double>(k));
        pair.jaccard.push_back(static_cast<double>(common) / static_cast<double>(2 * k - common));
        pair.by_chance.push_back(overlap_by_chance(static_cast<Index>(a.order.size()), k, common));
      }
      pair.average_overlap = average_overlap(a.order, b.order, options.ks.back());
      pair.rank_biased = rank_biased_overlap(a.order, b.order, options.p);
      pair.kendall = kendall_tau_b(a.values, b.values);
      pair.spearman = spearman(a.values, b.values);
      if (options.sites.count > 0)
        pair.fingerprints = likeness(fingerprint(a.order, options.ks.back(), options.sites),
                                     fingerprint(b.order, options.ks.back(), options.sites));
      out.push_back(std::move(pair));
    }
  return out;
}

ComparedRanking ranking_of_groups(const ComparedRanking& ranking, std::span<const Index> group_of) {
  return {order_of_groups(ranking.order, group_of), best_of_groups(ranking.values, group_of)};
}

std::vector<MovedNeuron> moved_neurons(const NeuronList& from, const NeuronList& to, Index k) {
  (void)common_by_depth(from, to, k);  // checks
  std::vector<MovedNeuron> all(from.size());
  for (std::size_t place = 0; place < from.size(); ++place) {
    all[static_cast<std::size_t>(from[place])].from = static_cast<Index>(place) + 1;
    all[static_cast<std::size_t>(to[place])].to = static_cast<Index>(place) + 1;
  }
  std::vector<MovedNeuron> out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].neuron = static_cast<Index>(i);
    if (std::min(all[i].from, all[i].to) <= k) out.push_back(all[i]);
  }
  const auto distance = [](const MovedNeuron& m) {
    return std::abs(std::log(static_cast<double>(m.to) / static_cast<double>(m.from)));
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const MovedNeuron& a, const MovedNeuron& b) { return distance(a) > distance(b); });
  return out;
}

}  // namespace neurox
