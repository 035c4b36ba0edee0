#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "neurox/attribute/agglomerative.h"
#include "neurox/attribute/example.h"
#include "neurox/attribute/methods.h"

namespace neurox::attribute {

/// A tree over the words of an example.
struct RowTree {
  std::vector<std::size_t> rows;  ///< of the tree's players, in the order of the text
  Hierarchy tree;
  double value = 0;     ///< f(x)
  double baseline = 0;  ///< the score function of no word
};

struct TreeMethod {
  std::string_view name, summary;
  RowTree (*run)(const Example&);
  BaselineUse uses;
};

/// The table of methods that join neighbouring words to a tree (agglomerative.h), by the score of a group.
std::span<const TreeMethod> tree_methods();

}  // namespace neurox::attribute
