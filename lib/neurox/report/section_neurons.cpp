#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"
#include "neurox/report/shade.h"

namespace neurox {
namespace {

using html::count;
using html::escape;
using html::number;

std::string words(const std::vector<WordScore>& list, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < std::min(n, list.size()); ++i) out += (i > 0 ? ", " : "") + list[i].word;
  return out;
}

std::string histogram(const NeuronFindings& n) {
  if (n.histogram.empty()) return {};
  const auto most = static_cast<double>(
      std::max<std::int64_t>(1, *std::max_element(n.histogram.begin(), n.histogram.end())));
  const double width = 110.0 / static_cast<double>(n.histogram.size());
  std::string path;
  for (std::size_t i = 0; i < n.histogram.size(); ++i) {
    // The square root keeps rare values visible.
    const double h = std::sqrt(static_cast<double>(n.histogram[i]) / most) * 36;
    if (n.histogram[i] > 0)
      path += fmt::format("M{:.1f} 36v{:.1f}h{:.1f}V36z", static_cast<double>(i) * width, -std::max(h, 0.8),
                          width - 0.6);
  }
  return fmt::format(
      "<svg class=\"histogram\" viewBox=\"0 0 110 36\" role=\"img\" aria-label=\"Values from {} to {}, "
      "heights are square roots of counts\"><path d=\"{}\"/></svg>",
      number(n.statistics.min), number(n.statistics.max), path);
}

std::string context(const Context& c, const Statistics& s) {
  std::string out = fmt::format("<li><span class=\"at\">{}{}</span>", number(c.value),
                                c.sentence >= 0 ? fmt::format(" · sentence {}", c.sentence) : "");
  for (const ShadedPiece& p : c.pieces) {
    if (!p.token) {
      out += escape(p.text);
      continue;
    }
    const int level = shade_level(p.value, s);
    const std::string colour = level == 0 ? "" : fmt::format(" {}{}", level > 0 ? 'p' : 'n', std::abs(level));
    out += fmt::format("<span class=\"t{}{}\" title=\"{}\">{}</span>", colour, p.focus ? " f" : "",
                       number(p.value), escape(p.text));
  }
  return out + "</li>\n";
}

std::string contexts(const char* heading, const std::vector<Context>& list, const Statistics& s) {
  std::string out = fmt::format("<div><h4>{}</h4>\n<ol>\n", heading);
  for (const Context& c : list) out += context(c, s);
  return out + "</ol></div>\n";
}

html::Table word_table(const NeuronFindings& n) {
  html::Table t{
      fmt::format("{}: words that drive it", n.address), {{"word", false}, {"count"}, {"mean"}, {"z"}}, {}};
  const auto add = [&](const WordScore& w) {
    t.rows.push_back({w.word, count(w.count), number(w.mean), number(std::round(w.z * 100) / 100)});
  };
  for (const WordScore& w : n.high_words) add(w);
  for (const WordScore& w : std::views::reverse(n.low_words)) add(w);
  return t;
}

std::string legend(const Statistics& s) {
  const double sd = std::sqrt(s.variance);
  std::string out = "<p class=\"legend\">";
  constexpr int levels = 5;
  for (int level = -levels; level <= levels; ++level) {
    const double z =
        level == 0 ? 0 : (level < 0 ? -1 : 1) * kShadeSteps[static_cast<std::size_t>(std::abs(level) - 1)];
    const std::string colour = level == 0 ? "" : fmt::format(" {}{}", level > 0 ? 'p' : 'n', std::abs(level));
    out +=
        fmt::format("<span class=\"t{}\">{}</span>", colour, level == 0 ? "mean" : number(s.mean + z * sd));
  }
  return out + fmt::format(
                   " A colour begins {} standard deviations (sd {}) from the mean, {}; the framed token "
                   "chose the sentence.</p>\n",
                   "½, 1, 2, 3, 4", number(sd), number(s.mean));
}

void article(Page& page, const NeuronFindings& n, bool open) {
  const Statistics& s = n.statistics;
  std::string line;
  for (const ConceptScore& c : n.scores) {
    if (&c - n.scores.data() >= 3) break;
    line += fmt::format("{}{}: rank {}", line.empty() ? "" : ", ", c.concept_name, c.rank);
  }
  const std::string high = words(n.high_words, 5);
  if (!high.empty()) line += (line.empty() ? "high on: " : " · high on: ") + high;
  std::string kinds;
  for (const std::string& k : n.kinds) kinds += fmt::format(" <span class=\"kind\">{}</span>", escape(k));
  page.body += fmt::format(
      "<details class=\"neuron\"{}><summary><span><code>{}</code>{}</span>{}<span "
      "class=\"muted\">{}</span></summary>\n",
      open ? " open" : "", escape(n.address), kinds, histogram(n), escape(line));
  page.body +=
      fmt::format("<p class=\"muted\">{} rows · mean {} · sd {} · least {} · most {}</p>\n", count(n.rows),
                  number(s.mean), number(std::sqrt(s.variance)), number(s.min), number(s.max));
  const bool any = !n.top.empty() || !n.random.empty() || !n.bottom.empty();
  if (any) {
    page.body += legend(s) + "<div class=\"contexts\">\n";
    page.body += contexts("Highest", n.top, s) + contexts("Random", n.random, s) +
                 contexts("Lowest", n.bottom, s) + "</div>\n";
  }
  if (!n.high_words.empty() || !n.low_words.empty())
    page.body += html::folded("Words that drive it", word_table(n));
  if (!n.scores.empty()) {
    html::Table t{fmt::format("{}: scores", n.address), {{"for", false}, {"score"}, {"rank"}}, {}};
    for (const ConceptScore& c : n.scores) t.rows.push_back({c.concept_name, number(c.score), count(c.rank)});
    page.body += html::folded("Its scores", t);
  }
  page.body += "</details>\n";
}

}  // namespace

void section_neurons(Page& page, const ReportData& data) {
  if (data.neurons.empty() && !data.hints) return;
  page.body += "<section id=\"neurons\">\n<h2>The top neurons and what drives them</h2>\n";
  if (data.neurons.empty())
    page.body += missing("No activations were given beside a ranking, so no neuron can be shown on text.",
                         "neurox extract MODEL dev.conllu -o dev.h5ad --sites resid_post") +
                 "<p class=\"missing\">Then give that file to the report as well.</p>\n";
  else
    page.body +=
        "<p>Each neuron with its highest and lowest sentences and, between them, sentences drawn at random, "
        "the same for every neuron: what "
        "fits an idea is easily seen in the first alone. Shades tell the distance from the neuron’s mean, "
        "orange and + above, blue and − below.</p>\n"
        "<p class=\"filter\"><button type=\"button\" data-open=\"true\">Open all</button> <button "
        "type=\"button\" data-open=\"false\">Close all</button></p>\n";
  for (std::size_t i = 0; i < data.neurons.size(); ++i) article(page, data.neurons[i], i < 2);
  page.body += "</section>\n";
}

}  // namespace neurox
