#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/io/labelled_rows.h"

namespace neurox::apps {

/// What a concept is: a label set, which of its classes, and which of their rows. The same in every command
/// that asks which neurons carry one.
struct ConceptOptions {
  std::string label;
  std::vector<std::string> label_files;
  std::vector<std::string> classes;
  std::string against;
  std::string split_by;
  std::int64_t min_class = 20;
  bool balance = false;
  bool numeric = false;  ///< categories that are numbers are read as numbers
};

/// Whether a command takes labels that are numbers.
enum class NumericLabels { Refused, Taken };

/// --label, --labels, --classes, --against, --split-by, --min-class, --balance; --numeric where numbers are
/// taken. `required` is of --label.
void declare_concept(CLI::App& app, ConceptOptions& options, NumericLabels numeric, bool required = true);

/// The rows that a concept speaks of: by class, or (`numeric`) with a number each.
struct ConceptRows {
  bool numeric = false;
  io::LabelledRows labelled;  ///< unless numeric
  io::NumberedRows numbered;  ///< if numeric

  const std::string& label() const { return numeric ? numbered.label : labelled.label; }
  const std::vector<std::int64_t>& rows() const { return numeric ? numbered.rows : labelled.rows; }
  const std::vector<int>& words() const { return numeric ? numbered.words : labelled.words; }
  const std::vector<std::int32_t>& sentences() const {
    return numeric ? numbered.sentences : labelled.sentences;
  }
};

/// Everything at once: reads and aligns the label files, chooses classes and rows. A label that holds numbers
/// is numeric without being told so.
/// @throws Error{Input} as io::labelled_rows and io::numbered_rows, and for numbers where they are refused;
/// Error{Usage} for options of classes together with numbers
ConceptRows concept_rows(const io::ActivationReader& file, const ConceptOptions& options,
                         NumericLabels numeric, std::uint64_t seed, io::StringIds& word_types);

/// The same of another file (evaluation), numbered by the classes of `like`: rows of classes that were left
/// out there are left out here, rows of classes unknown there have y = -1. Not balanced.
/// @param label_files  those of this other file
ConceptRows concept_rows_like(const ConceptRows& like, const io::ActivationReader& file,
                              const ConceptOptions& options, const std::vector<std::string>& label_files,
                              io::StringIds& word_types);

/// Some of the rows, by their place, in that order.
ConceptRows take(const ConceptRows& rows, const std::vector<std::int64_t>& places);

/// Shows the size of each class (or the range of the numbers) and what was left out; warns of classes that
/// were too small.
void show_concept(Console& console, const ConceptRows& rows, const ConceptOptions& options);

/// What was chosen, for `settings/concept` of a result file: `label`, `classes` and `sizes`, or range.
io::Tree concept_settings(const ConceptRows& rows, const ConceptOptions& options);

/// The choice that `settings/concept` of a file tells of, so that other data are labelled as it was.
io::ClassChoice choice_of_settings(const io::Tree& settings);

}  // namespace neurox::apps
