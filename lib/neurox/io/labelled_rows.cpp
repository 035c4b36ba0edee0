#include "neurox/io/labelled_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::io {
namespace {

/// Whether each row has an activation of its own.
std::vector<bool> usable_rows(const ActivationReader& file) {
  std::vector<bool> usable(static_cast<std::size_t>(file.rows()), true);
  if (file.obs().find("status") == nullptr) return usable;  // a foreign file: every row counts
  const bool whole_sentences = file.provenance().settings.value("unit", std::string()) == "sentence";
  const std::vector<std::string> status = file.obs().strings("status", file.name());
  for (std::size_t i = 0; i < usable.size(); ++i)
    usable[i] = status[i] == "ok" || status[i] == "unk" || (whole_sentences && status[i] == "truncated");
  return usable;
}

}  // namespace

LabelledRows labelled_rows(const ActivationReader& file, const std::string& label,
                           const std::vector<std::string>& classes, StringIds& word_types) {
  const std::vector<std::string> sets = file.label_sets();
  if (std::find(sets.begin(), sets.end(), label) == sets.end())
    throw input_error("{}: no labels '{}'{}; it has {}", file.name(), label, did_you_mean(label, sets),
                      sets.empty() ? "none" : fmt::format("{}", fmt::join(sets, ", ")));
  const Categorical column = file.obs().categories(label, file.name());
  const std::vector<std::string> tokens =
      file.obs().find("token") != nullptr ? file.obs().strings("token", file.name())
                                          : std::vector<std::string>(static_cast<std::size_t>(file.rows()));
  std::vector<double> sentences;
  if (file.obs().find("sentence") != nullptr) sentences = file.obs().numbers("sentence", file.name());

  LabelledRows out;
  out.label = label;
  const std::vector<bool> usable = usable_rows(file);
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (!usable[i])
      ++out.without_activation;
    else if (column.codes[i] < 0)
      ++out.unlabelled;
    else
      out.rows.push_back(static_cast<std::int64_t>(i));
  }
  if (out.rows.empty())
    throw input_error("{}: no row has both an activation and a label '{}'", file.name(), label);

  if (classes.empty()) {
    std::set<std::string> seen;
    for (const std::int64_t r : out.rows)
      seen.insert(column.categories[static_cast<std::size_t>(column.codes[static_cast<std::size_t>(r)])]);
    out.classes.assign(seen.begin(), seen.end());
    if (out.classes.size() < 2)
      throw input_error("{}: labels '{}' have one class, '{}'; a probe needs two", file.name(), label,
                        out.classes.front());
  } else {
    out.classes = classes;
  }
  std::vector<int> class_of(column.categories.size(), -1);
  for (std::size_t k = 0; k < column.categories.size(); ++k) {
    const auto it = std::find(out.classes.begin(), out.classes.end(), column.categories[k]);
    if (it != out.classes.end()) class_of[k] = static_cast<int>(it - out.classes.begin());
  }
  for (const std::int64_t r : out.rows) {
    const auto i = static_cast<std::size_t>(r);
    out.y.push_back(class_of[static_cast<std::size_t>(column.codes[i])]);
    out.words.push_back(word_types.id(tokens[i]));
    out.sentences.push_back(sentences.empty() ? static_cast<std::int32_t>(r)
                                              : static_cast<std::int32_t>(sentences[i]));
  }
  return out;
}

}  // namespace neurox::io
