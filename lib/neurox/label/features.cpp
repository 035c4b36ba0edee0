#include "neurox/label/features.h"

#include "neurox/label/supersense.h"
#include "neurox/label/text_features.h"
#include "neurox/label/tree_features.h"

namespace neurox::label {
namespace {

using Compute = LabelSet (*)(const Words&);
using Missing = std::string_view (*)(const Words&);

std::string_view no_words(const Words& words) {
  return words.of_sentences ? "rows are sentences" : "";
}
std::string_view nothing(const Words& /*unused*/) {
  return {};
}

Feature feature(const char* name, const char* summary, Missing missing, Compute compute) {
  return {name, summary,
          [missing](const Words& words, const FeatureOptions&) { return std::string(missing(words)); },
          [compute](const Words& words, const FeatureOptions&) { return compute(words); }};
}

}  // namespace

const std::vector<Feature>& features() {
  static const std::vector<Feature> table{
      feature("from_end", "words behind it in its text (number)", no_words, from_end),
      feature("line_position", "words behind the last line break of its text (number)", no_words,
              line_position),
      feature("sentence_length", "words of its text (number)", nothing, sentence_length),
      feature("edge", "first, last, middle or only word", no_words, edge),
      feature("length", "characters of the word (number)", no_words, length),
      feature("capitals", "lower, initial, upper, mixed, none", no_words, capitals),
      feature("frequency", "occurrences of the word in the file (number)", no_words, frequency),
      feature("log_frequency", "their natural logarithm (number)", no_words, log_frequency),
      feature("frequency_bin", "1, 2-9, 10-99, 100-999, 1000+", no_words, frequency_bin),
      feature("quoted", "between quotation marks, or other", no_words, quoted),
      feature("bracketed", "between brackets, or other", no_words, bracketed),
      feature("depth", "arcs up to the root of the dependency tree (number)", missing_heads, depth),
      feature("subject_number", "Sing or Plur, on the verb: the number of its subject", missing_subjects,
              subject_number),
      feature("agreement", "agrees or differs, on the verb", missing_subjects, agreement),
      feature("attractors", "nouns of the other number between subject and verb (number)", missing_subjects,
              attractors),
      {"supersense", "WordNet's file of the most frequent sense (noun.person, ...)",
       [](const Words& words, const FeatureOptions& options) {
         return missing_supersenses(words, options.wordnet);
       },
       [](const Words& words, const FeatureOptions& options) { return supersense(words, options.wordnet); }},
  };
  return table;
}

const Feature* find_feature(const std::string& name) {
  for (const Feature& feature : features())
    if (feature.name == name) return &feature;
  return nullptr;
}

}  // namespace neurox::label
