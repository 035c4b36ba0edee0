#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/label/words.h"

namespace neurox::apps {

/// A sentence's rows but special tokens, and what the labels say of it.
struct CourseSentence {
  std::int32_t number = 0;
  std::vector<std::size_t> rows;
  std::optional<std::string> condition;  ///< values of the label sets, joined; none where one says nothing
  std::optional<std::string> set;
  bool is_base = false;
};

/// Which labels tell what a sentence is.
struct CourseLabels {
  std::vector<std::string> by;     ///< values, joined, are a sentence's condition; none: `all`
  std::string base;                ///< a value of by[0]: the sentences that others are made from; empty: none
  std::string sets;                ///< tells which sentences belong together; empty: none
  std::vector<std::string> files;  ///< label files
};

/// The sentences of an activation file with their conditions.
struct CourseSentences {
  label::Words words;
  std::vector<bool> usable;               ///< per row: whether it has an activation of its own
  std::vector<CourseSentence> sentences;  ///< in the order of the file
};

/// @throws Error{Input} for rows that are sentences, labels that are not there (with the nearest), a sentence
/// with two values of one of them, a base that no sentence is
CourseSentences course_sentences(const io::ActivationReader& file, const CourseLabels& labels);

}  // namespace neurox::apps
