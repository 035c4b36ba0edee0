#include <algorithm>
#include <cmath>
#include <map>

#include "neurox/report/load_parts.h"

namespace neurox::load {
namespace {

constexpr std::int64_t kMostSentences = 20;
constexpr std::size_t kMostRows = 400;  ///< of grids, over the sentences

/// Texts shaded by each method.
void add_texts(const Loaded& file, AttributionFindings& out) {
  const auto token = file.data.obs.strings("token", file.where);
  const auto sentence = indices(file, "sentence");
  const std::vector<std::string> methods = file.data.var.row_names.value_or(std::vector<std::string>{});
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto target = strings(examples, "target");
  const auto value = numbers(examples, "value"), baseline = numbers(examples, "baseline_value"),
             delta = numbers(examples, "delta");
  if (!file.data.X || methods.empty()) return;
  for (std::size_t r = 0; r < token.size(); ++r) {
    const std::size_t s = sentence[r];
    out.sentences = std::max(out.sentences, static_cast<std::int64_t>(s) + 1);
    if (s >= static_cast<std::size_t>(kMostSentences)) continue;
    for (std::size_t m = 0; m < methods.size(); ++m) {
      const std::size_t at = s * methods.size() + m;
      while (out.texts.size() <= at) {
        const std::size_t n = out.texts.size();
        out.texts.push_back({methods[n % methods.size()], {}, std::nan(""), std::nan(""), std::nan(""), {}});
        if (n < target.size() && n < value.size() && n < baseline.size() && n < delta.size())
          out.texts.back() = {methods[n % methods.size()], target[n], value[n], baseline[n], delta[n], {}};
      }
      out.texts[at].tokens.push_back(
          {token[r], static_cast<double>((*file.data.X)(static_cast<Index>(r), static_cast<Index>(m)))});
    }
  }
}

/// Tokens at sites, from the sums over the neurons that `attribute --sites` keeps.
void add_grids(const Loaded& file, AttributionFindings& out) {
  const io::Tree& cells = child(file.data.uns, "tokens_by_site");
  const auto token = strings(cells, "token"), site = strings(cells, "site");
  const auto sentence = numbers(cells, "sentence"), sum = numbers(cells, "sum");
  const io::Tree& examples = child(file.data.uns, "examples");
  const auto targets = strings(examples, "target");
  const auto of = numbers(examples, "sentence");
  std::map<std::int64_t, std::string> target;
  for (std::size_t i = 0; i < of.size() && i < targets.size(); ++i)
    target.emplace(static_cast<std::int64_t>(of[i]), targets[i]);
  const auto texts = strings(examples, "text");
  std::map<std::int64_t, std::string> text;
  for (std::size_t i = 0; i < of.size() && i < texts.size(); ++i)
    text.emplace(static_cast<std::int64_t>(of[i]), texts[i]);
  std::size_t rows = 0;
  // Cells come site by site, tokens in order.
  for (std::size_t i = 0; i < token.size() && i < site.size() && i < sum.size() && i < sentence.size(); ++i) {
    const auto s = static_cast<std::int64_t>(sentence[i]);
    out.sentences = std::max(out.sentences, s + 1);
    if (s >= kMostSentences) continue;
    if (out.grids.size() <= static_cast<std::size_t>(s) && rows > kMostRows) continue;
    while (out.grids.size() <= static_cast<std::size_t>(s))
      out.grids.push_back({target[s], text[s], {}, {}, {}});
    AttributedGrid& grid = out.grids[static_cast<std::size_t>(s)];
    if (grid.sites.empty() || grid.sites.back() != site[i]) grid.sites.push_back(site[i]);
    if (grid.sites.size() == 1) {
      ++rows;
      grid.tokens.push_back(token[i]);
      grid.values.emplace_back();
    }
    // The first row that lacks this site.
    for (std::vector<double>& row : grid.values)
      if (row.size() + 1 == grid.sites.size()) {
        row.push_back(sum[i]);
        break;
      }
  }
}

}  // namespace

AttributionFindings attribution(const Loaded& file) {
  AttributionFindings out;
  out.file = file.name;
  out.model = file.provenance.model;
  if (file.provenance.kind == "attribution") {
    add_texts(file, out);
  } else {
    out.method = text(child(file.data.uns, "ranking"), "method");
    add_grids(file, out);
    if (is_of_attributions(file)) add_neurons_used(file, out);
  }
  return out;
}

}  // namespace neurox::load
