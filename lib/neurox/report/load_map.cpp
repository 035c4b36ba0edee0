#include <algorithm>
#include <numeric>

#include "neurox/report/load_parts.h"
#include "neurox/report/sections.h"

namespace neurox::load {
namespace {

/// Groups by size, and the number of each row's.
void colour_points(const io::Categorical& column, MapFindings& found) {
  std::vector<std::int64_t> size(column.categories.size());
  for (const std::int32_t code : column.codes)
    if (code >= 0) ++size[static_cast<std::size_t>(code)];
  std::vector<std::size_t> order(size.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return size[a] > size[b]; });
  std::vector<std::int32_t> place(size.size(), -1);
  for (const std::size_t i : order) {
    if (size[i] == 0) continue;
    place[i] = static_cast<std::int32_t>(found.groups.size());
    found.groups.push_back(column.categories[i]);
  }
  for (std::size_t i = 0; i < found.points.size(); ++i)
    if (column.codes[i] >= 0) found.points[i].group = place[static_cast<std::size_t>(column.codes[i])];
}

/// What a point is called: its address, or its word and sentence.
std::vector<std::string> names_of_points(const Loaded& file) {
  const io::Table& obs = file.data.obs;
  if (obs.find("token") == nullptr) {
    if (obs.row_names) return *obs.row_names;
    std::vector<std::string> names;
    for (std::int64_t i = 0; i < obs.rows; ++i) names.push_back(std::to_string(i));
    return names;
  }
  std::vector<std::string> names = obs.strings("token", file.where);
  if (obs.find("sentence") != nullptr) {
    const std::vector<double> sentences = obs.numbers("sentence", file.where);
    for (std::size_t i = 0; i < names.size(); ++i)
      names[i] += " (sentence " + std::to_string(static_cast<std::int64_t>(sentences[i])) + ")";
  }
  return names;
}

}  // namespace

bool map(const Loaded& file, MethodFindings& out) {
  if (file.provenance.kind != "map" || !file.data.X || file.data.X->cols() != 2) return false;
  const io::Tree& about = child(file.data.uns, "map");
  MapFindings found;
  found.file = file.name, found.model = file.provenance.model;
  found.of = text(about, "of"), found.by = text(about, "by"), found.colour = text(about, "colour");
  found.neighbours = static_cast<std::int64_t>(number(about, "neighbours"));
  found.trustworthiness = number(about, "trustworthiness");
  const std::vector<std::string> names = names_of_points(file);
  const MatrixF& X = *file.data.X;
  for (Index i = 0; i < X.rows(); ++i)
    found.points.push_back({X(i, 0), X(i, 1), -1, names[static_cast<std::size_t>(i)]});
  if (!found.colour.empty()) colour_points(file.data.obs.categories(found.colour, file.where), found);
  if (found.colour == "site")
    for (std::string& site : found.groups) site = short_site(site);
  out.maps.push_back(std::move(found));
  return true;
}

}  // namespace neurox::load
