#include "neurox/label/where.h"

#include "neurox/core/error.h"
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

}  // namespace neurox::label
