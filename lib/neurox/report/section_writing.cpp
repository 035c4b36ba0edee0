#include <fmt/format.h>

#include <algorithm>

#include "neurox/report/condition_name.h"
#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

/// The text with the words of a concept marked, where they stand as words.
std::string marked(const WrittenFindings& written) {
  const std::string& text = written.text;
  std::string out;
  std::size_t done = 0;
  for (const std::string& word : written.concept_words)
    for (std::size_t at = text.find(word, done); at != std::string::npos; at = text.find(word, at + 1)) {
      const std::size_t end = at + word.size();
      const bool whole =
          (at == 0 || !is_word_byte(text[at - 1])) && (end == text.size() || !is_word_byte(text[end]));
      if (!whole) continue;
      out += html::escape(text.substr(done, at - done)) + "<mark>" + html::escape(word) + "</mark>";
      done = end;
      break;
    }
  return out + html::escape(text.substr(done));
}

bool is_untouched(const AblationFindings& a, const WrittenFindings& text) {
  return a.rows[text.condition].group == "none";
}

std::string row_of(const std::string& name, const WrittenFindings& text) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>\n", name,
                     marked(text), html::number(text.perplexity));
}

/// The texts of one prompt: the untouched one, called `first`, and those that differ from it; conditions
/// under which it is written again are named in one row.
std::string rows_of(const AblationFindings& a, std::size_t prompt, const std::string& first) {
  const WrittenFindings* untouched = nullptr;
  for (const WrittenFindings& t : a.texts)
    if (t.prompt == prompt && t.sample == 0 && is_untouched(a, t)) untouched = &t;
  std::string out = untouched == nullptr ? "" : row_of(first, *untouched), same;
  std::size_t others = 0, alike = 0;
  for (const WrittenFindings& t : a.texts) {
    if (t.prompt != prompt || t.sample != 0 || &t == untouched) continue;
    ++others;
    const std::string name = html::escape(condition_name(a.rows[t.condition]));
    if (untouched == nullptr || t.text != untouched->text) {
      out += row_of(name, t);
      continue;
    }
    ++alike;
    same += (same.empty() ? "" : "; ") + name;
  }
  if (alike == 0) return out;
  if (alike == others && others > 1) same = fmt::format("all {} conditions", others);
  return out + fmt::format("<tr><td colspan=\"3\" class=\"muted\">As untouched: {}.</td></tr>\n", same);
}

/// @param caption  escaped
std::string table_of_texts(const std::string& caption, const char* first_column, const std::string& rows) {
  return fmt::format(
      "<div class=\"scroll written\" role=\"region\" tabindex=\"0\" "
      "aria-label=\"{0}\"><table><caption><bdi>{0}"
      "</bdi></caption>\n<thead><tr><th scope=\"col\">{1}</th><th scope=\"col\">writes</th><th scope=\"col\" "
      "class=\"n\">perplexity</th></tr></thead>\n<tbody>\n{2}</tbody></table></div>\n",
      caption, first_column, rows);
}

}  // namespace

void written_texts(Page& page, const AblationFindings& a) {
  if (a.texts.empty()) return;
  constexpr std::size_t most_prompts = 12;
  page.body += "<h4>What it writes</h4>\n";
  const std::size_t shown = std::min(most_prompts, a.prompts.size());
  const bool untouched_alone = std::all_of(a.texts.begin(), a.texts.end(),
                                           [&](const WrittenFindings& t) { return is_untouched(a, t); });
  std::string list;
  for (std::size_t p = 0; p < shown; ++p)
    if (untouched_alone)
      list += rows_of(a, p, "<bdi>" + html::escape(a.prompts[p]) + "</bdi>");
    else
      page.body += table_of_texts(html::escape(a.prompts[p]), "condition", rows_of(a, p, "untouched"));
  if (untouched_alone) page.body += table_of_texts("Untouched", "prompt", list);
  page.body += first_of(shown, static_cast<std::int64_t>(a.prompts.size()), "prompts");
  page.body +=
      "<p class=\"muted\">The first sample of each prompt; marked: words of the concept. Perplexity is the "
      "untouched model's.</p>\n";
}

}  // namespace neurox
