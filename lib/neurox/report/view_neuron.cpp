#include "neurox/report/view_neuron.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "neurox/report/html.h"
#include "neurox/report/shade.h"

namespace neurox {
namespace {

struct Rgb {
  int r, g, b;
};
/// Backgrounds of the shades 1..5, dark enough under white text and light enough to be told apart; 256-colour
/// codes beside them.
constexpr std::array<Rgb, 5> kAbove{
    {{58, 42, 31}, {92, 56, 28}, {128, 70, 26}, {164, 86, 24}, {200, 104, 20}}};
constexpr std::array<Rgb, 5> kBelow{
    {{30, 43, 56}, {28, 60, 84}, {26, 78, 112}, {22, 96, 142}, {20, 114, 172}}};
constexpr std::array<int, 5> kAbove256{236, 94, 130, 166, 172};
constexpr std::array<int, 5> kBelow256{235, 24, 25, 31, 32};

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string shaded(const ShadedPiece& piece, const Statistics& s, TerminalColour colour) {
  const std::string text = terminal_text(piece.text);
  const int level = shade_level(static_cast<double>(piece.value), s);
  if (colour == TerminalColour::None) {
    std::string out = piece.focus ? "»" + text + "«" : text;
    if (piece.focus || std::abs(level) >= 3)
      out += fmt::format("[{:+.1f}]", (static_cast<double>(piece.value) - s.mean) / std::sqrt(s.variance));
    return out;
  }
  std::string style = piece.focus ? "1;4;" : "";
  if (level != 0) {
    const auto i = static_cast<std::size_t>(std::abs(level) - 1);
    const Rgb c = level > 0 ? kAbove[i] : kBelow[i];
    style += colour == TerminalColour::TrueColour
                 ? fmt::format("38;2;255;255;255;48;2;{};{};{};", c.r, c.g, c.b)
                 : fmt::format("38;5;231;48;5;{};", level > 0 ? kAbove256[i] : kBelow256[i]);
  }
  if (style.empty()) return text;
  style.back() = 'm';
  return "\x1b[" + style + text + "\x1b[0m";
}

/// A sentence in lines of at most `width` columns, broken where text between tokens has a space.
std::string sentence(const Context& c, const Statistics& s, const ViewOptions& options) {
  std::string out = fmt::format("  {:>9.4g}  ", c.value);
  constexpr std::size_t kIndent = 13;
  std::size_t at = kIndent;
  for (std::size_t i = 0; i < c.pieces.size(); ++i) {
    const ShadedPiece& p = c.pieces[i];
    if (!p.token) {
      const std::string gap = terminal_text(p.text);
      const std::size_t next = i + 1 < c.pieces.size() ? columns(c.pieces[i + 1].text) : 0;
      if (gap.find(' ') != std::string::npos &&
          at + columns(gap) + next > std::max(options.width, kIndent + 10)) {
        const std::string visible = gap.substr(0, gap.find_last_not_of(' ') + 1);
        out += visible + "\n" + std::string(kIndent, ' ');
        at = kIndent;
      } else {
        out += gap;
        at += columns(gap);
      }
      continue;
    }
    at += columns(options.colour == TerminalColour::None ? shaded(p, s, TerminalColour::None)
                                                         : terminal_text(p.text));
    out += shaded(p, s, options.colour);
  }
  return out + "\n";
}

std::string sparkline(const std::vector<std::int64_t>& histogram) {
  static constexpr std::array<std::string_view, 8> kBars{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string out;
  const std::int64_t most =
      histogram.empty() ? 1
                        : std::max<std::int64_t>(1, *std::max_element(histogram.begin(), histogram.end()));
  for (const std::int64_t n : histogram) {
    if (n == 0)
      out += ' ';
    else
      out += kBars[std::min<std::size_t>(
          7, static_cast<std::size_t>(std::sqrt(static_cast<double>(n) / static_cast<double>(most)) * 8))];
  }
  return out;
}

std::string words(const char* heading, const std::vector<WordScore>& list) {
  if (list.empty()) return {};
  std::string out = fmt::format("{}\n", heading);
  for (const WordScore& w : list)
    out += fmt::format("  {:>6.2f} sd  {:>9.4g}  {:>7}x  {}\n", w.z, w.mean, w.count, terminal_text(w.word));
  return out;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F || c1)
      out += c == '\n' || c == '\t' ? " " : "\xEF\xBF\xBD", i += c1 ? 1 : 0;
    else
      out += text[i];
  }
  return out;
}

TerminalColour terminal_colour(const TerminalTraits& t) {
  const auto text = [](const char* s) { return std::string_view(s == nullptr ? "" : s); };
  if (!t.is_terminal || !text(t.no_color).empty() || text(t.term) == "dumb" || text(t.term).empty())
    return TerminalColour::None;
  if (text(t.colorterm) == "truecolor" || text(t.colorterm) == "24bit") return TerminalColour::TrueColour;
  return TerminalColour::Colours256;
}

std::string view_neuron(const NeuronFindings& n, const ViewOptions& options) {
  const Statistics& s = n.statistics;
  std::string out = fmt::format("{}{}\n", n.address,
                                n.kinds.empty() ? "" : fmt::format("  ({})", fmt::join(n.kinds, ", ")));
  out += fmt::format("  {} rows, mean {:.4g}, sd {:.4g}\n", n.rows, s.mean, std::sqrt(s.variance));
  out += fmt::format("  {:.4g} {} {:.4g}\n", s.min, sparkline(n.histogram), s.max);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, n.scores.size()); ++i)
    out += fmt::format("  {}: rank {}, score {:.4g}\n", terminal_text(n.scores[i].concept_name),
                       n.scores[i].rank, n.scores[i].score);
  out += words("words, highest", n.high_words) + words("words, lowest", n.low_words);
  for (const auto& [heading, list] :
       {std::pair{"highest", &n.top}, std::pair{"random", &n.random}, std::pair{"lowest", &n.bottom}}) {
    if (list->empty()) continue;
    out += fmt::format("{}\n", heading);
    for (const Context& c : *list) out += sentence(c, s, options);
  }
  if (options.colour != TerminalColour::None) {
    out += "shades  ";
    for (int level = -5; level <= 5; ++level) {
      const double z =
          level == 0 ? 0 : (level < 0 ? -1 : 1) * kShadeSteps[static_cast<std::size_t>(std::abs(level) - 1)];
      out += shaded({level == 0 ? " mean " : fmt::format(" {:+g} sd ", z),
                     static_cast<float>(s.mean + z * 1.0001 * std::sqrt(s.variance)), true, false},
                    s, options.colour);
    }
    out += '\n';
  } else {
    out +=
        "[+2.1]: standard deviations above the mean, told from 2 on; »«: the token that chose the sentence\n";
  }
  return out;
}

std::string view_kinds(const KindFindings& k, const std::string& kind) {
  std::size_t longest = 6;
  std::vector<const KindRow*> rows;
  for (const KindRow& r : k.rows) {
    if (!kind.empty() && std::find(r.kinds.begin(), r.kinds.end(), kind) == r.kinds.end()) continue;
    rows.push_back(&r);
    longest = std::max(longest, r.address.size());
  }
  std::string out = fmt::format("{:<{}}  {:>10}  {:>10}  {:>10}  {:>10}  {:>9}  kinds\n", "neuron", longest,
                                "mean", "variance", "least", "most", "saturated");
  for (const KindRow* r : rows) {
    const Statistics& s = r->statistics;
    out += fmt::format("{:<{}}  {:>10.4g}  {:>10.4g}  {:>10.4g}  {:>10.4g}  {:>9}  {}\n", r->address, longest,
                       s.mean, s.variance, s.min, s.max,
                       std::isnan(s.saturated) ? "-" : fmt::format("{:.1f} %", s.saturated * 100),
                       fmt::join(r->kinds, ", "));
  }
  return out;
}

}  // namespace neurox
