#include <fmt/format.h>

#include <algorithm>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

constexpr std::size_t kFactorTexts = 6, kFactorWords = 45;

html::Table table_of_factors(const FactorFindings& f) {
  html::Table t{fmt::format("{}: {}", f.file, f.method),
                {{"factor", false}, {"share"}, {"strongest words", false}, {"strongest neurons", false}},
                {}};
  const bool matched =
      std::any_of(f.rows.begin(), f.rows.end(), [](const FactorRow& r) { return !r.matched.empty(); });
  if (matched) t.columns.insert(t.columns.end(), {{"matched with", false}, {"cosine"}});
  for (const FactorRow& r : f.rows) {
    t.rows.push_back({r.name, html::number(r.share), r.words, r.neurons});
    if (matched) t.rows.back().insert(t.rows.back().end(), {r.matched, html::number(r.cosine)});
  }
  return t;
}

void factors_on_text(Page& page, const FactorFindings& f, const FactorOnText& text) {
  const std::size_t shown = std::min(text.tokens.size(), kFactorWords);
  const std::vector<std::string> words =
      told_apart({text.tokens.begin(), text.tokens.begin() + static_cast<std::ptrdiff_t>(shown)});
  std::vector<std::string> names;
  for (const FactorRow& r : f.rows) names.push_back(r.name);
  nlohmann::ordered_json chart = matrix_chart(
      fmt::format("Factors over sentence {}, {}", text.sentence, f.file), {words, ""}, {names, ""});
  for (std::size_t i = 0; i < shown; ++i)
    for (std::size_t k = 0; k < names.size(); ++k) {
      const double v = text.values(static_cast<Index>(i), static_cast<Index>(k));
      add_cell(chart, words[i], names[k], v,
               fmt::format("{} at {}: {}", names[k], words[i], html::number(v)));
    }
  if ((text.values.array() < 0).any()) chart["diverging"] = true;
  chart["legend"] = "strength";
  page.figure(std::move(chart), shown < text.tokens.size()
                                    ? fmt::format("Sentence {}, its first {} of {} words.", text.sentence,
                                                  shown, text.tokens.size())
                                    : fmt::format("Sentence {}.", text.sentence));
}

}  // namespace

void section_factors(Page& page, const ReportData& data) {
  if (data.methods.factors.empty()) return;
  page.body +=
      "<section id=\"factors\">\n<h2>Factors of activations</h2>\n<p>Activations as sums of few patterns: "
      "each is "
      "strong at some words and made by some neurons. Texts are those where factors are strongest.</p>\n";
  for (const FactorFindings& f : data.methods.factors) {
    page.body += fmt::format("<h3>{} <span class=\"muted\">{}</span></h3>\n", html::escape(f.method),
                             html::escape(f.file));
    page.body += html::table(table_of_factors(f));
    for (std::size_t i = 0; i < std::min(f.texts.size(), kFactorTexts); ++i)
      factors_on_text(page, f, f.texts[i]);
    page.body += first_of(std::min(f.texts.size(), kFactorTexts), static_cast<std::int64_t>(f.texts.size()),
                          "sentences");
  }
  page.body += "</section>\n";
}

}  // namespace neurox
