#include "tree_table.h"

#include <fmt/format.h>

namespace neurox::apps {
namespace {

/// The first and the last words of many.
std::string shortened(const std::string& words) {
  constexpr std::size_t first = 6, last = 4;
  std::vector<std::size_t> spaces;
  for (std::size_t i = 0; i < words.size(); ++i)
    if (words[i] == ' ') spaces.push_back(i);
  if (spaces.size() <= first + last) return words;
  return words.substr(0, spaces[first - 1]) + " ..." + words.substr(spaces[spaces.size() - last]);
}

}  // namespace

void TreeTable::add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
                    const std::string& method, const attribute::RowTree& found) {
  const std::size_t first = nodes_.size();
  const auto& nodes = found.tree.nodes;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const attribute::HierarchyNode& node = nodes[k];
    const attribute::ExampleRow& begin = example.rows[found.rows[node.first]];
    const attribute::ExampleRow& end = example.rows[found.rows[node.last]];
    std::string text;
    for (std::size_t w = node.first; w <= node.last; ++w)
      text += (text.empty() ? "" : " ") + example.rows[found.rows[w]].token;
    nodes_.push_back({.tree = static_cast<std::int32_t>(trees_.size()),
                      .node = static_cast<std::int32_t>(k),
                      .parent = -1,
                      .depth = 0,
                      .first = static_cast<std::int32_t>(node.first),
                      .last = static_cast<std::int32_t>(node.last),
                      .round = node.round,
                      .sentence = static_cast<std::int32_t>(number),
                      .char_begin = static_cast<std::int32_t>(begin.char_begin),
                      .char_end = static_cast<std::int32_t>(end.char_end),
                      .children = node.children,
                      .text = std::move(text),
                      .score = node.score});
  }
  // Children come before their parents.
  for (std::size_t k = nodes.size(); k-- > 0;)
    for (const std::size_t child : nodes[k].children) {
      nodes_[first + child].parent = static_cast<std::int32_t>(k);
      nodes_[first + child].depth = nodes_[first + k].depth + 1;
    }
  trees_.push_back(
      {number, sentence.text, example.target, method, found.value, found.baseline, first, nodes.size() - 1});
}

io::AnnData TreeTable::anndata() const {
  io::AnnData out;
  const auto numbers = [&](const char* name, std::int32_t Node::*member) {
    std::vector<std::int32_t> column;
    for (const Node& n : nodes_) column.push_back(n.*member);
    out.obs.add(name, column);
  };
  std::vector<std::string> methods, texts, children;
  out.X = MatrixF(static_cast<Index>(nodes_.size()), 1);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    methods.push_back(trees_[static_cast<std::size_t>(nodes_[i].tree)].method);
    texts.push_back(nodes_[i].text);
    children.push_back(fmt::format("{}", fmt::join(nodes_[i].children, " ")));
    (*out.X)(static_cast<Index>(i), 0) = static_cast<float>(nodes_[i].score);
  }
  numbers("sentence", &Node::sentence);
  out.obs.add("method", io::categorical(methods));
  numbers("tree", &Node::tree);
  numbers("node", &Node::node);
  numbers("parent", &Node::parent);
  out.obs.add("children", children);
  numbers("depth", &Node::depth);
  numbers("round", &Node::round);
  numbers("first", &Node::first);
  numbers("last", &Node::last);
  numbers("char_begin", &Node::char_begin);
  numbers("char_end", &Node::char_end);
  out.obs.add("words", texts);
  out.var.rows = 1;
  out.var.row_names = std::vector<std::string>{"score"};
  io::Tree examples = io::Tree::object();
  for (const Tree& t : trees_) {
    examples["sentence"].push_back(t.sentence);
    examples["text"].push_back(t.text);
    examples["target"].push_back(t.target);
    examples["method"].push_back(t.method);
    examples["value"].push_back(t.value);
    examples["baseline_value"].push_back(t.baseline);
    examples["score"].push_back(nodes_[t.first_node + t.root].score);
  }
  out.uns["examples"] = examples;
  return out;
}

/// The level down to which no more than a hundred groups stand.
std::int32_t TreeTable::deepest_shown(const Tree& tree) const {
  constexpr std::size_t most = 100;
  std::vector<std::size_t> at_depth;
  for (std::size_t k = 0; k <= tree.root; ++k) {
    const auto depth = static_cast<std::size_t>(nodes_[tree.first_node + k].depth);
    if (at_depth.size() <= depth) at_depth.resize(depth + 1);
    ++at_depth[depth];
  }
  std::int32_t deepest = -1;
  std::size_t sum = 0;
  for (const std::size_t n : at_depth) {
    sum += n;
    if (sum > most) break;
    ++deepest;
  }
  return deepest;
}

void TreeTable::show_node(Console& console, const Tree& tree, std::size_t node, std::int32_t deepest,
                          nlohmann::ordered_json& list) const {
  const Node& n = nodes_[tree.first_node + node];
  if (n.depth <= deepest)
    console.note(fmt::format("{:>9.4f}  {:{}}{}", n.score, "", 2 * static_cast<std::size_t>(n.depth),
                             shortened(n.text)));
  list.push_back({{"node", n.node},
                  {"parent", n.parent},
                  {"children", n.children},
                  {"first", n.first},
                  {"last", n.last},
                  {"round", n.round},
                  {"score", n.score},
                  {"words", n.text}});
  for (const std::size_t child : n.children) show_node(console, tree, child, deepest, list);
}

void TreeTable::show(Console& console, int rows) const {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::size_t shown = 0;
  for (const Tree& tree : trees_) {
    if (shown >= static_cast<std::size_t>(rows)) break;
    console.note(fmt::format("\nsentence {}, {}, {}: f(x) {:.4f}", tree.sentence, tree.target, tree.method,
                             tree.value));
    nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
    const std::int32_t deepest = deepest_shown(tree);
    show_node(console, tree, tree.root, deepest, nodes);
    std::size_t below = 0;
    for (std::size_t k = 0; k <= tree.root; ++k)
      if (nodes_[tree.first_node + k].depth > deepest) ++below;
    if (below > 0) console.note(fmt::format("{:>9}  and {} groups more below", "", below));
    shown += nodes.size();
    all.push_back({{"sentence", tree.sentence},
                   {"text", tree.text},
                   {"target", tree.target},
                   {"method", tree.method},
                   {"f(x)", tree.value},
                   {"f(nobody)", tree.baseline},
                   {"nodes", std::move(nodes)}});
  }
  console.data("trees", std::move(all));
}

}  // namespace neurox::apps
