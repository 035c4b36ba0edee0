#include "cluster_similarity.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>
#include <set>

#include "checked_rows.h"
#include "console.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/activation_reader.h"
#include "neurox/rank/scores.h"
#include "similarity_file.h"
#include "threads.h"
#include "word_alignment.h"

namespace neurox::apps {
namespace {

using io::Tree;

constexpr std::size_t kShownParts = 10;  ///< columns that a terminal has room for
constexpr std::string_view kMethodMark = "{method}", kModelMark = "{model}";

const SimilarityName& similarity_named(std::string_view name) {
  std::vector<std::string> names;
  for (const SimilarityName& s : similarities()) {
    if (s.name == name) return s;
    names.emplace_back(s.name);
  }
  throw usage_error("cluster: --also {}: is none of {}{}", name, fmt::join(names, ", "),
                    did_you_mean(name, names));
}

/// File names without folders and endings; where two are the same, with their numbers.
std::vector<std::string> short_names(const std::vector<std::string>& files) {
  std::vector<std::string> names;
  for (const std::string& file : files) names.push_back(std::filesystem::path(file).stem().string());
  if (std::set<std::string>(names.begin(), names.end()).size() == names.size()) return names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] += fmt::format("#{}", i + 1);
  return names;
}

/// One file that is written: a measure, and whose neurons where it is of neurons.
struct SimilarityTarget {
  std::string path;
  std::size_t measure = 0, model = 0;
};

std::string replaced(std::string text, std::string_view mark, std::string_view by) {
  if (const std::size_t at = text.find(mark); at != std::string::npos) text.replace(at, mark.size(), by);
  return text;
}

std::vector<SimilarityTarget> targets_of(const std::string& pattern, const std::vector<Similarity>& measures,
                                         const std::vector<std::string>& names) {
  std::vector<SimilarityTarget> out;
  for (std::size_t k = 0; k < measures.size(); ++k) {
    const SimilarityName& s = similarities()[static_cast<std::size_t>(measures[k])];
    const bool each = s.of_neurons && pattern.find(kModelMark) != std::string::npos;
    for (std::size_t m = 0; m < (each ? names.size() : 1); ++m) {
      std::string path = replaced(pattern, kMethodMark, s.name);
      path = replaced(path, kModelMark, s.of_neurons ? std::string_view(names[m]) : "layers");
      for (const SimilarityTarget& other : out)
        if (other.path == path)
          throw usage_error("-o {}: {} methods would be written to one file; put {{method}} in the name",
                            pattern, measures.size());
      out.push_back({std::move(path), k, m});
    }
  }
  return out;
}

/// The files on the same words: what is compared, and from where it is read.
struct SimilarityInput {
  std::vector<std::shared_ptr<const io::ActivationReader>> files;
  std::vector<std::vector<std::int64_t>> columns;
  AlignedWords words;
  ComparedModels models;
  std::vector<std::unique_ptr<CheckedRows>> rows;
  std::vector<std::unique_ptr<MatrixRows>> held;
  std::vector<const RowSource*> sources;
};

void add_parts(SimilarityInput& input, std::size_t m) {
  const NeuronAxis& axis = input.models.axes[m];
  for (std::size_t i = 0; i < axis.size(); ++i) {
    std::vector<ModelPart>& parts = input.models.parts;
    const bool same = i > 0 && axis.neurons[i].site == axis.neurons[i - 1].site;
    if (!same)
      parts.push_back(
          {m, static_cast<Index>(i), 0, fmt::format("{}: {}", input.models.files[m], axis.site(i))});
    ++parts.back().width;
  }
}

SimilarityInput open_models(const ClusterCommandOptions& options) {
  SimilarityInput input;
  std::int64_t bytes = 0;
  input.models.files = options.inputs;
  input.models.names = short_names(options.inputs);
  for (const std::string& path : options.inputs) {
    input.files.push_back(io::ActivationReader::open(path));
    const io::ActivationReader& file = *input.files.back();
    if (const std::string& kind = file.provenance().kind; !kind.empty() && kind != "activations")
      throw input_error("{}: is a file of kind '{}', not activations; `neurox extract` makes them", path,
                        kind);
    input.columns.push_back(
        chosen_neurons(options.neurons.empty() ? "all" : options.neurons, file.neurons()));
    input.models.axes.push_back(select(file.neurons(), input.columns.back()));
  }
  input.words = align_words(input.files);
  input.models.words = static_cast<std::int64_t>(input.words.rows[0].size());
  input.models.left_out = input.words.left_out;
  for (std::size_t m = 0; m < input.files.size(); ++m) {
    add_parts(input, m);
    input.rows.push_back(
        std::make_unique<CheckedRows>(input.files[m]->select_rows(input.words.rows[m], input.columns[m]),
                                      input.words.rows[m], input.models.axes[m], input.files[m]->name()));
    input.sources.push_back(input.rows.back().get());
    bytes += input.rows.back()->rows() * input.rows.back()->cols() * static_cast<std::int64_t>(sizeof(float));
  }
  if (bytes > options.memory_bytes / 2) return input;  // read again for each pass
  for (const RowSource*& source : input.sources) {
    MatrixF X(source->rows(), source->cols());
    source->read(0, X);
    input.held.push_back(std::make_unique<MatrixRows>(std::move(X)));
    source = input.held.back().get();
  }
  return input;
}

/// Provenance's inputs, hashed once for all files that are written, while the models are read and compared.
using HashedInputs = decltype(io::Provenance::inputs);
std::future<HashedInputs> hashed_inputs(const ClusterCommandOptions& options) {
  std::vector<std::string> files = options.inputs;
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    files.push_back(of_neurons);
  return std::async(std::launch::async, [files = std::move(files)] {
    io::Provenance p;
    for (const std::string& file : files) p.add_input(file);
    return p.inputs;
  });
}

/// What stands in every file that is written.
Tree provenance_tree(const ClusterCommandOptions& options, const SimilarityInput& input,
                     const HashedInputs& inputs, const std::string& kind, std::size_t model) {
  io::Provenance p = provenance_of(kind);
  p.inputs = inputs;
  const io::Provenance& of = input.files[model]->provenance();
  if (kind == "ranking" || input.files.size() == 1) {
    p.model = of.model, p.model_sha256 = of.model_sha256, p.tokenizer_sha256 = of.tokenizer_sha256;
  } else {
    std::vector<std::string> models;
    for (const auto& file : input.files) models.push_back(file->provenance().model);
    p.model = fmt::format("{}", fmt::join(models, ", "));
  }
  p.settings = {{"activations", of.settings}, {"words", input.models.words}};
  if (!options.neurons.empty()) p.settings["neurons"] = options.neurons;
  return io::to_tree(p);
}

void show_matrix(Console& console, const ComparedModels& models, const SideBySide& found,
                 const std::string& name) {
  const std::vector<std::string> names = models.part_names();
  std::vector<std::string> columns{name};
  std::vector<std::vector<Tree>> rows;
  if (names.size() <= kShownParts) {
    columns.insert(columns.end(), names.begin(), names.end());
    for (std::size_t a = 0; a < names.size(); ++a) {
      std::vector<Tree>& row = rows.emplace_back(std::vector<Tree>{names[a]});
      for (std::size_t b = 0; b < names.size(); ++b)
        row.push_back(shown_number(found.parts(static_cast<Index>(a), static_cast<Index>(b))));
    }
  } else {
    // Of each layer the one of every other model that is most like it.
    columns.insert(columns.end(), {"most like", "by"});
    for (std::size_t a = 0; a < names.size(); ++a)
      for (std::size_t m = 0; m < models.names.size(); ++m) {
        if (models.names.size() > 1 && m == models.parts[a].model) continue;
        std::size_t best = a;
        for (std::size_t b = 0; b < names.size(); ++b) {
          if (models.parts[b].model != m || b == a) continue;
          const auto row = static_cast<Index>(a);
          if (best == a ||
              found.parts(row, static_cast<Index>(b)) > found.parts(row, static_cast<Index>(best)))
            best = b;
        }
        if (best != a)
          rows.push_back(
              {names[a], names[best], found.parts(static_cast<Index>(a), static_cast<Index>(best))});
      }
  }
  console.table(name, columns, rows);
}

void show_neurons(Console& console, const ComparedModels& models, const SideBySide& found, std::size_t model,
                  int show) {
  const NeuronLikeness& of = found.models[model];
  const NeuronList order = order_by_score(of.score);
  std::vector<std::string> columns{"rank", "neuron of " + models.names[model],
                                   std::string(similarities()[static_cast<std::size_t>(found.measure)].name)};
  std::vector<std::size_t> others;
  for (std::size_t m = 0; m < models.names.size(); ++m)
    if (m != model) others.push_back(m), columns.push_back("in " + models.names[m]);
  std::vector<std::vector<Tree>> rows;
  for (std::size_t k = 0; k < order.size() && k < static_cast<std::size_t>(show); ++k) {
    std::vector<Tree>& row = rows.emplace_back(std::vector<Tree>{
        k + 1, models.axes[model].address(static_cast<std::size_t>(order[k])), of.score(order[k])});
    for (const std::size_t m : others) {
      const std::string partner = partner_of(models, found, model, order[k], m);
      row.emplace_back(partner.empty() ? std::string("nothing")
                                       : fmt::format("{} ({:.3f})", partner,
                                                     of.of_model(order[k], static_cast<Index>(m))));
    }
  }
  console.table(fmt::format("{} of {}", similarities()[static_cast<std::size_t>(found.measure)].name,
                            models.names[model]),
                columns, rows);
}

}  // namespace

std::string similarity_summary(std::string_view method) {
  return std::string(similarity_named(method).summary);
}

void declare_cluster_similarity(CLI::App&, ClusterSimilarityOptions&) {}

void run_cluster_similarity(const ClusterCommandOptions& options, const ClusterSimilarityOptions&) {
  Console console(options.common);
  use_threads(options.common.threads);
  std::vector<Similarity> measures{similarity_named(options.method).measure};
  for (const std::string& name : options.also) {
    const Similarity measure = similarity_named(name).measure;
    if (std::find(measures.begin(), measures.end(), measure) == measures.end()) measures.push_back(measure);
  }
  io::WriteOptions writing{options.output.force, {options.inputs.begin(), options.inputs.end()}};
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    writing.inputs.emplace_back(of_neurons);
  const std::vector<SimilarityTarget> targets =
      targets_of(options.output.path, measures, short_names(options.inputs));
  for (const SimilarityTarget& target : targets) io::check_output(target.path, writing);
  std::future<HashedInputs> hashing = hashed_inputs(options);
  SimilarityInput input = open_models(options);

  SideBySideResult result =
      side_by_side(input.sources, input.models.parts, measures,
                   {.memory_bytes = options.memory_bytes, .progress = &console.progress()});
  input.models.moments = std::move(result.moments);

  const HashedInputs inputs = hashing.get();
  for (const SimilarityTarget& target : targets) {
    const SideBySide& found = result.measures[target.measure];
    const bool of_neurons = !found.models.empty();
    io::AnnData out = of_neurons
                          ? similarity_ranking(input.models, found, target.model,
                                               io::neurons_with_statistics(*input.files[target.model],
                                                                           input.models.axes[target.model],
                                                                           input.columns[target.model]))
                          : similarity_table(input.models, found);
    out.uns["neurox"] =
        provenance_tree(options, input, inputs, of_neurons ? "ranking" : "similarity", target.model);
    io::write_anndata(target.path, out, writing);
  }

  console.figure("words", input.models.words);
  if (input.models.left_out > 0) console.figure("words left out", input.models.left_out);
  for (std::size_t m = 0; m < input.models.names.size(); ++m)
    if (const std::int64_t constant = input.models.constant(m); constant > 0)
      console.warn(fmt::format("{}: {} of {} neurons are constant and were kept apart", input.models.files[m],
                               constant, input.models.axes[m].size()));
  for (const SideBySide& found : result.measures)
    show_matrix(console, input.models, found,
                std::string(similarities()[static_cast<std::size_t>(found.measure)].name));
  for (const SimilarityTarget& target : targets)
    if (const SideBySide& found = result.measures[target.measure]; !found.models.empty())
      show_neurons(console, input.models, found, target.model, options.show);
  std::vector<std::string> outputs;
  for (const SimilarityTarget& target : targets) outputs.push_back(target.path);
  if (outputs.size() == 1)
    console.figure("output", outputs.front());
  else
    console.figure("outputs", outputs);
  console.finish();
}

}  // namespace neurox::apps
