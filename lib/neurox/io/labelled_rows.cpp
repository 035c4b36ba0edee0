#include "neurox/io/labelled_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/random.h"

namespace neurox::io {
namespace {

/// Word types and sentences of the rows chosen, whatever kind of rows they are.
template <class Rows>
void add_words_and_sentences(const ActivationReader& file, StringIds& word_types, Rows& out) {
  const std::vector<std::string> tokens =
      file.obs().find("token") != nullptr ? file.obs().strings("token", file.name())
                                          : std::vector<std::string>(static_cast<std::size_t>(file.rows()));
  std::vector<double> sentences;
  if (file.obs().find("sentence") != nullptr) sentences = file.obs().numbers("sentence", file.name());
  for (const std::int64_t r : out.rows) {
    const auto i = static_cast<std::size_t>(r);
    out.words.push_back(word_types.id(tokens[i]));
    out.sentences.push_back(sentences.empty() ? static_cast<std::int32_t>(r)
                                              : static_cast<std::int32_t>(sentences[i]));
  }
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_chosen(const ClassChoice& choice, const std::string& value) {
  return choice.only.empty() || holds(choice.only, value);
}

/// @throws Error for a choice that the label's values do not allow
void check_choice(const Categorical& column, const ClassChoice& choice, const std::string& where) {
  for (const std::string& wanted : choice.only)
    if (!holds(column.categories, wanted) && choice.known.empty())
      throw input_error("{}: labels '{}' have no class '{}'{}", where, choice.label, wanted,
                        did_you_mean(wanted, column.categories));
  if (!choice.against.empty() && choice.only.empty())
    throw usage_error("the rest can be one class '{}' only where classes are chosen", choice.against);
  if (holds(column.categories, choice.against))
    throw usage_error("'{}' is a class of labels '{}' already; give the rest another name", choice.against,
                      choice.label);
}

/// Keeps of every class as many rows as the smallest has.
std::vector<std::int64_t> balanced(const LabelledRows& rows, std::uint64_t seed) {
  std::vector<std::vector<std::pair<std::uint64_t, std::int64_t>>> drawn(rows.classes.size());
  for (std::size_t i = 0; i < rows.y.size(); ++i)
    if (rows.y[i] >= 0)
      drawn[static_cast<std::size_t>(rows.y[i])].emplace_back(
          Random::mix(Random(seed).next() ^ Random::mix(static_cast<std::uint64_t>(rows.rows[i]))), i);
  std::size_t smallest = rows.y.size();
  for (const auto& of_class : drawn) smallest = std::min(smallest, of_class.size());
  std::vector<std::int64_t> kept;
  for (auto& of_class : drawn) {
    std::sort(of_class.begin(), of_class.end());
    for (std::size_t k = 0; k < smallest; ++k) kept.push_back(of_class[k].second);
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

std::string listed(const std::vector<ClassSize>& sizes) {
  std::vector<std::string> parts;
  for (const ClassSize& size : sizes) parts.push_back(fmt::format("{} ({})", size.name, size.rows));
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// Settles which classes there are from the class of each row, and numbers the rows by them.
void number_classes(const std::vector<std::string>& of_row, const ClassChoice& choice,
                    const std::string& where, LabelledRows& out) {
  std::map<std::string, std::int64_t> sizes;
  for (const std::string& name : of_row) ++sizes[name];
  out.classes = choice.known;
  if (choice.known.empty()) {
    for (const auto& [name, size] : sizes)
      if (size >= choice.min_class)
        out.classes.push_back(name);
      else
        out.too_small.push_back({name, size});
    const std::string below = out.too_small.empty()
                                  ? std::string()
                                  : fmt::format("; left out for having fewer than {} rows: {}",
                                                choice.min_class, listed(out.too_small));
    if (out.classes.empty())
      throw input_error("{}: no class of labels '{}' is left{}", where, choice.label, below);
    if (out.classes.size() < 2)
      throw input_error("{}: labels '{}' have one class, '{}'; two are needed{}", where, choice.label,
                        out.classes.front(), below);
  }
  std::map<std::string, int> number;
  for (std::size_t c = 0; c < out.classes.size(); ++c) number[out.classes[c]] = static_cast<int>(c);
  std::set<std::string> leave;
  for (const ClassSize& small : out.too_small) leave.insert(small.name);
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < of_row.size(); ++i) {
    if (leave.contains(of_row[i])) continue;
    const auto at = number.find(of_row[i]);
    rows.push_back(out.rows[i]);
    out.y.push_back(at == number.end() ? -1 : at->second);
  }
  out.rows = std::move(rows);
  if (out.rows.empty())
    throw input_error("{}: no row is of a class of labels '{}' that was asked for", where, choice.label);
}

}  // namespace

UsableTokens usable_tokens(const ActivationReader& file, StringIds& word_types) {
  UsableTokens out;
  const std::vector<bool> usable = usable_rows(file);
  for (std::size_t r = 0; r < usable.size(); ++r)
    if (usable[r]) out.rows.push_back(static_cast<std::int64_t>(r));
  if (out.rows.empty()) throw input_error("{}: no row has an activation of its own", file.name());
  add_words_and_sentences(file, word_types, out);
  return out;
}

std::vector<bool> usable_rows(const ActivationReader& file) {
  std::vector<bool> usable(static_cast<std::size_t>(file.rows()), true);
  if (file.obs().find("status") == nullptr) return usable;  // a foreign file: every row counts
  const bool whole_sentences = file.provenance().settings.value("unit", std::string()) == "sentence";
  const std::vector<std::string> status = file.obs().strings("status", file.name());
  for (std::size_t i = 0; i < usable.size(); ++i)
    usable[i] = status[i] == "ok" || status[i] == "unk" || (whole_sentences && status[i] == "truncated");
  return usable;
}

std::string class_of(const ClassChoice& choice, const std::string& value, const std::string& split_value) {
  if (value.empty()) return {};
  std::string name = value;
  if (!is_chosen(choice, value))
    name = choice.against;
  else if (!choice.split_by.empty())
    name = split_value.empty() ? "" : value + "|" + split_value;
  return holds(choice.leave, name) ? std::string() : name;
}

LabelledRows labelled_rows(const LabelColumns& columns, const ClassChoice& choice, StringIds& word_types) {
  const ActivationReader& file = columns.file();
  const Categorical column = columns.categories(choice.label);
  const Categorical split = choice.split_by.empty() ? Categorical() : columns.categories(choice.split_by);
  check_choice(column, choice, file.name());

  LabelledRows out;
  out.label = choice.split_by.empty() ? choice.label : choice.label + "|" + choice.split_by;
  std::vector<std::string> of_row;
  bool any = false;
  const std::vector<bool> usable = usable_rows(file);
  const auto value = [](const Categorical& of, std::size_t i) {
    return of.codes.empty() || of.codes[i] < 0 ? std::string()
                                               : of.categories[static_cast<std::size_t>(of.codes[i])];
  };
  for (std::size_t i = 0; i < usable.size(); ++i) {
    const std::string label = value(column, i), second = value(split, i);
    const bool splits = !choice.split_by.empty() && is_chosen(choice, label);
    if (!usable[i]) {
      ++out.without_activation;
    } else if (label.empty() || (splits && second.empty())) {
      ++out.unlabelled;
    } else {
      any = true;
      std::string name = class_of(choice, label, second);
      if (name.empty()) {
        ++out.not_asked_for;
        continue;
      }
      out.rows.push_back(static_cast<std::int64_t>(i));
      of_row.push_back(std::move(name));
    }
  }
  if (!any) throw input_error("{}: no row has both an activation and a label '{}'", file.name(), out.label);
  number_classes(of_row, choice, file.name(), out);
  add_words_and_sentences(file, word_types, out);
  if (!choice.balance) return out;
  const auto before = static_cast<std::int64_t>(out.rows.size());
  LabelledRows even = take(out, balanced(out, choice.seed));
  even.sampled_away = before - static_cast<std::int64_t>(even.rows.size());
  return even;
}

NumberedRows numbered_rows(const LabelColumns& columns, const std::string& label, StringIds& word_types) {
  const ActivationReader& file = columns.file();
  const std::vector<double> numbers = columns.numbers(label);
  NumberedRows out;
  out.label = label;
  const std::vector<bool> usable = usable_rows(file);
  for (std::size_t i = 0; i < usable.size(); ++i) {
    if (!usable[i]) {
      ++out.without_activation;
    } else if (std::isnan(numbers[i])) {
      ++out.unlabelled;
    } else if (std::isinf(numbers[i])) {
      throw input_error("{}: label '{}' is infinite at row {}", file.name(), label, i);
    } else {
      out.rows.push_back(static_cast<std::int64_t>(i));
      out.numbers.push_back(numbers[i]);
    }
  }
  if (out.rows.empty())
    throw input_error("{}: no row has both an activation and a number '{}'", file.name(), label);
  const auto [least, most] = std::minmax_element(out.numbers.begin(), out.numbers.end());
  if (*least == *most)
    throw input_error("{}: label '{}' is {} in all {} rows; nothing depends on it", file.name(), label,
                      *least, out.rows.size());
  add_words_and_sentences(file, word_types, out);
  return out;
}

std::vector<ClassSize> class_sizes(const LabelledRows& rows) {
  std::vector<ClassSize> sizes;
  for (const std::string& name : rows.classes) sizes.push_back({name, 0});
  for (const int y : rows.y)
    if (y >= 0) ++sizes[static_cast<std::size_t>(y)].rows;
  return sizes;
}

LabelledRows take(const LabelledRows& rows, const std::vector<std::int64_t>& places) {
  LabelledRows out = rows;
  out.rows.clear(), out.y.clear(), out.words.clear(), out.sentences.clear();
  for (const std::int64_t place : places) {
    const auto i = static_cast<std::size_t>(place);
    out.rows.push_back(rows.rows[i]);
    out.y.push_back(rows.y[i]);
    out.words.push_back(rows.words[i]);
    out.sentences.push_back(rows.sentences[i]);
  }
  return out;
}

NumberedRows take(const NumberedRows& rows, const std::vector<std::int64_t>& places) {
  NumberedRows out = rows;
  out.rows.clear(), out.numbers.clear(), out.words.clear(), out.sentences.clear();
  for (const std::int64_t place : places) {
    const auto i = static_cast<std::size_t>(place);
    out.rows.push_back(rows.rows[i]);
    out.numbers.push_back(rows.numbers[i]);
    out.words.push_back(rows.words[i]);
    out.sentences.push_back(rows.sentences[i]);
  }
  return out;
}

}  // namespace neurox::io
