#include "neurox/label/label_set.h"

#include "neurox/core/error.h"

namespace neurox::label {

LabelSet binary_set(const Words& words, const std::string& name, const std::vector<bool>& holds,
                    const std::vector<bool>& among, std::string source) {
  if (name == other_class)
    throw usage_error("a concept cannot be called '{}': rows without it have that class", other_class);
  std::vector<std::string> values(words.rows());
  std::int64_t with = 0, without = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!words.labelled[i] || (!among.empty() && !among[i])) continue;
    values[i] = holds[i] ? name : other_class;
    ++(holds[i] ? with : without);
  }
  const char* rows = words.of_sentences ? "sentence" : "word";
  if (with == 0)
    throw input_error("{}: no {} has '{}' ({}); nothing can be learnt of an empty concept", words.name, rows,
                      name, source);
  if (without == 0)
    throw input_error("{}: every {} has '{}' ({}); a concept needs words without it too", words.name, rows,
                      name, source);
  return {name, std::move(values), std::move(source)};
}

std::vector<std::string> carried_to_rows(const Words& words, const std::vector<std::string>& per_sentence) {
  std::vector<std::string> values(words.rows());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!words.labelled[i]) continue;
    const auto s = static_cast<std::size_t>(words.sentence[i]);
    if (s >= per_sentence.size())
      throw input_error("{}: a row of sentence {}, but labels for {} sentences", words.name, s,
                        per_sentence.size());
    values[i] = per_sentence[s];
  }
  return values;
}

io::ColumnData column_of(const LabelSet& set) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&set.values)) return *numbers;
  return io::categorical(std::get<std::vector<std::string>>(set.values));
}

}  // namespace neurox::label
