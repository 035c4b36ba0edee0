#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace neurox::attribute {

/// Which players take part: one flag per player.
using Coalition = std::vector<bool>;

/// Values v(S) of coalitions, in the order asked. Asked in batches, so that a model can run them together.
using SetFunction = std::function<std::vector<double>(std::span<const Coalition>)>;

/// A game v on n players that keeps what it has computed: no coalition is evaluated twice, as long as those
/// kept take less than `kept_bytes`; then new ones are passed through.
///
/// The order in which the function sees coalitions is that of the first asking, so results depend on nothing
/// else.
class Game {
 public:
  /// @param players   n, at least 1
  /// @throws Error{Usage} for no player
  Game(std::size_t players, SetFunction function, std::size_t kept_bytes = std::size_t{256} << 20);

  std::size_t players() const { return players_; }
  /// How many coalitions the function was asked for so far.
  std::size_t evaluations() const { return evaluations_; }

  /// @throws Error{Numeric} for a value that is not finite, naming the players present
  std::vector<double> values(std::span<const Coalition> coalitions);
  double value(const Coalition& coalition);
  /// v of nobody and of everybody.
  double none() { return value(Coalition(players_, false)); }
  double all() { return value(Coalition(players_, true)); }

 private:
  std::size_t players_;
  SetFunction function_;
  std::size_t most_kept_;
  std::size_t evaluations_ = 0;
  std::unordered_map<Coalition, double> kept_;
};

/// Players beyond which 2^n coalitions are too many.
constexpr std::size_t most_enumerable = 14;

/// All 2^n values; bit k of the index says that player k is present.
/// @param instead  what the message offers when there are more than `most_enumerable` players
/// @throws Error{Usage} then
std::vector<double> all_values(Game& game, const char* instead);

/// The coalition of a bit mask.
Coalition coalition_of(std::uint64_t mask, std::size_t players);

/// Where the effect of a group is looked at.
enum class Context {
  Both,     ///< the mean of the two
  Present,  ///< everybody else is there
  Absent    ///< nobody else is there
};

}  // namespace neurox::attribute
