#include "label_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "neurox/io/label_file.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t most_classes = 20;

/// Rows that have a number, and what the numbers are like.
std::vector<Tree> row_of_numbers(const std::string& name, const std::vector<double>& numbers) {
  std::int64_t count = 0;
  double sum = 0, least = std::numeric_limits<double>::infinity(), most = -least;
  for (const double x : numbers) {
    if (std::isnan(x)) continue;
    ++count;
    sum += x;
    least = std::min(least, x);
    most = std::max(most, x);
  }
  if (count == 0) return {name, "number", 0, Tree(), Tree(), Tree(), Tree()};
  return {name, "number", count, Tree(), least, sum / static_cast<double>(count), most};
}

}  // namespace

void show_labels(Console& console, const io::Table& obs) {
  std::vector<std::vector<Tree>> sets, classes;
  for (const std::string& name : io::label_columns(obs)) {
    const auto* column = std::get_if<io::Categorical>(&obs.find(name)->data);
    if (column == nullptr) {
      sets.push_back(row_of_numbers(name, obs.numbers(name, "labels")));
      continue;
    }
    std::vector<std::int64_t> sizes(column->categories.size());
    std::int64_t rows = 0;
    for (const std::int32_t code : column->codes) {
      if (code < 0) continue;
      ++rows;
      ++sizes[static_cast<std::size_t>(code)];
    }
    sets.push_back({name, "classes", rows, sizes.size(), Tree(), Tree(), Tree()});
    if (sizes.size() > most_classes) continue;
    for (std::size_t c = 0; c < sizes.size(); ++c) classes.push_back({name, column->categories[c], sizes[c]});
  }
  console.table("label_sets", {"label", "kind", "rows", "classes", "least", "mean", "most"}, sets);
  if (!classes.empty()) console.table("class_sizes", {"label", "class", "rows"}, classes);
}

}  // namespace neurox::apps
