#include "concept_options.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "neurox/core/error.h"

namespace neurox::apps {
namespace {

using io::Tree;

std::vector<std::filesystem::path> paths(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

io::ClassChoice choice_of(const ConceptOptions& options) {
  io::ClassChoice choice;
  choice.label = options.label;
  choice.only = options.classes;
  choice.against = options.against;
  choice.split_by = options.split_by;
  return choice;
}

/// Mean, least and most of numbers.
struct Range {
  double least, mean, most;
};

Range range_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double x : numbers) sum += x;
  const auto [least, most] = std::minmax_element(numbers.begin(), numbers.end());
  return {*least, sum / static_cast<double>(numbers.size()), *most};
}

void check_options_of_numbers(const ConceptOptions& options) {
  const char* given = !options.classes.empty()    ? "--classes"
                      : !options.against.empty()  ? "--against"
                      : !options.split_by.empty() ? "--split-by"
                      : options.balance           ? "--balance"
                                                  : nullptr;
  if (given != nullptr)
    throw usage_error("{} chooses classes, but '{}' is read as numbers", given, options.label);
}

}  // namespace

void declare_concept(CLI::App& app, ConceptOptions& options, NumericLabels numeric, bool required) {
  CLI::Option* label =
      app.add_option("--label", options.label, "Label set, e.g. upos or feats.Number")->type_name("NAME");
  if (required) label->required();
  app.add_option("--labels", options.label_files,
                 "Label file for the activations, as `neurox label` writes it; may be given again")
      ->allow_extra_args(false)
      ->group("Concept")
      ->type_name("FILE");
  app.add_option("--classes", options.classes, "Only these classes of the label set")
      ->delimiter(',')
      ->group("Concept")
      ->type_name("NAMES");
  app.add_option("--against", options.against,
                 "With --classes: all other labelled rows are one class of this name")
      ->group("Concept")
      ->type_name("NAME");
  app.add_option("--split-by", options.split_by, "Split each class by another label set, e.g. NOUN|Plur")
      ->group("Concept")
      ->type_name("NAME");
  app.add_option("--min-class", options.min_class, "Leave out classes of fewer rows, with a warning")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group("Concept")
      ->type_name("N");
  app.add_flag("--balance", options.balance,
               "Draw as many rows of every class as the smallest has, by --seed")
      ->group("Concept");
  if (numeric == NumericLabels::Taken)
    app.add_flag("--numeric", options.numeric, "Read labels that are numbers as numbers, not as classes")
        ->group("Concept");
}

ConceptRows concept_rows(const io::ActivationReader& file, const ConceptOptions& options,
                         NumericLabels numeric, std::uint64_t seed, io::StringIds& word_types) {
  const io::LabelColumns columns(file, paths(options.label_files));
  ConceptRows out;
  out.numeric = options.numeric || columns.is_number(options.label);
  if (out.numeric) {
    if (numeric == NumericLabels::Refused)
      throw input_error(
          "{}: label '{}' holds numbers, but classes are needed; `neurox label --where` makes "
          "classes of numbers",
          file.name(), options.label);
    check_options_of_numbers(options);
    out.numbered = io::numbered_rows(columns, options.label, word_types);
    return out;
  }
  io::ClassChoice choice = choice_of(options);
  choice.min_class = options.min_class;
  choice.balance = options.balance;
  choice.seed = seed;
  out.labelled = io::labelled_rows(columns, choice, word_types);
  return out;
}

ConceptRows concept_rows_like(const ConceptRows& like, const io::ActivationReader& file,
                              const ConceptOptions& options, const std::vector<std::string>& label_files,
                              io::StringIds& word_types) {
  const io::LabelColumns columns(file, paths(label_files));
  ConceptRows out;
  out.numeric = like.numeric;
  if (like.numeric) {
    out.numbered = io::numbered_rows(columns, options.label, word_types);
    return out;
  }
  io::ClassChoice choice = choice_of(options);
  choice.known = like.labelled.classes;
  for (const io::ClassSize& small : like.labelled.too_small) choice.leave.push_back(small.name);
  out.labelled = io::labelled_rows(columns, choice, word_types);
  return out;
}

ConceptRows take(const ConceptRows& rows, const std::vector<std::int64_t>& places) {
  ConceptRows out;
  out.numeric = rows.numeric;
  if (rows.numeric)
    out.numbered = io::take(rows.numbered, places);
  else
    out.labelled = io::take(rows.labelled, places);
  return out;
}

void show_concept(Console& console, const ConceptRows& rows, const ConceptOptions& options) {
  console.figure("label", rows.label());
  const auto count = [&](const char* name, std::int64_t n) {
    if (n > 0) console.figure(name, n);
  };
  if (rows.numeric) {
    const Range range = range_of(rows.numbered.numbers);
    console.figure("numbers", rows.numbered.rows.size());
    console.figure("least", range.least);
    console.figure("mean", range.mean);
    console.figure("most", range.most);
    count("rows without a number", rows.numbered.unlabelled);
    return;
  }
  const io::LabelledRows& labelled = rows.labelled;
  console.figure("classes", labelled.classes.size());
  count("rows without a label", labelled.unlabelled);
  count("rows of other classes", labelled.not_asked_for);
  count("rows left out to balance", labelled.sampled_away);
  std::vector<std::vector<Tree>> sizes;
  for (const io::ClassSize& size : io::class_sizes(labelled)) sizes.push_back({size.name, size.rows});
  console.table("class_sizes", {"class", "rows"}, sizes);
  if (labelled.too_small.empty()) return;
  std::vector<std::string> names;
  for (const io::ClassSize& small : labelled.too_small)
    names.push_back(fmt::format("{} ({})", small.name, small.rows));
  console.warn(fmt::format("classes of fewer than {} rows are left out (--min-class): {}", options.min_class,
                           fmt::join(names, ", ")));
}

Tree concept_settings(const ConceptRows& rows, const ConceptOptions& options) {
  Tree out{{"label", options.label}};
  if (rows.numeric) {
    const Range range = range_of(rows.numbered.numbers);
    out["numeric"] = true;
    out["rows"] = rows.numbered.rows.size();
    out["least"] = range.least;
    out["mean"] = range.mean;
    out["most"] = range.most;
    return out;
  }
  for (const io::ClassSize& size : io::class_sizes(rows.labelled)) {
    out["classes"].push_back(size.name);
    out["sizes"].push_back(size.rows);
  }
  if (!options.classes.empty()) out["chosen"] = options.classes;
  if (!options.against.empty()) out["against"] = options.against;
  if (!options.split_by.empty()) out["split_by"] = options.split_by;
  for (const io::ClassSize& small : rows.labelled.too_small) out["left_out"].push_back(small.name);
  out["min_class"] = options.min_class;
  out["balance"] = options.balance;
  return out;
}

io::ClassChoice choice_of_settings(const Tree& settings) {
  io::ClassChoice choice;
  const auto names = [&](const char* key) { return settings.value(key, std::vector<std::string>()); };
  choice.label = settings.value("label", std::string());
  choice.only = names("chosen");
  choice.against = settings.value("against", std::string());
  choice.split_by = settings.value("split_by", std::string());
  choice.leave = names("left_out");
  return choice;
}

}  // namespace neurox::apps
