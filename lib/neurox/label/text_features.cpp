#include "neurox/label/text_features.h"

#include <unicode/uchar.h>

#include <cmath>
#include <limits>
#include <unordered_map>

#include "neurox/io/corpus_base.h"
#include "neurox/label/regex.h"
#include "neurox/text/utf8.h"

namespace neurox::label {
namespace {

constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// A number for each row that takes a label.
template <class F>
LabelSet numbers(const Words& words, const char* name, F&& number_of_row) {
  std::vector<double> values(words.rows(), no_number);
  for (std::size_t i = 0; i < values.size(); ++i)
    if (words.labelled[i]) values[i] = static_cast<double>(number_of_row(i));
  return {name, std::move(values), "auto"};
}

template <class F>
LabelSet classes(const Words& words, const char* name, F&& class_of_row) {
  std::vector<std::string> values(words.rows());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (words.labelled[i]) values[i] = std::string(class_of_row(i));
  return {name, std::move(values), "auto"};
}

/// Occurrences of each row's word, case folded.
std::vector<std::int64_t> occurrences(const Words& words) {
  std::unordered_map<std::string, std::int64_t> counts;
  std::vector<std::int64_t*> of_row(words.rows(), nullptr);
  for (std::size_t i = 0; i < words.rows(); ++i) {
    if (!words.labelled[i]) continue;
    std::int64_t& count = counts[lower_case(words.text[i])];
    ++count;
    of_row[i] = &count;
  }
  std::vector<std::int64_t> out;
  for (const std::int64_t* count : of_row) out.push_back(count == nullptr ? 0 : *count);
  return out;
}

/// Place of each row in its text, and how many rows that has.
struct Places {
  std::vector<std::size_t> at, of;
  explicit Places(const Words& words) : at(words.rows()), of(words.rows()) {
    for (const std::vector<std::size_t>& group : words.groups)
      for (std::size_t k = 0; k < group.size(); ++k) {
        at[group[k]] = k;
        of[group[k]] = group.size();
      }
  }
};

std::string_view capitals_of(const std::string& word) {
  std::int64_t upper = 0, lower = 0;
  bool first_is_upper = false;
  for (std::size_t at = 0; at < word.size();) {
    const auto c = static_cast<UChar32>(text::next_code_point(word, at));
    const bool is_upper = u_isupper(c) != 0 || u_istitle(c) != 0;
    if (!is_upper && u_islower(c) == 0) continue;
    if (upper + lower == 0) first_is_upper = is_upper;
    ++(is_upper ? upper : lower);
  }
  if (upper + lower == 0) return "none";
  if (upper == 0) return "lower";
  if (lower == 0 && upper > 1) return "upper";
  return upper == 1 && first_is_upper ? "initial" : "mixed";
}

}  // namespace

LabelSet from_end(const Words& words) {
  const Places places(words);
  return numbers(words, "from_end", [&](std::size_t i) { return places.of[i] - 1 - places.at[i]; });
}

LabelSet line_position(const Words& words) {
  std::vector<std::size_t> at(words.rows());
  for (const std::vector<std::size_t>& group : words.groups) {
    std::size_t behind = 0;
    for (const std::size_t row : group) {
      at[row] = behind;
      behind = words.text[row].find('\n') == std::string::npos ? behind + 1 : 0;
    }
  }
  return numbers(words, "line_position", [&](std::size_t i) { return at[i]; });
}

LabelSet sentence_length(const Words& words) {
  const Places places(words);
  return numbers(words, "sentence_length", [&](std::size_t i) {
    return words.of_sentences ? io::split_words(words.text[i]).size() : places.of[i];
  });
}

LabelSet edge(const Words& words) {
  const Places places(words);
  return classes(words, "edge", [&](std::size_t i) {
    const bool first = places.at[i] == 0, last = places.at[i] + 1 == places.of[i];
    return first && last ? "only" : first ? "first" : last ? "last" : "middle";
  });
}

LabelSet length(const Words& words) {
  return numbers(words, "length", [&](std::size_t i) { return text::count_code_points(words.text[i]); });
}

LabelSet capitals(const Words& words) {
  return classes(words, "capitals", [&](std::size_t i) { return capitals_of(words.text[i]); });
}

LabelSet frequency(const Words& words) {
  const std::vector<std::int64_t> counts = occurrences(words);
  return numbers(words, "frequency", [&](std::size_t i) { return counts[i]; });
}

LabelSet log_frequency(const Words& words) {
  const std::vector<std::int64_t> counts = occurrences(words);
  return numbers(words, "log_frequency",
                 [&](std::size_t i) { return std::log(static_cast<double>(counts[i])); });
}

LabelSet frequency_bin(const Words& words) {
  const std::vector<std::int64_t> counts = occurrences(words);
  return classes(words, "frequency_bin", [&](std::size_t i) {
    const std::int64_t n = counts[i];
    return n < 2 ? "1" : n < 10 ? "2-9" : n < 100 ? "10-99" : n < 1000 ? "100-999" : "1000+";
  });
}

}  // namespace neurox::label
