#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "neurox/attribute/set_function.h"
#include "neurox/core/random.h"
#include "oracle_files.h"
#include "support.h"

/// Games that tests are played on.
namespace neurox::testing {

using attribute::Coalition, attribute::Game;

/// A game of its values by bit mask.
inline Game table_game(std::size_t players, std::vector<double> table) {
  return {players, [table = std::move(table)](std::span<const Coalition> coalitions) {
            std::vector<double> out;
            for (const Coalition& s : coalitions) {
              std::size_t mask = 0;
              for (std::size_t i = 0; i < s.size(); ++i) mask |= std::size_t{s[i]} << i;
              out.push_back(table[mask]);
            }
            return out;
          }};
}

template <class Value>
Game game_of(std::size_t players, Value value) {
  return {players, [value](std::span<const Coalition> coalitions) {
            std::vector<double> out;
            for (const Coalition& s : coalitions) out.push_back(value(s));
            return out;
          }};
}

inline double uniform(Random& random) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53 * 2 - 1;
}

/// 2^n values in [-1, 1].
inline std::vector<double> random_table(std::size_t players, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> out(std::size_t{1} << players);
  for (double& x : out) x = uniform(random);
  return out;
}

/// Captum's BasicModel_MultiLayer: s = the sum of three inputs; relu(s - 10) + 3 relu(s + 1) - 1. Absent
/// inputs are at the baseline.
inline Game captum_game(std::vector<double> x, double baseline = 0) {
  return game_of(x.size(), [x, baseline](const Coalition& present) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s += present[i] ? x[i] : baseline;
    return std::max(s - 10, 0.0) + 3 * std::max(s + 1, 0.0) - 1;
  });
}

inline double largest_difference(const std::vector<double>& found, const std::vector<double>& expected) {
  EXPECT_EQ(found.size(), expected.size());
  double out = 0;
  for (std::size_t i = 0; i < std::min(found.size(), expected.size()); ++i)
    out = std::max(out, std::abs(found[i] - expected[i]));
  return out;
}

/// The games of oracles/attribute/games.json.
struct OracleGame {
  nlohmann::json numbers;
  std::vector<double> table() const { return numbers["v_by_bitmask (bit k = word k present)"]; }
  std::size_t players() const { return numbers["words"].size(); }
  std::vector<double> list(const char* name) const { return numbers[name]; }
};
inline std::vector<OracleGame> oracle_games(const std::filesystem::path& file) {
  std::vector<OracleGame> out;
  const nlohmann::json all = read_json(file);
  for (const auto& game : all["games"]) out.push_back({game});
  EXPECT_EQ(out.size(), 2U);
  return out;
}

}  // namespace neurox::testing
