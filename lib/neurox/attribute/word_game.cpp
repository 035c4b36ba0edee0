#include "neurox/attribute/word_game.h"

#include <utility>

#include "neurox/attribute/players.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {

WordGame WordGame::of(const Example& e) {
  std::vector<std::size_t> rows;
  Players players;
  for (std::size_t r = 0; r < e.rows.size(); ++r) {
    if (e.rows[r].special) continue;
    rows.push_back(r);
    players.push_back(e.rows[r].places);
  }
  const std::size_t n = rows.size();
  return {std::move(rows), Game(n, baseline_words(*e.function, players, e.baseline))};
}

RowAttribution WordGame::spread(const PlayerValues& p, const Example& e, bool complete) const {
  RowAttribution out{std::vector<double>(e.rows.size(), 0.0), {}, p.all, p.none, no_value, 1};
  if (!p.errors.empty()) out.errors.assign(e.rows.size(), 0.0);
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.values[rows[i]] = p.values[i];
    if (!p.errors.empty()) out.errors[rows[i]] = p.errors[i];
    sum += p.values[i];
  }
  if (complete) out.delta = sum - (p.all - p.none);
  return out;
}

}  // namespace neurox::attribute
