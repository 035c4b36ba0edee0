#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLensColumns = 10;  ///< of one table; a longer text goes on in the next
constexpr int kLensShades = 5;

/// Sites along an axis; of the stream before the first block and after each, the numbers of the blocks.
SiteLabels lens_labels(const std::vector<std::string>& sites) {
  if (sites.size() > 2 && short_site(sites.front()) == "resid_pre@0") {
    SiteLabels out = site_labels({sites.begin() + 1, sites.end()});
    if (out.title != "site") {
      out.names.insert(out.names.begin(), "embeddings");
      return out;
    }
  }
  return site_labels(sites);
}

/// A figure of the words over the layers.
Json line_of_lens(const LensFindings& f, const std::vector<double>& values, const std::string& what,
                  const char* format) {
  const SiteLabels labels = lens_labels(f.sites);
  Json points = Json::array();
  for (std::size_t s = 0; s < values.size(); ++s)
    if (std::isfinite(values[s]))
      points.push_back({{"x", labels.names[s]},
                        {"y", values[s]},
                        {"tip", fmt::format("{}: {}", f.sites[s], html::number(values[s]))}});
  return {{"kind", "lines"},
          {"title", fmt::format("{} after each layer, {}", what, f.file)},
          {"x", {{"title", labels.title}, {"domain", labels.names}}},
          {"y", {{"title", what}, {"format", format}, {"zero", true}}},
          {"series", {{{"name", what}, {"points", std::move(points)}}}}};
}

html::Table lens_by_site(const LensFindings& f) {
  html::Table t{fmt::format("{}: layers", f.file),
                {{"site", false}, {"log-probability of the target"}, {"target first"}, {"entropy"}},
                {}};
  for (std::size_t s = 0; s < f.sites.size(); ++s)
    t.rows.push_back({f.sites[s], html::number(f.log_probability[s]), html::percent(f.first[s]),
                      html::number(f.entropy[s])});
  return t;
}

std::string lens_cell(const LensCell& c, const std::string& target) {
  const int level =
      std::isfinite(c.probability) ? static_cast<int>(std::lround(kLensShades * c.probability)) : 0;
  return fmt::format("<td class=\"t{}{}\" title=\"{}\">{}</td>",
                     level > 0 ? fmt::format(" q{}", level) : std::string(), c.rank == 1 ? " f" : "",
                     html::escape(fmt::format("{} {}{}{}; target {}: log-probability {}, rank {}", c.token,
                                              html::number(c.probability), c.more.empty() ? "" : ", ", c.more,
                                              target, html::number(c.log_probability), c.rank)),
                     html::escape(c.token));
}

/// Layers from the last down to the first, words across.
std::string lens_table(const LensFindings& f, const LensText& t, std::size_t from, std::size_t to) {
  const SiteLabels labels = lens_labels(f.sites);
  const std::string title =
      fmt::format("Most probable next token after each layer, words {} to {}", from + 1, to);
  std::string out = fmt::format(
      "<div class=\"scroll tall\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table "
      "class=\"lens\"><caption>{0}</caption>\n<thead><tr><th scope=\"col\">{1}</th>",
      html::escape(title), html::escape(labels.title));
  for (std::size_t w = from; w < to; ++w)
    out += fmt::format("<th scope=\"col\" title=\"target {}\">{}</th>", html::escape(t.targets[w]),
                       html::escape(t.tokens[w]));
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t s = f.sites.size(); s-- > 0;) {
    out += fmt::format("<tr><th scope=\"row\" title=\"{}\">{}</th>", html::escape(f.sites[s]),
                       html::escape(labels.names[s]));
    for (std::size_t w = from; w < to; ++w) out += lens_cell(t.cells[w][s], t.targets[w]);
    out += "</tr>\n";
  }
  out += "<tr><th scope=\"row\">target</th>";
  for (std::size_t w = from; w < to; ++w) out += fmt::format("<td>{}</td>", html::escape(t.targets[w]));
  return out + "</tr>\n</tbody></table></div>\n";
}

std::string text_of(const LensText& t) {
  std::string out;
  for (const std::string& token : t.tokens) out += (out.empty() ? "" : " ") + token;
  return out;
}

/// Whether tokens are written as byte-level BPE writes them, a space before a word as Ġ.
bool writes_spaces(const LensFindings& f) {
  return std::any_of(f.texts.begin(), f.texts.end(), [](const LensText& t) {
    return std::any_of(t.targets.begin(), t.targets.end(),
                       [](const std::string& token) { return token.starts_with("Ġ"); });
  });
}

std::string lens_legend(const std::vector<LensFindings>& lens) {
  std::string out = "<p class=\"legend\"><span class=\"t\">0</span>";
  for (int level = 1; level <= kLensShades; ++level)
    out += fmt::format("<span class=\"t q{}\">{} %</span>", level, 100 * level / kLensShades);
  out +=
      " probability of the token that stands there. <span class=\"t f\">framed</span> the target comes "
      "first. The next ones, and the target’s rank, on pointing.";
  if (std::any_of(lens.begin(), lens.end(), writes_spaces)) out += " Ġ is a space before the token.";
  return out + "</p>\n";
}

std::string vocabulary_table(const VocabularyFindings& f) {
  html::Table t{fmt::format("{}: what neurons write", f.file),
                {{"neuron", false}, {"promotes", false}, {"most"}, {"suppresses", false}, {"least"}},
                {}};
  for (const VocabularyRow& r : f.rows)
    t.rows.push_back({r.address, r.promoted, html::number(r.most), r.suppressed, html::number(r.least)});
  std::string out = html::table(t);
  if (f.neurons > static_cast<std::int64_t>(f.rows.size()))
    out += fmt::format("<p class=\"muted\">The first {} of {} neurons.</p>\n", f.rows.size(),
                       html::count(f.neurons));
  return out;
}

}  // namespace

void section_lens(Page& page, const ReportData& data) {
  const auto& lens = data.methods.lens;
  const auto& vocabulary = data.methods.vocabulary;
  if (lens.empty() && vocabulary.empty()) return;
  page.body += "<section id=\"lens\">\n<h2>What the model would say after each layer</h2>\n";
  if (!lens.empty()) page.body += lens_legend(lens);
  for (const LensFindings& f : lens) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    if (!f.asked.empty())
      page.body += fmt::format(
          "<p class=\"muted\">Target: {}.</p>\n",
          html::escape(f.asked == "predicted" ? "what the model itself says after the last layer" : f.asked));
    page.body += "<div class=\"charts\">\n";
    const std::string over = fmt::format("{} words of {} {}", html::count(f.words), html::count(f.sentences),
                                         f.sentences == 1 ? "text" : "texts");
    page.figure(line_of_lens(f, f.first, "target first", ".0%"),
                fmt::format("Share of {} whose target is the most probable token.", over));
    page.figure(line_of_lens(f, f.entropy, "entropy (nats)", "~g"), fmt::format("Mean over {}.", over));
    page.body += "</div>\n";
    page.body += html::folded("Layers as numbers", lens_by_site(f));
    for (const LensText& t : f.texts) {
      page.body += fmt::format("<h4>{}</h4>\n", html::escape(text_of(t)));
      // Tables of one width, as few as hold the text.
      const std::size_t n = t.tokens.size(), tables = (n + kLensColumns - 1) / kLensColumns;
      for (std::size_t k = 0; k < tables; ++k)
        page.body += lens_table(f, t, k * n / tables, (k + 1) * n / tables);
    }
    const auto shown = static_cast<std::int64_t>(f.texts.size());
    if (f.sentences > shown)
      page.body += fmt::format("<p class=\"muted\">The first {} of {} texts.</p>\n", html::count(shown),
                               html::count(f.sentences));
  }
  if (!vocabulary.empty())
    page.body +=
        "<h3>What neurons write</h3>\n<p>Tokens whose logits a neuron’s output weights raise and lower most, "
        "with the change by one unit of activation.</p>\n";
  for (const VocabularyFindings& f : vocabulary) page.body += vocabulary_table(f);
  page.body += "</section>\n";
}

}  // namespace neurox
