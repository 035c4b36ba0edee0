#include "joined_activations.h"

#include <algorithm>
#include <map>
#include <utility>

#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/neuron_table.h"

namespace neurox::apps {
namespace {

/// Rows of some columns of each file, side by side.
class JoinedRows final : public RowSource {
 public:
  struct Part {
    std::unique_ptr<RowSource> source;
    std::vector<Index> places;  ///< of its columns in the whole
    std::shared_ptr<const io::ActivationReader> file;
    NeuronAxis axis;
  };
  JoinedRows(std::vector<Part> parts, std::vector<std::int64_t> rows, Index columns)
      : parts_(std::move(parts)), rows_(std::move(rows)), columns_(columns) {}
  Index rows() const override { return static_cast<Index>(rows_.size()); }
  Index cols() const override { return columns_; }
  void read(Index first, MatrixFOut out) const override {
    if (parts_.size() == 1) {
      parts_.front().source->read(first, out);
      check(parts_.front(), first, out);
      return;
    }
    for (const Part& part : parts_) {
      MatrixF values(out.rows(), part.source->cols());
      part.source->read(first, values);
      check(part, first, values);
      for (std::size_t j = 0; j < part.places.size(); ++j)
        out.col(part.places[j]) = values.col(static_cast<Index>(j));
    }
  }

 private:
  void check(const Part& part, Index first, const MatrixFRef& values) const {
    for (Index i = 0; i < values.rows(); ++i)
      io::check_finite(values.middleRows(i, 1), rows_[static_cast<std::size_t>(first + i)], part.axis,
                       part.file->name());
  }

  std::vector<Part> parts_;
  std::vector<std::int64_t> rows_;
  Index columns_;
};

std::vector<std::int32_t> sentences_of(const io::ActivationReader& file,
                                       const std::vector<std::int64_t>& rows) {
  std::vector<std::int32_t> out;
  const bool known = file.obs().find("sentence") != nullptr;
  const std::vector<double> of_row =
      known ? file.obs().numbers("sentence", file.name()) : std::vector<double>();
  for (const std::int64_t row : rows)
    out.push_back(
        static_cast<std::int32_t>(known ? of_row[static_cast<std::size_t>(row)] : static_cast<double>(row)));
  return out;
}

void check_is_activations(const io::ActivationReader& file) {
  const std::string& kind = file.provenance().kind;
  if (!kind.empty() && kind != "activations")
    throw input_error("{}: is a file of kind '{}', not activations; `neurox extract` makes them", file.name(),
                      kind);
}

}  // namespace

void check_same_words(const io::ActivationReader& found, const io::ActivationReader& expected) {
  const bool both = found.obs().find("token") != nullptr && expected.obs().find("token") != nullptr;
  if (both) {
    const auto a = found.obs().strings("token", found.name()),
               b = expected.obs().strings("token", expected.name());
    const std::size_t n = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < n; ++i)
      if (a[i] != b[i])
        throw input_error("{}: row {} is '{}' but '{}' in {}; extract the same text", found.name(), i, a[i],
                          b[i], expected.name());
  }
  if (found.rows() != expected.rows())
    throw input_error("{}: {} rows but {} in {}; extract the same text", found.name(), found.rows(),
                      expected.rows(), expected.name());
}

JoinedActivations::JoinedActivations(const std::vector<std::string>& paths, const std::string& pattern) {
  NeuronAxis all;
  std::vector<Place> places;
  std::map<std::pair<std::string, std::int32_t>, std::size_t> seen;
  std::map<std::string, std::int32_t> site_of_name;
  for (const std::string& path : paths) {
    files_.push_back(io::ActivationReader::open(path));
    const io::ActivationReader& file = *files_.back();
    check_is_activations(file);
    io::check_same_model(path, file.provenance(), paths.front(), first().provenance());
    if (files_.size() > 1) check_same_words(file, first());
    const NeuronAxis& axis = file.neurons();
    for (std::size_t i = 0; i < axis.size(); ++i) {
      const auto [at, is_new] = seen.try_emplace({axis.site(i), axis.neurons[i].index}, files_.size() - 1);
      if (!is_new)
        throw input_error("{}: {} is in {} as well", path, axis.address(i), files_[at->second]->name());
      const auto site =
          site_of_name.try_emplace(axis.site(i), static_cast<std::int32_t>(all.sites.size())).first;
      if (site->second == static_cast<std::int32_t>(all.sites.size()))
        all.sites.push_back(axis.sites[static_cast<std::size_t>(axis.neurons[i].site)]);
      all.neurons.push_back({site->second, axis.neurons[i].index});
      places.push_back({files_.size() - 1, static_cast<std::int64_t>(i)});
    }
  }
  const std::vector<std::int64_t> chosen = chosen_neurons(pattern.empty() ? "all" : pattern, all);
  axis_ = select(all, chosen);
  for (const std::int64_t i : chosen) places_.push_back(places[static_cast<std::size_t>(i)]);
  const std::vector<bool> usable = io::usable_rows(first());
  for (std::size_t i = 0; i < usable.size(); ++i)
    if (usable[i]) rows_.push_back(static_cast<std::int64_t>(i));
  if (rows_.empty()) throw input_error("{}: no row has an activation", paths.front());
  sentences_ = sentences_of(first(), rows_);
}

std::unique_ptr<RowSource> JoinedActivations::source(std::vector<std::int64_t> rows,
                                                     const std::vector<std::int64_t>& neurons) const {
  if (rows.empty()) rows = rows_;
  std::vector<Place> places = places_;
  if (!neurons.empty()) {
    places.clear();
    for (const std::int64_t i : neurons) places.push_back(places_[static_cast<std::size_t>(i)]);
  }
  std::vector<JoinedRows::Part> parts;
  for (std::size_t f = 0; f < files_.size(); ++f) {
    JoinedRows::Part part;
    part.file = files_[f];
    std::vector<std::int64_t> columns;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].file != f) continue;
      columns.push_back(places[i].column);
      part.places.push_back(static_cast<Index>(i));
    }
    if (columns.empty()) continue;
    part.axis = select(files_[f]->neurons(), columns);
    part.source = files_[f]->select_rows(rows, columns);
    parts.push_back(std::move(part));
  }
  return std::make_unique<JoinedRows>(std::move(parts), std::move(rows), static_cast<Index>(places.size()));
}

io::Table JoinedActivations::table() const {
  if (files_.size() > 1) return io::neuron_table(axis_);
  std::vector<std::int64_t> columns;
  for (const Place& place : places_) columns.push_back(place.column);
  return io::neurons_with_statistics(first(), axis_, columns);
}

}  // namespace neurox::apps
