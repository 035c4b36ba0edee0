#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "neurox/report/html.h"
#include "neurox/report/sections.h"

namespace neurox {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_lines = 8, most_named = 40;

std::string shown_position(double position) {
  return html::number(position);
}

/// What the positions are called along the axis: their words where every sentence has the same there and they
/// are few, else nothing, and the axis is one of numbers.
std::map<double, std::string> position_names(const CourseUnit& unit) {
  std::map<double, std::vector<std::string>> words;
  for (const CourseLine& line : unit.lines)
    for (const CourseValue& v : line.values) {
      std::vector<std::string>& at = words[v.position];
      const std::string word = v.word_share < 1 ? "…" : v.word;
      if (std::find(at.begin(), at.end(), word) == at.end()) at.push_back(word);
    }
  if (words.size() > most_named) return {};
  std::vector<std::string> names;
  bool any = false;
  for (const auto& [position, at] : words) {
    std::string name;
    for (std::size_t i = 0; i < at.size() && i < 3; ++i) name += (i == 0 ? "" : "/") + at[i];
    any = any || at.front() != "…";
    names.push_back(at.size() > 3 || at.front() == "…" ? shown_position(position) : name);
  }
  if (!any) return {};
  const std::vector<std::string> told = told_apart(names);
  std::map<double, std::string> out;
  std::size_t i = 0;
  for (const auto& [position, at] : words) out[position] = told[i++];
  return out;
}

Json course_chart(const CourseUnit& unit, const CourseCurves& f) {
  const std::map<double, std::string> names = position_names(unit);
  Json series = Json::array(), domain = Json::array();
  for (std::size_t l = 0; l < unit.lines.size() && l < most_lines; ++l) {
    Json points = Json::array();
    for (const CourseValue& v : unit.lines[l].values) {
      Json point{{"x", names.empty() ? Json(v.position) : Json(names.at(v.position))},
                 {"y", v.mean},
                 {"tip", fmt::format("{}, {} ({}): {} ± {} over {}", unit.lines[l].condition, v.word,
                                     shown_position(v.position), html::number(v.mean), html::number(v.sd),
                                     html::count(v.sentences))}};
      if (std::isfinite(v.sd)) point["lo"] = v.mean - v.sd, point["hi"] = v.mean + v.sd;
      points.push_back(std::move(point));
    }
    series.push_back({{"name", unit.lines[l].condition},
                      {"role", ""},
                      {"dash", static_cast<int>(l % 4)},
                      {"shape", static_cast<int>(l % 6)},
                      {"points", std::move(points)}});
  }
  Json x{{"title", "position"}, {"type", "linear"}, {"format", ".6~g"}};
  if (!names.empty()) {
    for (const auto& [position, name] : names) domain.push_back(name);
    x = {{"title", "word"}, {"domain", std::move(domain)}};
  }
  return {{"kind", "lines"},
          {"title", fmt::format("{} over sentences, {}", unit.address, f.file)},
          {"x", std::move(x)},
          {"y", {{"title", "activation"}, {"format", ".6~g"}}},
          {"series", std::move(series)},
          {"rules", Json::array({{{"name", "reference"}, {"y", unit.reference}}})}};
}

html::Table table_of_course(const CourseUnit& unit) {
  html::Table t{unit.address,
                {{"condition", false},
                 {"position"},
                 {"word", false},
                 {"share of the word"},
                 {"sentences"},
                 {"mean"},
                 {"standard deviation"},
                 {"standard error"}},
                {}};
  for (const CourseLine& line : unit.lines)
    for (const CourseValue& v : line.values)
      t.rows.push_back({line.condition, shown_position(v.position), v.word, html::percent(v.word_share),
                        html::count(v.sentences), html::number(v.mean), html::number(v.sd),
                        html::number(v.error)});
  return t;
}

/// Shared words that changed.
html::Table table_of_changes(const CourseUnit& unit) {
  html::Table t{
      fmt::format("{}: what the change of the sentence does at the words that it shares with its base",
                  unit.address),
      {{"condition", false},
       {"position"},
       {"word", false},
       {"base"},
       {"with"},
       {"difference"},
       {"standard error"},
       {"strengthens"},
       {"weakens"},
       {"flips"},
       {"sentences"}},
      {}};
  for (const CourseLine& line : unit.lines)
    for (const CourseValue& v : line.values)
      if (v.compared > 0 && v.strengthens + v.weakens + v.flips > 0)
        t.rows.push_back({line.condition, shown_position(v.position),
                          v.word_share < 1 ? v.word + " …" : v.word, html::number(v.base),
                          html::number(v.base + v.difference), html::number(v.difference),
                          html::number(v.difference_error), html::percent(v.strengthens),
                          html::percent(v.weakens), html::percent(v.flips), html::count(v.compared)});
  return t;
}

std::string strongest_separation(const CourseUnit& unit) {
  std::pair<double, double> best{0, -1};
  for (const auto& at : unit.between)
    if (std::isfinite(at.second) && at.second > best.second) best = at;
  if (best.second < 0) return {};
  return fmt::format(" Conditions differ most at position {}: {} of the variance lies between them.",
                     shown_position(best.first), html::percent(best.second));
}

}  // namespace

void section_course(Page& page, const ReportData& data) {
  if (data.methods.courses.empty()) return;
  page.body +=
      "<section id=\"course\">\n<h2>Neurons over sentences</h2>\n<p>Sentences laid over each other: the mean "
      "activation at each position, with one standard deviation over sentences to either side.</p>\n";
  for (const CourseCurves& f : data.methods.courses) {
    page.body += fmt::format("<h3>{}</h3>\n", html::escape(f.file));
    page.body += first_of(f.units.size(), f.neurons, "neurons");
    page.body += "<div class=\"charts\">\n";
    for (const CourseUnit& unit : f.units) {
      page.body += "<div>";
      std::string caption = unit.address + "." + strongest_separation(unit);
      if (unit.lines.size() > most_lines)
        caption += fmt::format(" The first {} of {} conditions.", most_lines, unit.lines.size());
      page.figure(course_chart(unit, f), caption);
      page.body += "</div>\n";
    }
    page.body += "</div>\n";
    for (const CourseUnit& unit : f.units) {
      if (html::Table changes = table_of_changes(unit); !changes.rows.empty())
        page.body += html::table(changes);
      page.body += html::folded(fmt::format("{} as numbers", unit.address), table_of_course(unit));
    }
  }
  page.body += "</section>\n";
}

}  // namespace neurox
