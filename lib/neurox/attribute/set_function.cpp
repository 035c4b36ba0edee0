#include "neurox/attribute/set_function.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/core/error.h"

namespace neurox::attribute {
namespace {

std::string members(const Coalition& coalition) {
  std::vector<std::size_t> present;
  for (std::size_t i = 0; i < coalition.size() && present.size() < 20; ++i)
    if (coalition[i]) present.push_back(i);
  return fmt::format("{{{}{}}}", fmt::join(present, ", "), present.size() == 20 ? ", ..." : "");
}

/// Of one kept coalition: bits, value and the map's own node.
std::size_t bytes_kept(std::size_t players) {
  return players / 8 + 96;
}

}  // namespace

Game::Game(std::size_t players, SetFunction function, std::size_t kept_bytes)
    : players_(players), function_(std::move(function)), most_kept_(kept_bytes / bytes_kept(players)) {
  if (players == 0) throw usage_error("game: no players; there is no word or neuron to explain");
}

std::vector<double> Game::values(std::span<const Coalition> coalitions) {
  // Every coalition that is new, once, and where its value will stand in `fresh`.
  std::unordered_map<Coalition, std::size_t> places;
  std::vector<Coalition> asked;
  for (const Coalition& s : coalitions) {
    if (s.size() != players_)
      throw usage_error("game: a coalition of {} flags for {} players", s.size(), players_);
    if (!kept_.contains(s) && places.try_emplace(s, asked.size()).second) asked.push_back(s);
  }
  std::vector<double> fresh;
  if (!asked.empty()) fresh = function_(asked);
  if (fresh.size() != asked.size())
    throw usage_error("game: {} values for {} coalitions", fresh.size(), asked.size());
  evaluations_ += asked.size();
  for (std::size_t i = 0; i < asked.size(); ++i)
    if (!std::isfinite(fresh[i]))
      throw numeric_error("game: the value of players {} is {}", members(asked[i]), fresh[i]);

  std::vector<double> out;
  out.reserve(coalitions.size());
  for (const Coalition& s : coalitions) {
    const auto place = places.find(s);
    out.push_back(place == places.end() ? kept_.at(s) : fresh[place->second]);
  }
  for (std::size_t i = 0; i < asked.size() && kept_.size() < most_kept_; ++i)
    kept_.emplace(std::move(asked[i]), fresh[i]);
  return out;
}

double Game::value(const Coalition& coalition) {
  return values({&coalition, 1}).front();
}

std::vector<double> all_values(Game& game, const char* instead) {
  if (game.players() > most_enumerable)
    throw usage_error("{} players have 2^{} coalitions, too many to enumerate (at most {} players): {}",
                      game.players(), game.players(), most_enumerable, instead);
  std::vector<Coalition> coalitions;
  for (std::uint64_t mask = 0; mask < std::uint64_t{1} << game.players(); ++mask)
    coalitions.push_back(coalition_of(mask, game.players()));
  return game.values(coalitions);
}

Coalition coalition_of(std::uint64_t mask, std::size_t players) {
  Coalition out(players);
  for (std::size_t i = 0; i < players; ++i) out[i] = (mask >> i & 1U) != 0;
  return out;
}

}  // namespace neurox::attribute
