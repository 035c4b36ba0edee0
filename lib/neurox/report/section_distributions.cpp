#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "neurox/report/distribution.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

/// Words with the distribution of their neurons' attributions at each site; targets of one word side by side.
namespace neurox {
namespace {

using Json = nlohmann::ordered_json;
using html::escape;
using html::number;

constexpr std::size_t kMostWords = 12;
constexpr std::size_t kBins = 25;   ///< odd: the middle one is around 0
constexpr std::size_t kFarOut = 3;  ///< neurons named at each site

/// One word, as each file explains it.
struct Word {
  std::vector<const WordNeurons*> targets;
  std::vector<std::string> names;  ///< of the targets, told apart
  const WordNeurons& first() const { return *targets.front(); }
};

bool is_same(const WordNeurons& a, const WordNeurons& b) {
  return a.text == b.text && a.token == b.token && a.row == b.row && a.sites == b.sites;
}

std::vector<Word> words_of(const ReportData& data) {
  std::vector<Word> out;
  for (const AttributionFindings& a : data.attributions)
    for (const WordNeurons& w : a.words) {
      auto it = std::find_if(out.begin(), out.end(), [&](const Word& x) { return is_same(x.first(), w); });
      if (it == out.end()) it = out.insert(out.end(), Word{});
      it->targets.push_back(&w);
      std::string name = a.asked.empty() ? a.file : a.asked;
      if (std::find(it->names.begin(), it->names.end(), name) != it->names.end()) name = a.file;
      it->names.push_back(std::move(name));
    }
  return out;
}

double largest_of(const Word& word) {
  double out = 0;
  for (const WordNeurons* w : word.targets)
    for (const auto& site : w->values)
      for (const float x : site) out = std::max(out, std::abs(static_cast<double>(x)));
  return out;
}

Json axis_of(const SiteLabels& labels) {
  return {{"title", labels.title}, {"domain", labels.names}};
}

/// 1, 2 or 5 times a power of ten, at least x.
double round_step(double x) {
  const double power = std::pow(10.0, std::floor(std::log10(x)));
  for (const double digit : {1.0, 2.0, 5.0})
    if (digit * power >= x * (1 - 1e-9)) return digit * power;
  return 10 * power;
}

/// Boxes at each site and the neurons farthest out; the axis is linear around 0 up to the median box's width
/// and logarithmic beyond.
Json boxes(const Word& word, const std::string& title) {
  Json series = Json::array();
  const SiteLabels labels = site_labels(word.first().sites);
  std::vector<double> widths;
  for (std::size_t t = 0; t < word.targets.size(); ++t) {
    const WordNeurons& w = *word.targets[t];
    Json points = Json::array(), dots = Json::array();
    for (std::size_t s = 0; s < w.sites.size(); ++s) {
      const BoxFigures b = box_figures(w.values[s]);
      widths.push_back(b.upper - b.lower);
      const std::string& x = labels.names[s];
      points.push_back({{"x", x},
                        {"low", b.low},
                        {"lower", b.lower},
                        {"median", b.median},
                        {"upper", b.upper},
                        {"high", b.high},
                        {"tip", fmt::format("{}, {}: median {}, quartiles {} and {}, whiskers {} and {}", x,
                                            word.names[t], number(b.median), number(b.lower), number(b.upper),
                                            number(b.low), number(b.high))}});
      for (const std::size_t n : largest_in_size(w.values[s], kFarOut))
        dots.push_back({{"x", x},
                        {"y", w.values[s][n]},
                        {"tip", fmt::format("{}, {}: neuron {}, {}", x, word.names[t], n,
                                            number(static_cast<double>(w.values[s][n])))}});
    }
    series.push_back({{"name", word.names[t]}, {"points", std::move(points)}, {"dots", std::move(dots)}});
  }
  std::nth_element(widths.begin(), widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2),
                   widths.end());
  const double width = widths[widths.size() / 2];
  return {{"kind", "boxes"},
          {"title", title},
          {"x", axis_of(labels)},
          {"y", {{"title", "attribution of a neuron"}, {"constant", width > 0 ? width : 1e-6}}},
          {"series", std::move(series)}};
}

Json entropies(const Word& word, const std::string& title) {
  Json series = Json::array(), rules = Json::array();
  const SiteLabels labels = site_labels(word.first().sites);
  std::size_t most = 0;
  for (std::size_t t = 0; t < word.targets.size(); ++t) {
    const WordNeurons& w = *word.targets[t];
    Json points = Json::array();
    for (std::size_t s = 0; s < w.sites.size(); ++s) {
      most = std::max(most, w.values[s].size());
      const double bits = entropy_of_shares(w.values[s]);
      if (!std::isfinite(bits)) continue;
      points.push_back({{"x", labels.names[s]},
                        {"y", bits},
                        {"tip", fmt::format("{}, {}: {} bits, as {} neurons with equal parts", w.sites[s],
                                            word.names[t], number(bits), number(std::exp2(bits)))}});
    }
    series.push_back({{"name", word.names[t]}, {"points", std::move(points)}});
  }
  rules.push_back(
      {{"name", fmt::format("all {} neurons alike", most)}, {"y", std::log2(static_cast<double>(most))}});
  return {{"kind", "lines"},           {"title", title},
          {"x", axis_of(labels)},      {"y", {{"title", "entropy (bits)"}}},
          {"rules", std::move(rules)}, {"series", std::move(series)}};
}

Json histograms(const Word& word, std::size_t t, double edge, const std::string& title) {
  const WordNeurons& w = *word.targets[t];
  Json bins = Json::array(), cells = Json::array();
  const SiteLabels labels = site_labels(w.sites);
  const double step = round_step(2 * edge / static_cast<double>(kBins));
  constexpr std::size_t middle = kBins / 2;
  std::vector<std::string> names;
  for (std::size_t b = 0; b < kBins; ++b) {
    names.push_back(number(step * (static_cast<double>(b) - static_cast<double>(middle))));
    bins.push_back(names.back());
  }
  for (std::size_t s = 0; s < w.sites.size(); ++s) {
    const auto counts = histogram(w.values[s], step * static_cast<double>(kBins) / 2, kBins);
    for (std::size_t b = 0; b < kBins; ++b)
      cells.push_back({{"x", names[b]},
                       {"y", labels.names[s]},
                       {"v", std::log10(1.0 + static_cast<double>(counts[b]))},
                       {"t", std::to_string(counts[b])},
                       {"tip", fmt::format("{} at {}: {} neurons around {}", word.names[t], w.sites[s],
                                           counts[b], names[b])}});
  }
  return {{"kind", "heat"},
          {"title", title},
          {"x",
           {{"title", fmt::format("attribution (bins {} wide)", number(step))}, {"domain", std::move(bins)}}},
          {"y", axis_of(labels)},
          {"values", std::move(cells)},
          {"legend", "log10(1 + neurons)"},
          {"format", ".1f"}};
}

html::Table table_of(const Word& word, const std::string& caption) {
  html::Table t{caption,
                {{"site", false},
                 {"target", false},
                 {"sum"},
                 {"median"},
                 {"lower quartile"},
                 {"upper quartile"},
                 {"entropy (bits)"},
                 {"neurons farthest out", false}},
                {}};
  for (std::size_t s = 0; s < word.first().sites.size(); ++s)
    for (std::size_t k = 0; k < word.targets.size(); ++k) {
      const WordNeurons& w = *word.targets[k];
      const BoxFigures b = box_figures(w.values[s]);
      double sum = 0;
      for (const float x : w.values[s]) sum += static_cast<double>(x);
      std::string far;
      for (const std::size_t n : largest_in_size(w.values[s], kFarOut))
        far +=
            fmt::format("{}{} ({})", far.empty() ? "" : ", ", n, number(static_cast<double>(w.values[s][n])));
      t.rows.push_back({short_site(w.sites[s]), word.names[k], number(sum), number(b.median), number(b.lower),
                        number(b.upper), number(entropy_of_shares(w.values[s])), std::move(far)});
    }
  return t;
}

}  // namespace

void word_distributions(Page& page, const ReportData& data) {
  const std::vector<Word> words = words_of(data);
  if (words.empty()) return;
  page.body +=
      "<h3>How a word’s attribution is spread over the neurons</h3>\n<p>Boxes hold the middle half of a "
      "site’s "
      "neurons, whiskers reach to the outermost within one and a half times its width; dots are the neurons "
      "farthest out. Entropy of the shares of |attribution| says how many neurons have a part: few bits, few "
      "neurons.</p>\n";
  for (std::size_t i = 0; i < words.size() && i < kMostWords; ++i) {
    const Word& word = words[i];
    const std::string name = fmt::format("“{}” in “{}”", word.first().token, word.first().text);
    page.body += fmt::format("<h4>{}{}</h4>\n", escape(name),
                             word.first().segment.empty() ? "" : escape(", " + word.first().segment));
    for (std::size_t t = 0; t < word.targets.size(); ++t)
      page.body += fmt::format("<p class=\"muted\">{}: {}</p>\n", escape(word.names[t]),
                               escape(word.targets[t]->target));
    page.body += "<div class=\"charts\">\n";
    page.figure(boxes(word, fmt::format("Attributions of the neurons for {}", name)),
                "Linear up to the width of a middling box, logarithmic beyond.");
    page.figure(entropies(word, fmt::format("Entropy of the neurons’ shares for {}", name)),
                "Of the neurons’ shares of |attribution|, in bits.");
    const double edge = largest_of(word);
    if (edge > 0)
      for (std::size_t t = 0; t < word.targets.size(); ++t)
        page.figure(histograms(word, t, edge, fmt::format("Histogram for {}, {}", name, word.names[t])),
                    fmt::format("Histogram at each site, {}.", word.names[t]));
    page.body += "</div>\n" + html::folded("The same as numbers", table_of(word, name));
  }
  if (words.size() > kMostWords)
    page.body += fmt::format("<p class=\"muted\">The first {} of {} words.</p>\n", kMostWords, words.size());
}

}  // namespace neurox
