#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace neurox::ablate {

/// How few units keep a share of a score.
struct KeptSearch {
  struct Step {
    std::int64_t kept = 0;
    double score = 0, share = 0;  ///< share: of the intact score
  };
  std::vector<Step> steps;  ///< everything that was measured, by the number kept, ascending; the last is all
  std::int64_t kept = 0;    ///< the smallest number found whose share suffices
};

struct KeepOptions {
  double share = 0.95;       ///< of the intact score that has to stay
  std::int64_t at_once = 8;  ///< numbers that are measured together
};

/// Scores of the model with only the first so many units, of each number asked for.
using ScoresOfKept = std::function<std::vector<double>(std::span<const std::int64_t>)>;

/// Units stand in an order, the one to be kept longest first. In each round numbers spread evenly between the
/// largest known to be too small and the smallest known to suffice are measured, and the search goes on below
/// the smallest of them that suffices, until one unit fewer does not. With a score that rises with what is
/// kept that is the least; else it is a number whose predecessor is too small.
/// @param units   how many there are
/// @param intact  the score of all, > 0
/// @throws Error{Usage} for a share outside (0, 1]; Error{Input} for an intact score that is not above 0
/// Cost: about log(units) / log(at_once + 1) rounds.
KeptSearch smallest_kept(std::int64_t units, double intact, const ScoresOfKept& scores,
                         const KeepOptions& options);

}  // namespace neurox::ablate
