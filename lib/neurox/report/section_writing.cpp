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

}  // namespace

void written_texts(Page& page, const AblationFindings& a) {
  if (a.texts.empty()) return;
  constexpr std::size_t most_prompts = 12;
  page.body += "<h4>What it writes</h4>\n";
  for (std::size_t p = 0; p < std::min(most_prompts, a.prompts.size()); ++p) {
    std::string rows;
    for (const WrittenFindings& t : a.texts) {
      if (t.prompt != p || t.sample != 0) continue;
      rows += fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td></tr>\n",
                          html::escape(condition_name(a.rows[t.condition])), marked(t),
                          html::number(t.perplexity));
    }
    page.body += fmt::format(
        "<div class=\"scroll written\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table><caption>{0} "
        "…"
        "</caption>\n<thead><tr><th scope=\"col\">condition</th><th scope=\"col\">goes on</th><th "
        "scope=\"col\" "
        "class=\"n\">perplexity</th></tr></thead>\n<tbody>\n{1}</tbody></table></div>\n",
        html::escape(a.prompts[p]), rows);
  }
  page.body += first_of(std::min(most_prompts, a.prompts.size()), static_cast<std::int64_t>(a.prompts.size()),
                        "prompts");
  page.body +=
      "<p class=\"muted\">The first sample of each prompt; marked: words of the concept. Perplexity is the "
      "untouched model's.</p>\n";
}

}  // namespace neurox
