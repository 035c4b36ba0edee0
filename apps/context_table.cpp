#include "context_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/rank/scores.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t kNamed = 4;         ///< things of a sort on a neuron's line
constexpr std::size_t kLongestText = 48;  ///< bytes of a thing in the terminal

NeuronList by_score(const std::vector<double>& scores) {
  return order_by_score(Eigen::Map<const VectorD>(scores.data(), static_cast<Index>(scores.size())));
}

/// The text, cut between characters.
std::string shortened(const std::string& text) {
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

bool has(const std::vector<ContextRow>& rows, double ContextRow::*value) {
  return std::any_of(rows.begin(), rows.end(), [&](const ContextRow& r) { return std::isfinite(r.*value); });
}

}  // namespace

io::AnnData contexts_file(const std::vector<double>& scores, const std::vector<ContextRow>& rows) {
  io::AnnData out;
  out.var.row_names = {"overall"};
  out.var.rows = 1;
  const auto n = static_cast<Index>(scores.size());
  out.X = MatrixF(n, 1);
  MatrixF ranks(n, 1);
  const NeuronList order = by_score(scores);
  for (Index i = 0; i < n; ++i) {
    (*out.X)(i, 0) = static_cast<float>(scores[static_cast<std::size_t>(i)]);
    ranks(order[static_cast<std::size_t>(i)], 0) = static_cast<float>(i + 1);
  }
  out.layers.emplace_back("rank", std::move(ranks));
  const bool distance = has(rows, &ContextRow::distance), selectivity = has(rows, &ContextRow::selectivity);
  Tree t = Tree::object();
  for (const ContextRow& row : rows) {
    t["neuron"].push_back(row.neuron);
    t["kind"].push_back(row.kind);
    t["text"].push_back(row.text);
    t["count"].push_back(row.count);
    t["mean"].push_back(row.mean);
    t["z"].push_back(row.z);
    if (distance) t["distance"].push_back(row.distance);
    if (selectivity) t["selectivity"].push_back(row.selectivity);
    t["row"].push_back(row.row);
  }
  out.uns["contexts"] = std::move(t);
  return out;
}

void show_contexts(Console& console, const std::string& method, const NeuronAxis& axis,
                   const std::vector<double>& scores, const std::vector<ContextRow>& rows, int count) {
  const NeuronList order = by_score(scores);
  std::vector<std::vector<Tree>> lines;
  Tree all = Tree::array();
  for (std::size_t k = 0; k < order.size() && k < static_cast<std::size_t>(count); ++k) {
    const std::string address = axis.address(static_cast<std::size_t>(order[k]));
    std::vector<std::pair<std::string, std::size_t>> line_of_kind;
    std::vector<std::size_t> named;
    for (const ContextRow& row : rows) {
      if (row.neuron != order[k]) continue;
      all.push_back({{"neuron", address},
                     {"kind", row.kind},
                     {"text", row.text},
                     {"count", row.count},
                     {"mean", row.mean},
                     {"z", row.z}});
      if (std::isfinite(row.distance)) all.back()["distance"] = row.distance;
      if (std::isfinite(row.selectivity)) all.back()["selectivity"] = row.selectivity;
      auto at = std::find_if(line_of_kind.begin(), line_of_kind.end(),
                             [&](const auto& known) { return known.first == row.kind; });
      if (at == line_of_kind.end()) {
        line_of_kind.emplace_back(row.kind, lines.size());
        at = line_of_kind.end() - 1;
        lines.push_back(
            {k + 1, address, shown_number(scores[static_cast<std::size_t>(order[k])]), row.kind, ""});
        named.push_back(0);
      }
      std::size_t& n = named[static_cast<std::size_t>(at - line_of_kind.begin())];
      if (n++ >= kNamed) continue;
      Tree& cell = lines[at->second].back();
      const std::string before = cell.get<std::string>();
      cell = before + (before.empty() ? "" : " · ") + fmt::format("{} ({:+.1f})", shortened(row.text), row.z);
    }
  }
  console.table(method, {"rank", "neuron", "score", "of", "first of them (z)"}, lines);
  console.data(method + " contexts", std::move(all));
}

}  // namespace neurox::apps
