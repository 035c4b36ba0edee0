#include "neurox/label/where.h"

#include <cmath>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/no_value.h"
#include "neurox/label/expression.h"

namespace neurox::label {
namespace {

const io::Column* find_in(const std::vector<io::Column>& columns, const std::string& name) {
  for (const io::Column& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

}  // namespace

void Columns::add(LabelSet set) {
  if (find_in(columns_, set.name) != nullptr || words_.obs.find(set.name) != nullptr)
    throw usage_error("{}: there are labels '{}' already; give these another name", words_.name, set.name);
  columns_.push_back({set.name, column_of(set)});
  sets_.push_back(std::move(set));
}

const io::Column* Columns::find(const std::string& name) {
  if (const io::Column* column = find_in(columns_, name)) return column;
  if (const io::Column* column = words_.obs.find(name)) return column;
  if (const io::Column* column = find_in(features_, name)) return column;
  const Feature* feature = find_feature(name);
  if (feature == nullptr) return nullptr;
  if (const std::string why = feature->missing(words_, options_); !why.empty())
    throw input_error("{}: no {}: {}", words_.name, name, why);
  features_.push_back({name, column_of(feature->compute(words_, options_))});
  return &features_.back();
}

std::vector<std::string> Columns::names() const {
  std::vector<std::string> out;
  for (const io::Column& column : columns_) out.push_back(column.name);
  for (const io::Column& column : words_.obs.columns) out.push_back(column.name);
  for (const Feature& feature : features()) out.push_back(feature.name);
  return out;
}

std::vector<bool> Columns::where(const std::string& condition) {
  const Expression expression(condition);
  features_.reserve(features().size());  // pointers to them stay
  return expression.holds([this](const std::string& name) { return find(name); }, words_.rows(), words_.name,
                          names());
}

LabelSet Columns::concept_where(const std::string& name, const std::string& condition,
                                const std::vector<bool>& among) {
  const std::vector<bool> holds = where(condition);
  const std::string unknown =
      Expression(condition).unknown_values([this](const std::string& column) { return find(column); });
  return binary_set(words_, name, holds, among, condition + unknown);
}

LabelSet Columns::narrowed(const std::string& name, const std::string& set, const std::vector<bool>& among) {
  features_.reserve(features().size());  // pointers to them stay
  const io::Column* column = find(set);
  if (column == nullptr)
    throw input_error("{}: no labels '{}'{}", words_.name, set, did_you_mean(set, names()));
  io::Table table;
  table.add(set, column->data);
  LabelSet out{name, {}, set + " of some rows"};
  std::int64_t rows = 0;
  const auto take = [&](auto values, const auto& none, auto has) {
    for (std::size_t i = 0; i < values.size(); ++i)
      if (!words_.labelled[i] || !among[i])
        values[i] = none;
      else if (has(values[i]))
        ++rows;
    out.values = std::move(values);
  };
  const bool of_classes = std::holds_alternative<io::Categorical>(column->data) ||
                          std::holds_alternative<std::vector<std::string>>(column->data);
  if (of_classes)
    take(table.strings(set, words_.name), std::string(),
         [](const std::string& value) { return !value.empty(); });
  else
    take(table.numbers(set, words_.name), no_value, [](double value) { return !std::isnan(value); });
  if (rows == 0) throw input_error("{}: no row of --among has a label '{}'", words_.name, set);
  return out;
}

}  // namespace neurox::label
