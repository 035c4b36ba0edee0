#include "neurox/report/html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace neurox::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kDash = "\xE2\x80\x93";
constexpr std::string_view kMinus = "\xE2\x88\x92";
constexpr std::string_view kThinSpace = "\xE2\x80\xAF";

/// Length of the valid UTF-8 sequence at `at`, or 0.
std::size_t sequence(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const std::size_t n = lead < 0x80                   ? 1
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                        : (lead & 0xF0) == 0xE0       ? 3
                        : lead >= 0xF0 && lead < 0xF5 ? 4
                                                      : 0;
  if (n == 0 || at + n > text.size()) return 0;
  for (std::size_t i = 1; i < n; ++i)
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  // Overlong forms, surrogates and what lies beyond U+10FFFF.
  if (n == 3 && ((lead == 0xE0 && byte(at + 1) < 0xA0) || (lead == 0xED && byte(at + 1) >= 0xA0))) return 0;
  if (n == 4 && ((lead == 0xF0 && byte(at + 1) < 0x90) || (lead == 0xF4 && byte(at + 1) >= 0x90))) return 0;
  return n;
}

/// Minus signs of a formatted number as U+2212, the exponent's too.
std::string typeset(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '-')
      out += kMinus;
    else
      out += c;
  }
  return out;
}

constexpr std::size_t kWideColumns = 9;  ///< tables of more are set small in print

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = sequence(text, i);
    const char c = text[i];
    if (n == 0 || (n == 1 && static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7F) {
      out += kReplacement;
      i += std::max<std::size_t>(n, 1);
      continue;
    }
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += text.substr(i, n);
    i += n;
  }
  return out;
}

std::string script_json(const nlohmann::ordered_json& value) {
  const std::string raw = value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const char c = raw[i];
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else if (raw.compare(i, 3, "\xE2\x80\xA8") == 0)
      out += "\\u2028", i += 2;
    else if (raw.compare(i, 3, "\xE2\x80\xA9") == 0)
      out += "\\u2029", i += 2;
    else
      out += c;
  }
  return out;
}

std::string number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? std::string(kDash) : value > 0 ? "∞" : typeset("-∞");
  return typeset(fmt::format("{:.4g}", value == 0 ? 0.0 : value));
}

std::string percent(double share) {
  if (!std::isfinite(share)) return std::string(kDash);
  return typeset(fmt::format("{:.1f}{}%", share * 100, kThinSpace));
}

std::string round_percent(double share) {
  if (!std::isfinite(share)) return std::string(kDash);
  // Shares of whole neurons miss the round number that was asked for by a little: 134 of 2688 is 5 %.
  return fmt::format("{:.{}g}{}%", share * 100, std::abs(share) < 0.1 ? 2 : 3, kThinSpace);
}

std::string count(std::int64_t value) {
  const std::string digits = fmt::format("{}", value < 0 ? -value : value);
  std::string out = value < 0 ? std::string(kMinus) : "";
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += kThinSpace;
    out += digits[i];
  }
  return out;
}

std::string table(const Table& t) {
  std::string out = fmt::format(
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"{0}\"><table{1}><caption>{0}</caption>\n<thead><tr>",
      escape(t.caption), t.columns.size() > kWideColumns ? " class=\"wide\"" : "");
  for (const Column& c : t.columns)
    out += fmt::format("<th scope=\"col\"{}>{}</th>", c.numeric ? " class=\"n\"" : "", escape(c.name));
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : t.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool numeric = i < t.columns.size() && t.columns[i].numeric;
      if (i == 0)
        out += fmt::format("<th scope=\"row\"{}>{}</th>", numeric ? " class=\"n\"" : "", escape(row[i]));
      else
        out += fmt::format("<td{}>{}</td>", numeric ? " class=\"n\"" : "", escape(row[i]));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string folded(std::string_view summary, const Table& t) {
  return fmt::format("<details><summary>{} ({} {})</summary>\n{}</details>\n", escape(summary), t.rows.size(),
                     t.rows.size() == 1 ? "row" : "rows", table(t));
}

std::string figure(std::string_view chart_id, std::string_view label, std::string_view caption) {
  return fmt::format(
      "<figure><div class=\"chart\" id=\"{}\" role=\"img\" "
      "aria-label=\"{}\"></div>\n<figcaption>{}</figcaption></figure>\n",
      escape(chart_id), escape(label), escape(caption));
}

}  // namespace neurox::html
