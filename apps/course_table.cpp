#include "course_table.h"

#include <algorithm>
#include <cmath>

#include "neurox/report/view_neuron.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<double> as_list(const VectorD& v) {
  return {v.begin(), v.end()};
}

std::vector<double> row_of(const MatrixD& m, std::size_t row) {
  const auto r = m.row(static_cast<Index>(row));
  return {r.begin(), r.end()};
}

/// Of the neuron, by the position of the condition; -1 where it has none there.
std::vector<std::int32_t> places_of(const CourseFrame& frame, std::size_t condition) {
  std::vector<std::int32_t> out(frame.positions.size(), -1);
  for (std::size_t p = 0; p < frame.places.size(); ++p)
    if (frame.places[p].condition == static_cast<std::int32_t>(condition))
      out[static_cast<std::size_t>(frame.position_of[p])] = static_cast<std::int32_t>(p);
  return out;
}

std::string position_text(double position) {
  return fmt::format("{:.4g}", position);
}

/// Means by position as eighths of a line's height; a blank where the condition has no word.
std::string spark_line(const CourseFindings& found, Index neuron, const std::vector<std::int32_t>& places) {
  const double low = found.course.mean.col(neuron).minCoeff(),
               high = found.course.mean.col(neuron).maxCoeff();
  std::string out;
  for (const std::int32_t place : places) {
    if (place < 0) {
      out += ' ';
      continue;
    }
    const double share = high > low ? (found.course.mean(place, neuron) - low) / (high - low) : 0.5;
    out += "\xE2\x96";
    out += static_cast<char>(0x81 + std::min(7, static_cast<int>(share * 8)));
  }
  return out;
}

/// The words at a position over all conditions, each once.
std::string words_at(const CourseFrame& frame, std::size_t position) {
  std::vector<std::string> words;
  for (std::size_t p = 0; p < frame.places.size(); ++p) {
    if (frame.position_of[p] != static_cast<std::int32_t>(position)) continue;
    const CoursePlaceName& place = frame.places[p];
    const std::string word = terminal_text(place.word) + (place.word_share < 1 ? " …" : "");
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  std::string out;
  for (std::size_t i = 0; i < words.size() && i < 3; ++i) out += (i == 0 ? "" : " / ") + words[i];
  return words.size() > 3 ? out + " / …" : out;
}

void show_neuron(Console& console, const CourseFindings& found, Index neuron) {
  const CourseFrame& frame = found.frame;
  console.note(fmt::format("{}{} (reference {:.4g})", neuron == 0 ? "" : "\n",
                           found.axis.address(static_cast<std::size_t>(neuron)), found.reference[neuron]));
  std::vector<std::vector<std::int32_t>> places;
  std::vector<std::vector<Tree>> lines, table;
  std::vector<std::string> columns{"position", "word"};
  for (std::size_t c = 0; c < frame.conditions.size(); ++c) {
    places.push_back(places_of(frame, c));
    lines.push_back(
        {terminal_text(frame.conditions[c]), frame.sentences[c], spark_line(found, neuron, places[c])});
    columns.push_back(terminal_text(frame.conditions[c]));
  }
  console.table("lines", {"condition", "sentences", "course"}, lines);
  if (frame.conditions.size() > 1) columns.emplace_back("between");
  for (std::size_t i = 0; i < frame.positions.size(); ++i) {
    std::vector<Tree> row{position_text(frame.positions[i]), words_at(frame, i)};
    for (const auto& of_condition : places) {
      const std::int32_t p = of_condition[i];
      if (p < 0)
        row.emplace_back("");
      else if (std::isnan(found.course.sd(p, neuron)))
        row.emplace_back(fmt::format("{:.4f}", found.course.mean(p, neuron)));
      else
        row.emplace_back(
            fmt::format("{:.4f} ± {:.4f}", found.course.mean(p, neuron), found.course.sd(p, neuron)));
    }
    if (frame.conditions.size() > 1)
      row.push_back(shown_number(found.between(static_cast<Index>(i), neuron)));
    table.push_back(std::move(row));
  }
  console.table("means", columns, table);
}

const std::vector<std::string> change_columns{"neuron",         "condition",   "position", "word",
                                              "compared",       "base",        "with",     "difference",
                                              "standard_error", "strengthens", "weakens",  "flips"};

/// @param all  also what did not change
std::vector<std::vector<Tree>> changes_of(const CourseFindings& found, Index neuron, bool all) {
  std::vector<std::vector<Tree>> rows;
  const Course& c = found.course;
  for (std::size_t p = 0; p < found.frame.places.size(); ++p) {
    const auto i = static_cast<Index>(p);
    const bool changed =
        c.compared[p] > 0 && c.strengthens(i, neuron) + c.weakens(i, neuron) + c.flips(i, neuron) > 0;
    if (c.compared[p] == 0 || !(all || changed)) continue;
    const CoursePlaceName& place = found.frame.places[p];
    rows.push_back({found.axis.address(static_cast<std::size_t>(neuron)),
                    found.frame.conditions[static_cast<std::size_t>(place.condition)], place.position,
                    all ? place.word : terminal_text(place.word), c.compared[p], c.base(i, neuron),
                    c.base(i, neuron) + c.difference(i, neuron), c.difference(i, neuron),
                    shown_number(c.difference_error(i, neuron)), c.strengthens(i, neuron),
                    c.weakens(i, neuron), c.flips(i, neuron)});
  }
  return rows;
}

void show_text(Console& console, const CourseFindings& found) {
  for (Index n = 0; n < found.course.mean.cols(); ++n) {
    show_neuron(console, found, n);
    if (!found.compared) continue;
    std::vector<std::vector<Tree>> rows = changes_of(found, n, false);
    for (auto& row : rows) {
      row.erase(row.begin());
      row[1] = position_text(row[1].get<double>());
    }
    if (rows.empty())
      console.note("\nNo shared word changed.");
    else
      console.table("changes", {change_columns.begin() + 1, change_columns.end()}, rows);
  }
}

void show_json(Console& console, const CourseFindings& found) {
  const CourseFrame& frame = found.frame;
  const Course& c = found.course;
  std::vector<std::vector<Tree>> courses, separation, changes;
  for (Index n = 0; n < c.mean.cols(); ++n) {
    const std::string address = found.axis.address(static_cast<std::size_t>(n));
    for (std::size_t p = 0; p < frame.places.size(); ++p) {
      const auto i = static_cast<Index>(p);
      const CoursePlaceName& place = frame.places[p];
      courses.push_back({address, frame.conditions[static_cast<std::size_t>(place.condition)], place.position,
                         place.word, place.word_share, c.rows[p], c.mean(i, n), shown_number(c.sd(i, n)),
                         shown_number(c.standard_error(i, n))});
    }
    for (std::size_t k = 0; frame.conditions.size() > 1 && k < frame.positions.size(); ++k)
      separation.push_back(
          {address, frame.positions[k], shown_number(found.between(static_cast<Index>(k), n))});
    if (!found.compared) continue;
    for (auto& row : changes_of(found, n, true)) changes.push_back(std::move(row));
  }
  std::vector<std::vector<Tree>> references;
  for (Index n = 0; n < c.mean.cols(); ++n)
    references.push_back({found.axis.address(static_cast<std::size_t>(n)), found.reference[n]});
  console.table("references", {"neuron", "reference"}, references);
  console.table(
      "courses",
      {"neuron", "condition", "position", "word", "word_share", "sentences", "mean", "sd", "standard_error"},
      courses);
  if (frame.conditions.size() > 1) console.table("separation", {"neuron", "position", "between"}, separation);
  if (found.compared) console.table("changes", change_columns, changes);
}

}  // namespace

io::AnnData course_file(const CourseFindings& found, io::Table var) {
  const CourseFrame& frame = found.frame;
  const Course& c = found.course;
  io::AnnData out;
  std::vector<std::string> conditions, words;
  std::vector<double> positions, shares;
  for (const CoursePlaceName& place : frame.places) {
    conditions.push_back(frame.conditions[static_cast<std::size_t>(place.condition)]);
    positions.push_back(place.position);
    words.push_back(place.word);
    shares.push_back(place.word_share);
  }
  out.obs.add("condition", io::categorical(conditions));
  out.obs.add("position", positions);
  out.obs.add("word", words);
  out.obs.add("word_share", shares);
  out.obs.add("sentences", c.rows);
  if (found.compared) out.obs.add("compared", c.compared);
  out.var = std::move(var);
  out.var.add("reference", as_list(found.reference));
  out.X = c.mean.cast<float>();
  const auto layer = [&](const char* name, const MatrixD& values) {
    out.layers.emplace_back(name, values.cast<float>());
  };
  if (found.compared) {
    layer("base", c.base);
    layer("difference", c.difference);
    layer("difference_error", c.difference_error);
    layer("flips", c.flips);
  }
  layer("sd", c.sd);
  layer("standard_error", c.standard_error);
  if (found.compared) {
    layer("strengthens", c.strengthens);
    layer("weakens", c.weakens);
  }
  Tree left_out = Tree::object();
  for (const auto& [why, sentences] : frame.left_out) left_out[why] = sentences;
  out.uns["course"] = {{"conditions", frame.conditions}, {"sentences", frame.sentences}};
  if (!left_out.empty()) out.uns["course"]["left_out"] = left_out;
  if (frame.conditions.size() > 1) {
    Tree between = Tree::array();
    for (std::size_t i = 0; i < frame.positions.size(); ++i) between.push_back(row_of(found.between, i));
    out.uns["separation"] = {{"position", frame.positions}, {"between", between}};
  }
  return out;
}

void show_course(Console& console, const CourseFindings& found, bool json) {
  if (json)
    show_json(console, found);
  else
    show_text(console, found);
}

}  // namespace neurox::apps
