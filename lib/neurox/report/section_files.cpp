#include <fmt/format.h>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {

void section_files(Page& page, const ReportData& data) {
  page.body += "<section id=\"files\">\n<h2>Where this comes from</h2>\n";
  if (!data.command.empty())
    page.body += fmt::format("<p>Written by neurox {} with <code>{}</code>.</p>\n",
                             html::escape(data.version), html::escape(data.command));
  for (const std::string& note : data.notes)
    page.body += fmt::format("<p class=\"muted\">{}</p>\n", html::escape(note));
  for (const FileFindings& f : data.files) {
    page.body +=
        fmt::format("<h3><code>{}</code> <span class=\"muted\">{}</span></h3>\n<dl class=\"facts\">\n",
                    html::escape(f.name), html::escape(f.kind.empty() ? "no neurox file" : f.kind));
    if (!f.hash.empty())
      page.body += fmt::format("<dt>SHA-256</dt><dd><code>{}</code></dd>\n", html::escape(f.hash));
    for (const auto& [name, value] : f.provenance)
      page.body +=
          fmt::format("<dt>{}</dt><dd><code>{}</code></dd>\n", html::escape(name), html::escape(value));
    page.body += "</dl>\n";
    if (f.columns.empty()) continue;
    html::Table t{
        fmt::format("{}: first {} of {} rows", f.name, f.rows.size(), html::count(f.total_rows)), {}, f.rows};
    for (const std::string& c : f.columns) t.columns.push_back({c, false});
    page.body += html::folded("Its table", t);
  }
  page.body += "</section>\n";
}

}  // namespace neurox
