#include "neurox/io/concept_sentences.h"

#include "neurox/core/error.h"
#include "neurox/text/json_reader.h"

namespace neurox::io {

ConceptSentences parse_concept(const std::string& content, const std::string& file) {
  const nlohmann::json json = text::parse_json(content, file);
  const text::JsonValue root(json, file);
  ConceptSentences out;
  if (const auto name = root.find("concept")) out.name = name->string();
  const text::JsonValue sentences = root.at("sentences");
  for (const text::JsonValue& text : sentences.at("positive").elements())
    out.positive.push_back(text.string());
  for (const text::JsonValue& text : sentences.at("negative").elements())
    out.negative.push_back(text.string());
  if (out.positive.empty() || out.negative.empty())
    throw input_error("{}: $.sentences.{}: no sentence; a concept needs both", file,
                      out.positive.empty() ? "positive" : "negative");
  return out;
}

}  // namespace neurox::io
