#pragma once

#include <string>
#include <vector>

namespace neurox::io {

/// Sentences with a concept and without it.
struct ConceptSentences {
  std::string name;  ///< of the concept, empty where the file does not say
  std::vector<std::string> positive, negative;
};

/// Reads `{"concept": NAME, "sentences": {"positive": [...], "negative": [...]}}`, the concept files of
/// ml-selfcond (Suau et al. 2022); other members are passed over.
/// @param file  for messages
/// @throws Error{Input} with the place in the file: no JSON, no such members, no positive or no negative
/// sentence
ConceptSentences parse_concept(const std::string& content, const std::string& file);

}  // namespace neurox::io
