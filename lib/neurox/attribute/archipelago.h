#pragma once

#include <cstddef>
#include <vector>

#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

/// Two players and how strongly they interact, >= 0, in the square of v's unit.
struct PairStrength {
  std::size_t first = 0, second = 0;  ///< first < second
  double strength = 0;
};

/// ArchDetect: how far v is from additive in two players, where the others are all absent and all present.
///
///     a = v(i, j) - v(i) - v(j) + v(none)
///     b = v(all) - v(all but i) - v(all but j) + v(all but i, j)
///     strength = a^2 / 2 + b^2 / 2;  Context::Absent: a^2;  Context::Present: b^2
///
/// Cost: n^2 + n + 2 values with both contexts, half with one.
/// @return every pair, strength descending, ties by the players' numbers
/// @throws Error{Usage} for one player
/// Source: Tsang et al. 2020. Their code calls a difference 0 when it is below 1e-5 of the smallest of the
/// four values; ours is as the formula says. Their `single_context` is Context::Present.
std::vector<PairStrength> arch_detect(Game& game, Context context = Context::Both);

/// Sets that share a player become one, until none do; each ascending, ordered by their first player.
std::vector<std::vector<std::size_t>> merge_overlapping(std::vector<std::vector<std::size_t>> sets);

/// A group of players and its effect.
struct GroupEffect {
  std::vector<std::size_t> players;  ///< ascending
  double effect = 0;                 ///< in the unit of v
};

/// ArchAttribute: v(group) - v(none) of each group.
std::vector<GroupEffect> arch_attribute(Game& game, const std::vector<std::vector<std::size_t>>& groups);

/// The strongest `pairs` of ArchDetect merged where they overlap, and everybody else alone, with
/// ArchAttribute's effects. Groups of two and more first, then single players, each by first player.
///
/// More pairs than there are: all of them (everybody is then one group).
std::vector<GroupEffect> archipelago(Game& game, std::size_t pairs, Context context = Context::Both);

}  // namespace neurox::attribute
