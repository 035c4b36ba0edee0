#pragma once

#include <cstddef>
#include <vector>

#include "neurox/attribute/example.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/set_function.h"
#include "neurox/attribute/shapley.h"

namespace neurox::attribute {

/// The words of an example as players of a game; absent ones are the baseline's embeddings, special tokens
/// are always there.
struct WordGame {
  std::vector<std::size_t> rows;  ///< of each player
  Game game;

  static WordGame of(const Example& e);
  /// The players' values as attributions of the example's rows.
  /// @param complete  they promise to sum to f(x) - f(x')
  RowAttribution spread(const PlayerValues& p, const Example& e, bool complete) const;
};

}  // namespace neurox::attribute
