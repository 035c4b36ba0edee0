#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "course_sentences.h"
#include "neurox/rank/course.h"

namespace neurox::apps {

/// How sentences are laid over each other.
struct CourseAlignment {
  CourseLabels labels;
  /// Where position 0 is: `start`, `end` (the last word), `added` (with a base: the word behind the first
  /// added one), or a condition on words as `label --where` has it (the first that meets it).
  std::string zero = "start";
  bool each = false;  ///< every stretch of words that meet the condition begins at a 0 of its own
  double from = -std::numeric_limits<double>::infinity(), to = std::numeric_limits<double>::infinity();
  std::int64_t least = 1;  ///< places of fewer sentences are left out
};

/// A condition at a position.
struct CoursePlaceName {
  std::int32_t condition = 0;
  double position = 0;
  std::string word;       ///< the most frequent one
  double word_share = 0;  ///< of the rows there
};

/// Sentences laid over each other: which row of the file counts where.
struct CourseFrame {
  std::vector<std::string> conditions;    ///< the base first, then in the order of the file
  std::vector<std::int64_t> sentences;    ///< per condition
  std::vector<CoursePlaceName> places;    ///< by condition, then position
  std::vector<CourseRow> rows;            ///< of the file, ascending
  std::vector<double> positions;          ///< of all conditions, ascending
  std::vector<std::int32_t> position_of;  ///< per place: which of `positions`
  /// Sentences that are in no place, and why.
  std::vector<std::pair<std::string, std::int64_t>> left_out;
};

/// Special tokens have no position; words that the tokenizer dropped or that were cut away have one, and no
/// activation. With a base, positions are those of its words, and added words stand between them
/// (label::place_words); every shared word of a changed sentence is compared with the base's.
/// @throws Error{Usage} for options that do not go together; Error{Input} for labels that are not there (with
/// the nearest), a sentence with two values of one of them, a set with two base sentences, no sentence left
CourseFrame course_frame(const io::ActivationReader& file, const CourseAlignment& alignment);

}  // namespace neurox::apps
