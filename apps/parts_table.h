#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "console.h"
#include "neurox/attribute/layer_gradients.h"
#include "neurox/io/table.h"

namespace neurox::apps {

/// What a method that splits f(x) up says of embeddings, heads, MLPs and biases, per sentence and in the
/// mean.
class PartsTable {
 public:
  void add(std::int64_t sentence, const std::vector<attribute::Part>& parts);
  bool empty() const { return sentences_ == 0; }
  /// sentence, component, block, head, value
  io::Tree tree() const { return tree_; }
  /// Blocks with their attention and MLP, and the heads that add most; nothing when empty.
  void show(Console& console, int rows) const;

 private:
  using Key = std::tuple<std::string, int, int>;  ///< component, block, head
  double mean(const Key& key) const;

  io::Tree tree_ = io::Tree::object();
  std::map<Key, double> sums_;
  std::int64_t sentences_ = 0;
};

}  // namespace neurox::apps
