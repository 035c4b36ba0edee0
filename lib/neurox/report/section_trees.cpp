#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"
#include "neurox/report/word_shades.h"

namespace neurox {
namespace {

constexpr std::size_t kDrawnWords = 60;  ///< of a text; a longer one's tree stands as numbers alone

std::string words_below(const WordTree& t, const WordNode& node) {
  std::string out;
  for (std::size_t w = node.first; w <= node.last; ++w) out += (out.empty() ? "" : " ") + t.words[w];
  return out;
}

/// How many nodes each has on its longest way down.
std::vector<std::size_t> heights(const WordTree& t) {
  std::vector<std::size_t> out;
  for (const WordNode& node : t.nodes) {
    std::size_t height = 0;
    for (const std::size_t child : node.children) height = std::max(height, out[child] + 1);
    out.push_back(height);
  }
  return out;
}

/// The tree as cells, each as wide as its words: the root above, the text along the bottom.
std::string drawn(const WordTree& t, const std::string& label) {
  const std::vector<std::size_t> height = heights(t);
  const std::size_t top = height.back();
  std::vector<std::size_t> ceiling(t.nodes.size(), top + 1);  // the height of each one's parent
  double largest = 0;
  for (std::size_t k = 0; k < t.nodes.size(); ++k) {
    for (const std::size_t child : t.nodes[k].children) ceiling[child] = height[k];
    if (std::isfinite(t.nodes[k].score)) largest = std::max(largest, std::abs(t.nodes[k].score));
  }
  std::vector<std::vector<std::size_t>> rows(top + 1);  // from above; those that begin there
  for (std::size_t k = 0; k < t.nodes.size(); ++k) rows[top + 1 - ceiling[k]].push_back(k);
  std::string out = fmt::format(
      "<div class=\"scroll tall\" role=\"region\" tabindex=\"0\" aria-label=\"{}\"><table "
      "class=\"tree\"><tbody>\n",
      html::escape(label));
  for (auto& row : rows) {
    std::sort(row.begin(), row.end(),
              [&](std::size_t a, std::size_t b) { return t.nodes[a].first < t.nodes[b].first; });
    out += "<tr>";
    for (const std::size_t k : row) {
      const WordNode& node = t.nodes[k];
      const std::string words = html::escape(words_below(t, node));
      out += fmt::format("<td class=\"t{}\"", share_shade(node.score, largest));
      if (node.last > node.first) out += fmt::format(" colspan=\"{}\"", node.last - node.first + 1);
      if (ceiling[k] - height[k] > 1) out += fmt::format(" rowspan=\"{}\"", ceiling[k] - height[k]);
      out += fmt::format(" title=\"{}: {}\">", words, html::number(node.score));
      if (node.children.empty()) out += words + "<br>";
      out += fmt::format("<small>{}{:.2f}</small></td>", node.score < 0 ? "−" : "", std::abs(node.score));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

/// Every group below the one it was joined to.
void add_groups(const WordTree& t, std::size_t k, std::size_t depth, html::Table& table) {
  const WordNode& node = t.nodes[k];
  table.rows.push_back({words_below(t, node), html::count(static_cast<std::int64_t>(depth)),
                        html::count(node.round), html::number(node.score)});
  for (const std::size_t child : node.children) add_groups(t, child, depth + 1, table);
}

void section_of_text(Page& page, const TreeText& text) {
  page.body += fmt::format("<h4>{}</h4>\n", html::escape(text.text));
  for (const WordTree& t : text.trees) {
    const std::string label = fmt::format("Tree by {} of “{}”", t.method, text.text);
    if (t.words.size() <= kDrawnWords)
      page.body += drawn(t, label);
    else
      page.body += fmt::format("<p class=\"muted\">{} words are too many to draw.</p>\n", t.words.size());
    std::string figures = fmt::format("{}, target {}", t.method, t.target);
    if (std::isfinite(t.value)) figures += fmt::format(", f(x) {}", html::number(t.value));
    if (std::isfinite(t.baseline)) figures += fmt::format(", score of no word {}", html::number(t.baseline));
    page.body += fmt::format("<p class=\"muted\">{}</p>\n", html::escape(figures));
    html::Table table{label, {{"words", false}, {"depth"}, {"joined in round"}, {"score"}}, {}};
    add_groups(t, t.nodes.size() - 1, 0, table);
    page.body += html::folded("Groups as numbers", table);
  }
}

}  // namespace

void section_trees(Page& page, const ReportData& data) {
  if (data.methods.trees.empty()) return;
  page.body +=
      "<section id=\"trees\">\n<h2>What groups of words say</h2>\n<p>Neighbouring words joined step by step; "
      "each group with its own score. Where a group’s score is far from its words’, they say together what "
      "none says alone: a negation turns round what follows it.</p>\n" +
      share_legend();
  for (const TreeFindings& f : data.methods.trees) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    for (const TreeText& text : f.texts) section_of_text(page, text);
    page.body += first_of(f.texts.size(), f.sentences, "sentences");
  }
  page.body += "</section>\n";
}

}  // namespace neurox
