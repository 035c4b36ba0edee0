#include "cluster_map.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>

#include "cluster_correlation.h"
#include "console.h"
#include "joined_activations.h"
#include "model_input.h"
#include "neurox/attribute/readout.h"
#include "neurox/cluster/correlation.h"
#include "neurox/cluster/umap.h"
#include "neurox/core/column_stats.h"
#include "neurox/core/error.h"
#include "neurox/core/random.h"
#include "probe_input.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using io::Tree;

/// What is drawn, with the column of `obs` that colours it.
struct Drawing {
  io::Table obs;
  std::string colour;
  MatrixF places;
  double trust = 0;
  std::vector<Index> constant;  ///< neurons left out
};

class Mapper {
 public:
  Mapper(const ClusterCommandOptions& options, const ClusterMapOptions& own, Progress& progress)
      : options_(options), own_(own), progress_(progress) {}

  template <class Truth>
  void draw(const Truth& truth, const Neighbours& near, Drawing& out) const {
    UmapOptions settings;
    settings.min_dist = own_.min_dist;
    settings.epochs = 0;
    settings.seed = options_.seed;
    settings.progress = &progress_;
    out.places = umap(near, settings);
    out.trust = trustworthiness(truth, out.places, near.each);
  }

  /// @throws Error{Usage} when the drawing has too few things for its neighbours
  Index each(Index things, std::string_view what) const {
    if (2 * own_.neighbours >= things)
      throw usage_error("--neighbours {}: {} {} need less than half as many", own_.neighbours, things, what);
    return static_cast<Index>(own_.neighbours);
  }

 private:
  const ClusterCommandOptions& options_;
  const ClusterMapOptions& own_;
  Progress& progress_;
};

/// Rows of a table.
template <class T>
std::vector<T> picked(const std::vector<T>& values, const std::vector<Index>& rows) {
  std::vector<T> out;
  for (const Index i : rows) out.push_back(values[static_cast<std::size_t>(i)]);
  return out;
}

io::Table picked_rows(const io::Table& table, const std::vector<Index>& rows) {
  io::Table out;
  out.rows = static_cast<std::int64_t>(rows.size());
  if (table.row_names) out.row_names = picked(*table.row_names, rows);
  for (const io::Column& column : table.columns) {
    std::visit(
        [&](const auto& values) {
          if constexpr (std::is_same_v<std::decay_t<decltype(values)>, io::Categorical>) {
            out.add(column.name, io::Categorical{picked(values.codes, rows), values.categories});
          } else {
            out.add(column.name, picked(values, rows));
          }
        },
        column.data);
  }
  return out;
}

/// The concept of which each neuron is nearest to the top; ties to the first, `overall` aside.
std::vector<std::string> best_concepts(const std::string& path, const NeuronAxis& axis) {
  const NeuronFile file = read_neuron_file(path, "ranking");
  const MatrixF* ranks = file.data.layer("rank");
  if (ranks == nullptr) throw input_error("{}:/layers: no layer 'rank'; `neurox rank` writes it", path);
  std::map<std::string, Index> place;
  for (std::size_t i = 0; i < file.axis.size(); ++i) place[file.axis.address(i)] = static_cast<Index>(i);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const auto at = place.find(axis.address(i));
    if (at == place.end()) throw input_error("{}: no neuron {} of the activations", path, axis.address(i));
    std::optional<Index> best;
    for (Index c = 0; c < ranks->cols(); ++c) {
      if (file.concepts[static_cast<std::size_t>(c)] == "overall" && ranks->cols() > 1) continue;
      if (!best || (*ranks)(at->second, c) < (*ranks)(at->second, *best)) best = c;
    }
    out.push_back(file.concepts[static_cast<std::size_t>(*best)]);
  }
  return out;
}

/// Output weights of length 1 each, whose distances follow the angles between them.
MatrixF written(const std::string& folder, const NeuronAxis& axis, const io::Provenance& of_activations,
                const std::string& activations) {
  const LoadedModel loaded = load_model({.folder = folder, .random_init = {}});
  io::Provenance of_model = provenance_of("map");
  add_model(of_model, folder, loaded);
  io::check_same_model(folder, of_model, activations, of_activations);
  const torch::Tensor all =
      attribute::written_directions(loaded.model, axis).to(torch::kFloat32).contiguous();
  MatrixF out = Eigen::Map<const MatrixF>(all.data_ptr<float>(), all.size(0), all.size(1));
  for (Index i = 0; i < out.rows(); ++i) {
    const float length = out.row(i).norm();
    if (length > 0) out.row(i) /= length;
  }
  return out;
}

Drawing map_of_neurons(const ClusterCommandOptions& options, const ClusterMapOptions& own,
                       const JoinedActivations& activations, const Mapper& mapper, Progress& progress) {
  Drawing out;
  std::vector<Index> drawn;
  const NeuronAxis& axis = activations.axis();
  if (own.model.empty()) {
    const auto X = activations.source();
    const VaryingColumns columns = varying_columns(*X, progress);
    drawn = columns.varying;
    out.constant = columns.constant;
    const Index n = static_cast<Index>(drawn.size());
    const Index k = mapper.each(n, "neurons that vary");
    const std::shared_ptr<float> memory = scratch_of(options)(n * n);
    const SquareMatrix distances{memory.get(), n};
    CorrelationOptions settings;
    settings.panel_bytes = options.memory_bytes / 2;
    settings.progress = &progress;
    correlation_distances(*X, columns, settings, distances);
    mapper.draw(distances, nearest_by_distance(distances, k), out);
  } else {
    for (Index i = 0; i < static_cast<Index>(axis.size()); ++i) drawn.push_back(i);
    const Index k = mapper.each(static_cast<Index>(axis.size()), "neurons");
    const MatrixF points =
        written(own.model, axis, activations.first().provenance(), activations.first().name());
    mapper.draw(MatrixFRef(points), nearest_points(points, k), out);
  }
  out.obs = picked_rows(activations.table(), drawn);
  out.colour = axis.sites.size() > 1 ? "site" : "";
  if (!own.ranking.empty()) {
    out.obs.add("concept", io::categorical(picked(best_concepts(own.ranking, axis), drawn)));
    out.colour = "concept";
  }
  return out;
}

/// So many rows, those with the smallest hashes of (seed, row); all where there are no more.
std::vector<std::int64_t> sampled(std::vector<std::int64_t> rows, std::int64_t most, std::uint64_t seed) {
  if (static_cast<std::int64_t>(rows.size()) <= most) return rows;
  const auto key = [seed](std::int64_t row) {
    return std::pair{Random::mix(Random::mix(seed) ^ static_cast<std::uint64_t>(row)), row};
  };
  std::sort(rows.begin(), rows.end(), [&](std::int64_t a, std::int64_t b) { return key(a) < key(b); });
  rows.resize(static_cast<std::size_t>(most));
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Columns of the activations' obs that say which token it is.
io::Table tokens_of(const io::ActivationReader& file, const std::vector<std::int64_t>& rows) {
  io::Table known;
  for (const char* name : {"token", "sentence", "position"})
    if (const io::Column* column = file.obs().find(name)) known.columns.push_back(*column);
  known.rows = file.obs().rows;
  return picked_rows(known, {rows.begin(), rows.end()});
}

Drawing map_of_tokens(const ClusterCommandOptions& options, const ClusterMapOptions& own,
                      const JoinedActivations& activations, const Mapper& mapper, Console& console) {
  Drawing out;
  std::vector<std::int64_t> rows = activations.rows();
  std::optional<ConceptRows> labelled;
  if (!options.topic.label.empty()) {
    io::StringIds words;
    labelled = concept_rows(activations.first(), options.topic, NumericLabels::Refused, options.seed, words);
    show_concept(console, *labelled, options.topic);
    rows = labelled->rows();
  }
  rows = sampled(std::move(rows), own.most, options.seed);
  const Index k = mapper.each(static_cast<Index>(rows.size()), "tokens");
  const auto X = activations.source(rows);
  MatrixF points(X->rows(), X->cols());
  X->read(0, points);
  // Neurons of a large scale would stand for all otherwise.
  for (Index j = 0; j < points.cols(); ++j) {
    const double mean = points.col(j).cast<double>().mean();
    const double deviation = std::sqrt((points.col(j).cast<double>().array() - mean).square().mean());
    points.col(j) =
        ((points.col(j).cast<double>().array() - mean) / (deviation < 1e-6 ? 1.0 : deviation)).cast<float>();
  }
  mapper.draw(MatrixFRef(points), nearest_points(points, k), out);
  out.obs = tokens_of(activations.first(), rows);
  if (labelled) {
    std::map<std::int64_t, int> class_at;
    for (std::size_t i = 0; i < labelled->rows().size(); ++i)
      class_at[labelled->rows()[i]] = labelled->labelled.y[i];
    std::vector<std::string> names;
    for (const std::int64_t row : rows)
      names.push_back(labelled->labelled.classes[static_cast<std::size_t>(class_at.at(row))]);
    out.obs.add(labelled->label(), io::categorical(names));
    out.colour = labelled->label();
  }
  return out;
}

void check_map(const ClusterCommandOptions& options, const ClusterMapOptions& own) {
  if (!has_umap()) throw usage_error("map: this neurox was built without umappp; see docs/install.md");
  const bool tokens = own.of == "tokens";
  if (tokens && !own.ranking.empty())
    throw usage_error("--ranking colours neurons; with --of tokens give --label");
  if (tokens && !own.model.empty()) throw usage_error("--model is of neurons, not --of tokens");
  if (!tokens && !options.topic.label.empty())
    throw usage_error("--label colours tokens (--of tokens); neurons are coloured by --ranking");
}

}  // namespace

void declare_cluster_map(CLI::App& app, ClusterMapOptions& own) {
  app.add_option("--of", own.of, "What is drawn: neurons, or tokens")
      ->check(CLI::IsMember({"neurons", "tokens"}))
      ->capture_default_str()
      ->type_name("WHAT");
  app.add_option("--model", own.model,
                 "Neurons near each other that write the same into the residual stream of this model (its "
                 "output weights), "
                 "in place of those whose activations correlate")
      ->type_name("FOLDER");
  app.add_option("--ranking", own.ranking, "Colour neurons by the concept for which they rank highest here")
      ->type_name("FILE");
  app.add_option("--neighbours", own.neighbours,
                 "Neighbours that each thing is held to: more show larger structure")
      ->check(CLI::Range(2, 1000))
      ->capture_default_str()
      ->type_name("N");
  app.add_option("--min-dist", own.min_dist, "Least distance in the drawing")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--most", own.most, "Tokens drawn at most, by --seed")
      ->check(CLI::Range(10, 50000))
      ->capture_default_str()
      ->type_name("N");
}

void run_cluster_map(const ClusterCommandOptions& options, const ClusterMapOptions& own) {
  check_map(options, own);
  Console console(options.common);
  use_threads(options.common.threads);
  io::WriteOptions writing{options.output.force, {options.inputs.begin(), options.inputs.end()}};
  if (!own.ranking.empty()) writing.inputs.emplace_back(own.ranking);
  io::check_output(options.output.path, writing);
  const JoinedActivations activations(options.inputs, options.neurons);
  const Mapper mapper(options, own, console.progress());
  Drawing drawing = own.of == "tokens"
                        ? map_of_tokens(options, own, activations, mapper, console)
                        : map_of_neurons(options, own, activations, mapper, console.progress());

  io::AnnData out;
  const auto things = drawing.obs.rows;
  out.obs = std::move(drawing.obs);
  out.var.rows = 2;
  out.var.row_names = {"map 1", "map 2"};
  out.X = std::move(drawing.places);
  out.uns["map"] = {{"of", own.of},
                    {"by", own.of == "tokens"  ? "activations"
                           : own.model.empty() ? "correlation"
                                               : "output weights"},
                    {"colour", drawing.colour},
                    {"neighbours", own.neighbours},
                    {"min_dist", own.min_dist},
                    {"trustworthiness", drawing.trust},
                    {"constant", drawing.constant.size()}};
  io::Provenance provenance = provenance_of("map");
  const io::Provenance& from = activations.first().provenance();
  provenance.seed = options.seed;
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  for (const std::string& input : options.inputs) provenance.add_input(input);
  if (!own.ranking.empty()) provenance.add_input(own.ranking);
  provenance.settings = {{"activations", from.settings}};
  out.uns["neurox"] = io::to_tree(provenance);
  io::write_anndata(options.output.path, out, writing);

  console.figure(own.of, things);
  if (!drawing.constant.empty()) console.figure("constant neurons left out", drawing.constant.size());
  console.figure("trustworthiness", drawing.trust);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
