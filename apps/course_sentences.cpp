#include "course_sentences.h"

#include <cmath>
#include <map>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/label_columns.h"
#include "neurox/io/labelled_rows.h"

namespace neurox::apps {
namespace {

/// One value for each row, empty where there is none.
std::vector<std::string> row_values(const io::LabelColumns& columns, const std::string& label) {
  std::vector<std::string> out;
  if (columns.is_number(label)) {
    for (const double x : columns.numbers(label)) out.push_back(std::isnan(x) ? "" : fmt::format("{:g}", x));
    return out;
  }
  const io::Categorical values = columns.categories(label);
  for (const std::int32_t code : values.codes)
    out.push_back(code < 0 ? "" : values.categories[static_cast<std::size_t>(code)]);
  return out;
}

/// The value that a label gives a sentence; none where no row has one.
std::optional<std::string> sentence_value(const std::string& where, const CourseSentence& s,
                                          const std::vector<std::string>& values, const std::string& label) {
  std::optional<std::string> out;
  for (const std::size_t r : s.rows) {
    if (values[r].empty()) continue;
    if (out && *out != values[r])
      throw input_error(
          "{}: sentence {} has labels '{}' of two kinds, {} and {}; a condition has one value a sentence "
          "(label --narrow keeps those of one word)",
          where, s.number, label, *out, values[r]);
    out = values[r];
  }
  return out;
}

void set_conditions(const io::LabelColumns& columns, const CourseLabels& labels, CourseSentences& all) {
  const std::string& where = all.words.name;
  if (labels.by.empty())
    for (CourseSentence& s : all.sentences) s.condition = "all";
  bool base_seen = false;
  std::vector<std::string> known;
  for (std::size_t k = 0; k < labels.by.size(); ++k) {
    const std::vector<std::string> values = row_values(columns, labels.by[k]);
    for (CourseSentence& s : all.sentences) {
      const auto value = sentence_value(where, s, values, labels.by[k]);
      if (k == 0) {
        s.condition = value;
        s.is_base = value && *value == labels.base;
        base_seen = base_seen || s.is_base;
        if (value) known.push_back(*value);
      } else if (s.condition) {
        if (value)
          *s.condition += ", " + *value;
        else
          s.condition.reset();
      }
    }
  }
  if (!labels.base.empty() && !base_seen)
    throw input_error("{}: no sentence has the label {}={}{}", where, labels.by[0], labels.base,
                      did_you_mean(labels.base, known));
  if (labels.sets.empty()) return;
  const std::vector<std::string> values = row_values(columns, labels.sets);
  for (CourseSentence& s : all.sentences) s.set = sentence_value(where, s, values, labels.sets);
}

}  // namespace

CourseSentences course_sentences(const io::ActivationReader& file, const CourseLabels& labels) {
  CourseSentences out{label::words_of(file), io::usable_rows(file), {}};
  if (out.words.of_sentences)
    throw input_error("{}: its rows are sentences, which have no course; extract --unit word",
                      out.words.name);
  const io::LabelColumns columns(file, {labels.files.begin(), labels.files.end()});
  label::add_columns(out.words, columns);
  std::map<std::int32_t, std::size_t> place;
  for (std::size_t r = 0; r < out.words.rows(); ++r) {
    if (!out.words.labelled[r]) continue;
    const auto [at, is_new] = place.try_emplace(out.words.sentence[r], out.sentences.size());
    if (is_new) out.sentences.push_back({out.words.sentence[r], {}, std::nullopt, std::nullopt, false});
    out.sentences[at->second].rows.push_back(r);
  }
  set_conditions(columns, labels, out);
  return out;
}

}  // namespace neurox::apps
