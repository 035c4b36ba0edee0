#include "neurox/attribute/agglomerative.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

struct Run {
  std::size_t first, last;
};

std::vector<double> scores(Game& game, const std::vector<Run>& runs, Context context) {
  const std::size_t n = game.players();
  std::vector<double> out(runs.size());
  for (const bool present : {false, true}) {
    if (context == (present ? Context::Absent : Context::Present)) continue;
    std::vector<Coalition> coalitions{Coalition(n, present)};
    for (const Run run : runs) {
      Coalition coalition(n, present);
      for (std::size_t i = run.first; i <= run.last; ++i) coalition[i] = !present;
      coalitions.push_back(std::move(coalition));
    }
    const std::vector<double> v = game.values(coalitions);
    const double share = (present ? -1 : 1) * (context == Context::Both ? 0.5 : 1);
    for (std::size_t r = 0; r < runs.size(); ++r) out[r] += share * (v[r + 1] - v[0]);
  }
  return out;
}

/// numpy's percentile: linear between the two values around it.
double percentile(std::vector<double> x, double p) {
  std::sort(x.begin(), x.end());
  const double place = p / 100 * static_cast<double>(x.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double above = x[std::min(below + 1, x.size() - 1)];
  return x[below] + (place - static_cast<double>(below)) * (above - x[below]);
}

class Agglomeration {
 public:
  Agglomeration(Game& game, const AgglomerativeOptions& options)
      : game_(game), options_(options), n_(game.players()), root_of_(n_) {}

  Hierarchy run() {
    std::vector<Run> alone;
    for (std::size_t i = 0; i < n_; ++i) alone.push_back({i, i});
    const std::vector<double> single = scores(game_, alone, options_.context);
    for (std::size_t i = 0; i < n_; ++i) tree_.nodes.push_back({i, i, single[i], 0, {}});
    std::vector<std::pair<std::size_t, double>> candidates;
    for (std::size_t i = 0; i < n_; ++i) candidates.emplace_back(i, std::abs(single[i]));
    for (int round = 0; !candidates.empty(); ++round) {
      take(candidates, round);
      join(round);
      candidates = next_to_runs();
    }
    return std::move(tree_);
  }

 private:
  void take(const std::vector<std::pair<std::size_t, double>>& candidates, int round) {
    std::vector<double> priorities;
    for (const auto& [player, priority] : candidates) priorities.push_back(priority);
    // Rounding must not put the threshold above the largest.
    const double least = std::min(percentile(priorities, options_.percentile),
                                  *std::max_element(priorities.begin(), priorities.end()));
    for (const auto& [player, priority] : candidates)
      if (priority >= least) {
        root_of_[player] = player;
        tree_.nodes[player].round = round;
      }
  }

  /// Makes a node of every stretch of taken players that is more than one node.
  void join(int round) {
    std::vector<Run> runs;
    std::vector<std::vector<std::size_t>> children;
    for (std::size_t i = 0; i < n_; ++i) {
      if (!root_of_[i]) continue;
      if (i == 0 || !root_of_[i - 1]) {
        runs.push_back({i, i});
        children.emplace_back();
      }
      runs.back().last = i;
      if (children.back().empty() || children.back().back() != *root_of_[i])
        children.back().push_back(*root_of_[i]);
    }
    std::vector<Run> fresh;
    std::vector<std::vector<std::size_t>> parts;
    for (std::size_t r = 0; r < runs.size(); ++r)
      if (children[r].size() > 1) {
        fresh.push_back(runs[r]);
        parts.push_back(std::move(children[r]));
      }
    const std::vector<double> score = scores(game_, fresh, options_.context);
    for (std::size_t r = 0; r < fresh.size(); ++r) {
      for (std::size_t i = fresh[r].first; i <= fresh[r].last; ++i) root_of_[i] = tree_.nodes.size();
      tree_.nodes.push_back({fresh[r].first, fresh[r].last, score[r], round, std::move(parts[r])});
    }
  }

  std::vector<std::pair<std::size_t, double>> next_to_runs() {
    std::vector<std::size_t> players;
    std::vector<double> before;
    std::vector<Run> grown;
    for (std::size_t i = 0; i < n_; ++i) {
      if (root_of_[i]) continue;
      for (const std::size_t side : {i - 1, i + 1}) {  // i - 1 wraps round at 0, beyond n
        if (side >= n_ || !root_of_[side]) continue;
        const HierarchyNode& run = tree_.nodes[*root_of_[side]];
        players.push_back(i);
        before.push_back(run.score);
        grown.push_back({std::min(run.first, i), std::max(run.last, i)});
      }
    }
    const std::vector<double> after = scores(game_, grown, options_.context);
    std::vector<std::pair<std::size_t, double>> out;
    for (std::size_t k = 0; k < players.size(); ++k) {
      const double priority = std::abs(after[k] - before[k]);
      if (!out.empty() && out.back().first == players[k])
        out.back().second = std::max(out.back().second, priority);
      else
        out.emplace_back(players[k], priority);
    }
    return out;
  }

  Game& game_;
  const AgglomerativeOptions& options_;
  std::size_t n_;
  std::vector<std::optional<std::size_t>> root_of_;  // node of the run that a player is in, once taken
  Hierarchy tree_;
};

}  // namespace

Hierarchy agglomerate(Game& game, const AgglomerativeOptions& options) {
  if (!(options.percentile >= 0 && options.percentile <= 100))
    throw usage_error("agglomeration: percentile {}; give 0 to 100", options.percentile);
  return Agglomeration(game, options).run();
}

}  // namespace neurox::attribute
