#include <charconv>
#include <optional>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::size_t kTreeSentences = 5;

/// `3 4 7` as numbers; none where it is something else.
std::optional<std::vector<std::size_t>> places_in(std::string_view list) {
  std::vector<std::size_t> out;
  const char* at = list.data();
  const char* const end = at + list.size();
  while (at < end) {
    std::size_t value = 0;
    const auto [stop, error] = std::from_chars(at, end, value);
    if (error != std::errc()) return std::nullopt;
    out.push_back(value);
    at = stop;
    if (at < end && *at != ' ') return std::nullopt;
    if (at < end) ++at;
  }
  return out;
}

/// The rows of `trees`: nodes, those of a tree together, the root last.
struct NodeTable {
  std::vector<std::size_t> tree, sentence, first, last, round;
  std::vector<std::string> children, words;
  std::string where;

  explicit NodeTable(const Loaded& file)
      : tree(indices(file, "tree")),
        sentence(indices(file, "sentence")),
        first(indices(file, "first")),
        last(indices(file, "last")),
        round(indices(file, "round")),
        children(file.data.obs.strings("children", file.where)),
        words(file.data.obs.strings("words", file.where)),
        where(file.where) {}

  std::size_t size() const { return tree.size(); }

  /// Row `r` as the next node of its tree: children lie before it and fill its words from left to right.
  WordNode node(std::size_t r, const WordTree& so_far) const {
    const auto bad = [&](std::string_view what) {
      return input_error("{}:/obs: row {}: {}; write the file anew with `neurox attribute`", where, r, what);
    };
    if (last[r] < first[r]) throw bad("`first` and `last` are not a run of words");
    const auto below = places_in(children[r]);
    if (!below) throw bad("`children` is not a list of numbers");
    WordNode out{first[r], last[r], static_cast<std::int64_t>(round[r]), no_value, *below};
    std::size_t next = out.first;
    for (const std::size_t c : out.children) {
      if (c >= so_far.nodes.size()) throw bad("a child does not come before its parent");
      if (so_far.nodes[c].first != next) throw bad("the children do not fill the words of their parent");
      next = so_far.nodes[c].last + 1;
    }
    if (out.children.empty() ? out.first != out.last : next != out.last + 1)
      throw bad("the children do not fill the words of their parent");
    return out;
  }
};

/// The tree of rows `begin` to `end`.
WordTree tree_from(const NodeTable& table, std::size_t begin, std::size_t end, const MatrixF& scores) {
  WordTree out;
  for (std::size_t r = begin; r < end; ++r) {
    WordNode node = table.node(r, out);
    node.score = static_cast<double>(scores(static_cast<Index>(r), 0));
    if (node.children.empty()) {
      if (out.words.size() <= node.last) out.words.resize(node.last + 1);
      out.words[node.last] = table.words[r];
    }
    out.nodes.push_back(std::move(node));
  }
  const WordNode& root = out.nodes.back();
  if (root.first != 0 || root.last + 1 != out.words.size())
    throw input_error(
        "{}:/obs: row {}: the last node of a tree holds {} of its {} words; write the file anew with `neurox "
        "attribute`",
        table.where, end - 1, root.last + 1 - root.first, out.words.size());
  return out;
}

}  // namespace

bool trees(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "trees" || !file.data.X || file.data.X->cols() != 1) return false;
  const NodeTable table(file);
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto texts = strings(examples, "text"), targets = strings(examples, "target"),
             methods = strings(examples, "method");
  const auto values = numbers(examples, "value"), baselines = numbers(examples, "baseline_value");
  TreeFindings found;
  found.file = file.name, found.model = file.provenance.model;
  for (std::size_t begin = 0, end = 0, t = 0; begin < table.size(); begin = end, ++t) {
    while (end < table.size() && table.tree[end] == table.tree[begin]) ++end;
    const bool another = begin == 0 || table.sentence[begin] != table.sentence[begin - 1];
    if (another) ++found.sentences;
    if (static_cast<std::size_t>(found.sentences) <= kTreeSentences) {
      WordTree tree = tree_from(table, begin, end, *file.data.X);
      if (t < methods.size() && t < targets.size()) tree.method = methods[t], tree.target = targets[t];
      if (t < values.size() && t < baselines.size()) tree.value = values[t], tree.baseline = baselines[t];
      if (another) found.texts.push_back({t < texts.size() ? texts[t] : std::string(), {}});
      found.texts.back().trees.push_back(std::move(tree));
    }
  }
  out.trees.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
