#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"
#include "neurox/report/word_shades.h"

namespace neurox {
namespace {

constexpr std::size_t kListedPairs = 30;  ///< of a text and method

std::string pair_figures(const PairMatrix& m) {
  std::string out = fmt::format("{}, target {}", m.method, m.target);
  if (std::isfinite(m.value)) out += fmt::format(", f(x) {}", html::number(m.value));
  if (std::isfinite(m.baseline)) out += fmt::format(", f(baseline) {}", html::number(m.baseline));
  if (m.method == "arch-detect") out += "; strength, without a sign";
  return out;
}

nlohmann::ordered_json matrix_of(const PairText& t, const PairMatrix& m) {
  return word_map(fmt::format("Interactions by {} in “{}”", m.method, t.text), t.tokens, m.pairs,
                  {.columns = {}, .rows = {}, .legend = "interaction", .before = {}, .between = "and"});
}

html::Table largest_pairs(const PairText& t) {
  html::Table table{fmt::format("Pairs in “{}”", t.text),
                    {{"method", false}, {"first", false}, {"second", false}, {"interaction"}},
                    {}};
  for (const PairMatrix& m : t.matrices) {
    std::vector<std::pair<Index, Index>> order;
    for (Index i = 0; i < m.pairs.rows(); ++i)
      for (Index j = i + 1; j < m.pairs.cols(); ++j)
        if (std::isfinite(m.pairs(i, j)) && m.pairs(i, j) != 0) order.emplace_back(i, j);
    std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
      return std::abs(m.pairs(a.first, a.second)) > std::abs(m.pairs(b.first, b.second));
    });
    for (std::size_t k = 0; k < order.size() && k < kListedPairs; ++k) {
      const auto [i, j] = order[k];
      table.rows.push_back({m.method, t.tokens[static_cast<std::size_t>(i)],
                            t.tokens[static_cast<std::size_t>(j)], html::number(m.pairs(i, j))});
    }
  }
  return table;
}

}  // namespace

void section_pairs(Page& page, const ReportData& data) {
  if (data.methods.pairs.empty()) return;
  page.body +=
      "<section id=\"pairs\">\n<h2>What counts together</h2>\n<p>What two words, or neurons, do together "
      "beyond "
      "what "
      "each does alone. Orange: together they speak for the target more than apart; blue: less (they say the "
      "same, or one turns the other round). Where a method gives single words a value too, they stand shaded "
      "under the matrix.</p>\n";
  for (const PairFindings& f : data.methods.pairs) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    for (const PairText& t : f.texts) {
      page.body += fmt::format("<h4>{}</h4>\n", html::escape(t.text));
      if (t.tokens.empty()) {
        page.body += "<p class=\"muted\">No pair of its words has a value other than 0.</p>\n";
        continue;
      }
      page.body += "<div class=\"charts\">\n";
      for (const PairMatrix& m : t.matrices) {
        page.body += "<div>\n";
        page.figure(matrix_of(t, m), pair_figures(m));
        if (!m.alone.empty()) {
          std::vector<AttributedToken> words;
          for (std::size_t w = 0; w < t.tokens.size(); ++w) words.push_back({t.tokens[w], m.alone[w]});
          page.body += fmt::format("<p class=\"shaded\"><span class=\"muted\">alone:</span> {}</p>\n",
                                   shaded_words(words));
        }
        page.body += "</div>\n";
      }
      page.body += "</div>\n" + html::folded("The largest as numbers", largest_pairs(t));
    }
    page.body += first_of(f.texts.size(), f.sentences, "sentences");
  }
  page.body += "</section>\n";
}

}  // namespace neurox
