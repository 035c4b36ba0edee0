#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "neurox/attribute/set_function.h"

namespace neurox::attribute {

/// What happens to v when the players that scores call important are taken away, or kept alone.
struct Faithfulness {
  std::vector<double> shares;             ///< of the players
  std::vector<double> comprehensiveness;  ///< v(all) - v(all but the best): large is good
  std::vector<double> sufficiency;        ///< v(all) - v(the best alone): small is good
  double mean_comprehensiveness = 0;      ///< over the shares
  double mean_sufficiency = 0;
};

/// @param scores  #players; the best are those of the largest score, ties by number
/// @param shares  each in (0, 1]; ceil(share n) players are the best
/// @throws Error{Usage} for sizes that differ, no share, and a share outside (0, 1]
///
/// The scores should point the way v goes: signed attributions do, norms say only how much.
/// Source: DeYoung et al., ACL 2020 (ERASER), over probabilities; v may be any target here.
Faithfulness faithfulness(Game& game, std::span<const double> scores, std::span<const double> shares);

/// The same with scores drawn at random, the mean over some draws: what no knowledge at all would get.
Faithfulness random_faithfulness(Game& game, std::span<const double> shares, int draws, std::uint64_t seed);

}  // namespace neurox::attribute
