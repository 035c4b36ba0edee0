#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

struct TrustMeasure {
  const char* name;
  const char* shown;
};
/// Columns of docs/methods/trust.md.
constexpr TrustMeasure kTrustMeasures[] = {{"infidelity_noise", "infidelity, noise"},
                                           {"infidelity_noise_scaled", "infidelity, noise, scaled"},
                                           {"infidelity_words", "infidelity, words left out"},
                                           {"infidelity_words_scaled", "infidelity, words left out, scaled"},
                                           {"sensitivity_max", "largest change under noise"},
                                           {"random_weights", "likeness to random weights"},
                                           {"random_weights_absolute", "likeness of absolute values"}};

std::string shown_measure(const std::string& name) {
  for (const TrustMeasure& m : kTrustMeasures)
    if (name == m.name) return m.shown;
  return measure_title(name);
}

Json faithfulness_curves(const TrustFindings& f, double FaithfulnessRow::*measure, const std::string& title) {
  Json series = Json::array(), ticks = Json::array();
  for (const FaithfulnessRow& r : f.faithfulness) {
    if (std::find(ticks.begin(), ticks.end(), Json(r.share)) == ticks.end()) ticks.push_back(r.share);
    auto it =
        std::find_if(series.begin(), series.end(), [&](const Json& s) { return s["name"] == r.method; });
    if (it == series.end()) {
      series.push_back({{"name", r.method}, {"points", Json::array()}});
      if (r.method == "random") series.back()["role"] = "random", series.back()["dash"] = 1;
      it = series.end() - 1;
    }
    if (std::isfinite(r.*measure))
      (*it)["points"].push_back(
          {{"x", r.share},
           {"y", r.*measure},
           {"tip", fmt::format("{}, {} of the words: {}", r.method, html::round_percent(r.share),
                               html::number(r.*measure))}});
  }
  return {{"kind", "lines"},
          {"title", fmt::format("{}, {}", title, f.file)},
          {"x",
           {{"title", "share of words"},
            {"type", "linear"},
            {"scale", "sqrt"},
            {"format", ".0%"},
            {"ticks", ticks}}},
          {"y", {{"title", "fall of the target"}}},
          {"series", std::move(series)}};
}

/// Methods x methods.
Json agreement_matrix(const TrustFindings& f, double AgreementRow::*measure, const std::string& title) {
  std::vector<std::string> names;
  for (const AgreementRow& r : f.agreement)
    for (const std::string& name : {r.first, r.second})
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  Json chart = matrix_chart(fmt::format("{}, {}", title, f.file), {names, {}}, {names, {}});
  for (const AgreementRow& r : f.agreement) {
    const std::string tip =
        fmt::format("{} and {}: rank correlation {}, overlap of the first fifth {} (by chance {})", r.first,
                    r.second, html::number(r.spearman), html::percent(r.overlap), html::percent(r.by_chance));
    add_cell(chart, r.second, r.first, r.*measure, tip);
    add_cell(chart, r.first, r.second, r.*measure, tip);
  }
  return chart;
}

/// Columns of the file in the order of their page, unknown ones last.
std::vector<std::size_t> in_order(const std::vector<std::string>& measures) {
  std::vector<std::size_t> out;
  for (const TrustMeasure& known : kTrustMeasures)
    for (std::size_t m = 0; m < measures.size(); ++m)
      if (measures[m] == known.name) out.push_back(m);
  for (std::size_t m = 0; m < measures.size(); ++m)
    if (std::find(out.begin(), out.end(), m) == out.end()) out.push_back(m);
  return out;
}

html::Table table_of_trust(const TrustFindings& f) {
  html::Table t{fmt::format("{}: mean over {} sentences", f.file, f.sentences), {{"measure", false}}, {}};
  for (const TrustRow& r : f.rows) t.columns.push_back({r.method});
  for (const std::size_t m : in_order(f.measures)) {
    t.rows.push_back({shown_measure(f.measures[m])});
    for (const TrustRow& r : f.rows) t.rows.back().push_back(html::number(r.values[m]));
  }
  return t;
}

html::Table table_of_agreement(const TrustFindings& f) {
  html::Table t{fmt::format("{}: methods against each other", f.file),
                {{"first", false},
                 {"second", false},
                 {"rank correlation"},
                 {"overlap of the first fifth"},
                 {"by chance"}},
                {}};
  for (const AgreementRow& r : f.agreement)
    t.rows.push_back(
        {r.first, r.second, html::number(r.spearman), html::percent(r.overlap), html::percent(r.by_chance)});
  return t;
}

html::Table table_of_faithfulness(const TrustFindings& f) {
  html::Table t{fmt::format("{}: faithfulness", f.file),
                {{"method", false}, {"share of words"}, {"comprehensiveness"}, {"sufficiency"}},
                {}};
  for (const FaithfulnessRow& r : f.faithfulness)
    t.rows.push_back({r.method, html::round_percent(r.share), html::number(r.comprehensiveness),
                      html::number(r.sufficiency)});
  return t;
}

void add_agreement(Page& page, const TrustFindings& f) {
  page.body += "<h4>Do methods agree</h4>\n<div class=\"charts\">\n";
  Json spearman = agreement_matrix(f, &AgreementRow::spearman, "Rank correlation of methods");
  spearman["diverging"] = true;
  spearman["legend"] = "rank correlation";
  page.figure(std::move(spearman), "Rank correlation of the words’ attributions, mean over sentences.");
  Json overlap = agreement_matrix(f, &AgreementRow::overlap, "Overlap of methods");
  overlap["legend"] = "overlap";
  double chance = 0;
  for (const AgreementRow& r : f.agreement) chance += r.by_chance / static_cast<double>(f.agreement.size());
  page.figure(std::move(overlap),
              fmt::format("Share of the fifth of the words with the largest attributions that both name; by "
                          "chance {}.",
                          html::percent(chance)));
  page.body += "</div>\n" + html::folded("Agreement as numbers", table_of_agreement(f));
}

}  // namespace

void section_trust(Page& page, const ReportData& data) {
  if (data.methods.trust.empty()) return;
  page.body += "<section id=\"trust\">\n<h2>Are attributions of words to be trusted</h2>\n";
  for (const TrustFindings& f : data.methods.trust) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    if (!f.faithfulness.empty()) {
      page.body += "<div class=\"charts\">\n";
      page.figure(
          faithfulness_curves(f, &FaithfulnessRow::comprehensiveness, "Comprehensiveness"),
          "Without a method’s best words (comprehensiveness): high is good, well above random words.");
      page.figure(faithfulness_curves(f, &FaithfulnessRow::sufficiency, "Sufficiency"),
                  "With these words alone (sufficiency): low is good, well below random words.");
      page.body += "</div>\n" + html::folded("Faithfulness as numbers", table_of_faithfulness(f));
    }
    if (!f.rows.empty())
      page.body +=
          "<p>Infidelity: how far attributions miss what changes do to the target; small is good. Change "
          "under "
          "noise: small is good. Likeness to random weights: rank correlation with what the method says of a "
          "model that has learnt nothing; near 0 is good.</p>\n" +
          html::table(table_of_trust(f));
    if (!f.agreement.empty()) add_agreement(page, f);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
