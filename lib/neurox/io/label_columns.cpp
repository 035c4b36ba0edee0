#include "neurox/io/label_columns.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/activation_parts.h"
#include "neurox/io/number_text.h"

namespace neurox::io {
namespace {

bool is_text(const Column& column) {
  return std::holds_alternative<Categorical>(column.data) ||
         std::holds_alternative<std::vector<std::string>>(column.data);
}

/// Columns of an activation file that say where a row stands and no more.
bool is_bookkeeping(const std::string& name) {
  return name == "token" || name == "status";
}

}  // namespace

LabelColumns::LabelColumns(const ActivationReader& file,
                           const std::vector<std::filesystem::path>& label_files)
    : file_(file) {
  for (const std::filesystem::path& path : label_files) {
    LabelFile labels = read_label_file(path);
    std::vector<std::int64_t> rows = align_labels(labels, file);
    files_.push_back({std::move(labels), std::move(rows)});
  }
  for (const bool text : {true, false}) {
    const auto add = [&](const Table& table, bool positions_too) {
      for (const Column& column : table.columns)
        if (is_text(column) == text && !is_bookkeeping(column.name) &&
            (positions_too || !is_token_column(column.name)) &&
            std::find(names_.begin(), names_.end(), column.name) == names_.end())
          names_.push_back(column.name);
    };
    add(file.obs(), true);
    for (const Aligned& aligned : files_) add(aligned.labels.obs, false);
  }
}

LabelColumns::Place LabelColumns::find(const std::string& name) const {
  if (!is_token_column(name))
    for (std::size_t f = files_.size(); f-- > 0;)
      if (const Column* column = files_[f].labels.obs.find(name))
        return {column, &files_[f].row, files_[f].labels.path.string()};
  if (!is_bookkeeping(name))
    if (const Column* column = file_.obs().find(name)) return {column, nullptr, file_.name()};
  std::vector<std::string> where{file_.name()};
  for (const Aligned& aligned : files_) where.push_back(aligned.labels.path.string());
  throw input_error("{}: no labels '{}'{}; it has {}", fmt::join(where, " and "), name,
                    did_you_mean(name, names_),
                    names_.empty() ? "none" : fmt::format("{}", fmt::join(names_, ", ")));
}

bool LabelColumns::is_number(const std::string& name) const {
  return !is_text(*find(name).column);
}

Categorical LabelColumns::categories(const std::string& name) const {
  const Place place = find(name);
  if (!is_text(*place.column)) throw input_error("{}: '{}' holds numbers, not classes", place.where, name);
  const auto* stored = std::get_if<Categorical>(&place.column->data);
  Categorical all =
      stored != nullptr ? *stored : categorical(std::get<std::vector<std::string>>(place.column->data));
  if (place.rows == nullptr) return all;
  Categorical out{{}, std::move(all.categories)};
  out.codes.reserve(place.rows->size());
  for (const std::int64_t r : *place.rows)
    out.codes.push_back(r < 0 ? -1 : all.codes[static_cast<std::size_t>(r)]);
  return out;
}

std::vector<double> LabelColumns::numbers(const std::string& name) const {
  const Place place = find(name);
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> out;
  if (is_text(*place.column)) {
    const Categorical text = categories(name);
    std::vector<double> values;
    for (const std::string& category : text.categories) values.push_back(number_in(category));
    for (std::size_t i = 0; i < text.codes.size(); ++i) {
      const auto code = static_cast<std::size_t>(text.codes[i]);
      if (text.codes[i] >= 0 && std::isnan(values[code]))
        throw input_error("{}: labels '{}' are no numbers: '{}' at row {}", place.where, name,
                          text.categories[code], i);
      out.push_back(text.codes[i] < 0 ? none : values[code]);
    }
    return out;
  }
  Table one;
  one.columns.push_back(*place.column);
  one.rows = static_cast<std::int64_t>(place.column->size());
  std::vector<double> all = one.numbers(name, place.where);
  if (place.rows == nullptr) return all;
  for (const std::int64_t r : *place.rows) out.push_back(r < 0 ? none : all[static_cast<std::size_t>(r)]);
  return out;
}

}  // namespace neurox::io
