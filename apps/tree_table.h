#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/tree_methods.h"
#include "neurox/io/anndata.h"
#include "neurox/io/corpus.h"

namespace neurox::apps {

/// Trees of words: a row per group of words that a tree holds, single words and the root among them.
class TreeTable {
 public:
  void add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
           const std::string& method, const attribute::RowTree& found);
  io::AnnData anndata() const;
  /// Trees, the groups of each under the group that they were joined to, until `rows` are shown: whole, but
  /// to people no more than the upper levels of a tree of more than a hundred groups.
  void show(Console& console, int rows) const;

 private:
  struct Node {
    std::int32_t tree, node, parent, depth, first, last, round;
    std::int32_t sentence, char_begin, char_end;
    std::vector<std::size_t> children;
    std::string text;
    double score;
  };
  struct Tree {
    std::int64_t sentence;
    std::string text, target, method;
    double value, baseline;
    std::size_t first_node, root;  ///< of nodes_
  };
  std::int32_t deepest_shown(const Tree& tree) const;
  void show_node(Console& console, const Tree& tree, std::size_t node, std::int32_t deepest,
                 nlohmann::ordered_json& list) const;

  std::vector<Node> nodes_;
  std::vector<Tree> trees_;
};

}  // namespace neurox::apps
