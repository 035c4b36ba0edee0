#include "neurox/report/render_page.h"

#include <fmt/format.h>

#include "neurox/report/html.h"
#include "neurox/report/page_assets.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

struct SectionName {
  const char* id;
  const char* title;
};
constexpr SectionName kSections[] = {{"layers", "Sites"},
                                     {"belief", "Belief"},
                                     {"scores", "Scores"},
                                     {"where", "Where"},
                                     {"comparison", "Agreement"},
                                     {"ablation", "Ablation"},
                                     {"attributions", "Words"},
                                     {"pairs", "Pairs"},
                                     {"trees", "Trees"},
                                     {"shares", "Source"},
                                     {"trust", "Trust"},
                                     {"clusters", "Clusters"},
                                     {"redundancy", "Redundancy"},
                                     {"groups", "Groups"},
                                     {"mediation", "Mediation"},
                                     {"concepts", "Concepts"},
                                     {"tcav", "Concept vectors"},
                                     {"attention", "Attention"},
                                     {"logit", "Logit"},
                                     {"lens", "Layer by layer"},
                                     {"similarity", "Side by side"},
                                     {"factors", "Factors"},
                                     {"tokens", "Tokens"},
                                     {"maps", "Maps"},
                                     {"corpus", "Words and contexts"},
                                     {"course", "Over sentences"},
                                     {"neurons", "Neurons"},
                                     {"kinds", "Kinds"},
                                     {"files", "Provenance"}};

}  // namespace

std::string render_page(const ReportData& data) {
  Page page;
  section_summary(page, data);
  section_layers(page, data);
  section_belief(page, data);
  section_scores(page, data);
  section_where(page, data);
  section_comparison(page, data);
  section_ablation(page, data);
  section_attributions(page, data);
  section_pairs(page, data);
  section_trees(page, data);
  section_shares(page, data);
  section_trust(page, data);
  section_clusters(page, data);
  section_redundancy(page, data);
  section_groups(page, data);
  section_mediation(page, data);
  section_concept_use(page, data);
  section_tcav(page, data);
  section_attention(page, data);
  section_logit(page, data);
  section_lens(page, data);
  section_similarity(page, data);
  section_factors(page, data);
  section_token_clusters(page, data);
  section_map(page, data);
  section_corpus(page, data);
  section_course(page, data);
  section_neurons(page, data);
  section_kinds(page, data);
  section_files(page, data);

  std::string out;
  out += "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" "
      "content=\"light dark\">\n";
  out += fmt::format("<meta name=\"generator\" content=\"neurox {}\">\n", html::escape(data.version));
  // Nothing may be loaded from anywhere, whatever the texts hold. Vega makes functions of its expressions.
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "script-src 'unsafe-inline' 'unsafe-eval'; img-src data:\">\n";
  out += fmt::format("<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n", html::escape(data.title),
                     kPage_style);
  out += fmt::format("<header>\n<h1>{}</h1>\n<nav aria-label=\"Sections\"><ul>", html::escape(data.title));
  for (const SectionName& s : kSections)
    if (page.body.find(fmt::format("<section id=\"{}\">", s.id)) != std::string::npos)
      out += fmt::format("<li><a href=\"#{}\">{}</a></li>", s.id, s.title);
  out +=
      "</ul></nav>\n<noscript><p class=\"missing\">The charts need scripts; every number is in the tables "
      "under them.</p></noscript>\n</header>\n<main>\n";
  out += page.body;
  out +=
      "</main>\n<footer><p>A self-contained page: it needs no network, and may be passed on as it "
      "is.</p></footer>\n";
  out += fmt::format("<script type=\"application/json\" id=\"charts\">{}</script>\n",
                     html::script_json(page.charts));
  for (const std::string_view script : {kPage_vega, kPage_charts, kPage_page}) {
    out += "<script>\n";
    out += script;
    out += "</script>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace neurox
