#include "ablate_operations.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/neuron_table.h"
#include "neurox/label/regex.h"
#include "neurox/label/where.h"
#include "neurox/label/words.h"

namespace neurox::apps {
namespace {

using ablate::Change;
using ablate::Operation;
using ablate::Positions;

bool asks_for(const std::vector<ablate::OperationChoice>& operations, Operation wanted) {
  return std::any_of(operations.begin(), operations.end(),
                     [&](const ablate::OperationChoice& o) { return o.operation == wanted; });
}

using ByAddress = std::map<std::pair<std::string, std::int32_t>, double>;

std::vector<double> on_axis(const ByAddress& values, const NeuronAxis& axis) {
  std::vector<double> out(axis.size(), std::nan(""));
  for (std::size_t i = 0; i < axis.size(); ++i)
    if (const auto it = values.find({axis.site(i), axis.neurons[i].index}); it != values.end())
      out[i] = it->second;
  return out;
}

/// A column of a ranking, a probe or a file of concept vectors, by neuron.
std::vector<double> direction(const AblateCommandOptions& options, const NeuronAxis& axis) {
  const io::AnnData file = io::read_anndata(options.vector);
  if (!file.X || !file.var.row_names)
    throw input_error("{}: holds no vectors; give a ranking, a probe or what `tcav --directions` writes",
                      options.vector);
  const std::vector<std::string>& names = *file.var.row_names;
  const auto it = std::find(names.begin(), names.end(), options.concept_name);
  if (it == names.end())
    throw usage_error("{}: no vector '{}'{}; it has {} (--concept)", options.vector, options.concept_name,
                      did_you_mean(options.concept_name, names), fmt::join(names, ", "));
  const NeuronAxis of_file = io::neuron_axis(file.obs, file.uns, options.vector);
  const MatrixF* weights = file.layer("weight");
  double nowhere = 0;        // what stands for neither side
  if (weights == nullptr) {  // a ranking's scores have no sign; the layer has it, around 1/2 of an area
    weights = file.layer("signed");
    if (weights != nullptr && file.uns.contains("ranking") &&
        file.uns.at("ranking").value("method", "") == "auroc")
      nowhere = 0.5;
  }
  const VectorD column = (weights != nullptr ? *weights : *file.X)
                             .col(static_cast<Index>(it - names.begin()))
                             .cast<double>()
                             .array() -
                         nowhere;
  std::map<std::string, double> squares;
  for (std::size_t i = 0; i < of_file.size(); ++i) {
    const double v = column[static_cast<Index>(i)];
    if (std::isfinite(v)) squares[of_file.site(i)] += v * v;
  }
  ByAddress values;
  for (std::size_t i = 0; i < of_file.size(); ++i) {
    const double v = column[static_cast<Index>(i)];
    if (!std::isfinite(v)) continue;
    const double length = options.unit_vector ? std::sqrt(squares.at(of_file.site(i))) : 1;
    values[{of_file.site(i), of_file.neurons[i].index}] = length > 0 ? v / length : 0;
  }
  return on_axis(values, axis);
}

/// Quantiles of the neurons of an activation file over the rows where a condition holds.
std::map<double, std::vector<double>> quantiles(const AblateCommandOptions& options, const NeuronAxis& axis,
                                                const std::set<double>& shares) {
  const auto file = io::ActivationReader::open(options.quantiles_of);
  const label::Words words = label::words_of(*file);
  const std::vector<bool> usable = io::usable_rows(*file);
  std::vector<bool> holds(words.rows(), true);
  if (!options.where.empty()) holds = label::Columns(words, {}).where(options.where);
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < holds.size(); ++i)
    if (holds[i] && usable[i]) rows.push_back(static_cast<std::int64_t>(i));
  if (rows.empty()) throw input_error("{}: no row where {}", options.quantiles_of, options.where);
  std::map<std::pair<std::string, std::int32_t>, std::size_t> wanted;
  for (std::size_t i = 0; i < axis.size(); ++i) wanted[{axis.site(i), axis.neurons[i].index}] = i;
  std::map<double, std::vector<double>> out;
  for (const double share : shares) out[share].assign(axis.size(), std::nan(""));
  const NeuronAxis& neurons = file->neurons();
  constexpr std::int64_t together = 256;
  for (std::int64_t first = 0; first < file->cols(); first += together) {
    std::vector<std::int64_t> columns;
    std::vector<std::size_t> places;
    for (std::int64_t c = first; c < std::min<std::int64_t>(first + together, file->cols()); ++c) {
      const auto i = static_cast<std::size_t>(c);
      const auto it = wanted.find({neurons.site(i), neurons.neurons[i].index});
      if (it == wanted.end()) continue;
      columns.push_back(c);
      places.push_back(it->second);
    }
    if (columns.empty()) continue;
    const auto source = file->select_rows(rows, columns);
    MatrixF X(source->rows(), source->cols());
    source->read(0, X);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      std::vector<float> values(X.col(static_cast<Index>(c)).begin(), X.col(static_cast<Index>(c)).end());
      std::sort(values.begin(), values.end());
      for (auto& [share, numbers] : out) numbers[places[c]] = ablate::quantile_of_sorted(values, share);
    }
  }
  return out;
}

}  // namespace

void declare_operations(CLI::App& app, AblateCommandOptions& options) {
  std::string summary = "What becomes of an activation; several are tried in turn: ";
  for (const ablate::OperationRow& row : ablate::operations())
    summary +=
        fmt::format("{}{}", row.operation == Operation::Zero ? "" : "; ",
                    row.parameter == ablate::Parameter::None ? fmt::format("{} ({})", row.name, row.summary)
                                                             : std::string(row.summary));
  app.add_option("--operation", options.operations, summary)
      ->delimiter(',')
      ->default_str("zero")
      ->type_name("HOW");
  app.add_option("--value", options.value, "The number of an operation that is given without one")
      ->type_name("X");
  app.add_option(
         "--means", options.means,
         "Activations whose means --operation mean takes (default: the ranking's own, where it has them)")
      ->type_name("FILE");
  app.add_option(
         "--vector", options.vector,
         "Direction for --operation add: the column --concept of a ranking, a probe or concept vectors; "
         "alone, all neurons that it has are moved")
      ->type_name("FILE");
  app.add_flag("--unit-vector", options.unit_vector, "Scale the direction to length 1 at each site");
  app.add_option("--quantiles-of", options.quantiles_of,
                 "Activations of which --operation quantile takes quantiles")
      ->type_name("FILE");
  app.add_option("--where", options.where,
                 "Over their rows where this holds: upos=NOUN and feats.Number=Plur")
      ->type_name("CONDITION");
  app.add_option("--positions", options.positions,
                 "Where the text is edited: all, first or last (pieces), /REGEX/ (words that match) or a "
                 "condition on words: upos=VERB; with --generate also prompt, generated and generated:3-10 "
                 "(new tokens, from 0), last being the newest place in each step")
      ->capture_default_str()
      ->type_name("WHERE");
  app.add_option("--donors", options.donors,
                 "Other text: what resample draws from, or the counterpart of each sentence for patch")
      ->type_name("FILE");
}

std::vector<ablate::OperationChoice> operations_of(const AblateCommandOptions& options) {
  std::vector<ablate::OperationChoice> out;
  for (const std::string& text : options.operations)
    out.push_back(ablate::parse_operation(text, options.value));
  const bool donors = asks_for(out, Operation::Resample) || asks_for(out, Operation::Patch);
  if (donors && options.donors.empty())
    throw usage_error("ablate: resample and patch take activations of other text: give --donors FILE");
  if (!donors && !options.donors.empty())
    throw usage_error("ablate: --donors is for the operations resample and patch");
  if (asks_for(out, Operation::Quantile) && options.quantiles_of.empty())
    throw usage_error("ablate: quantile takes activations: give --quantiles-of FILE");
  if (!options.quantiles_of.empty() && !asks_for(out, Operation::Quantile))
    throw usage_error("ablate: --quantiles-of is for the operation quantile");
  if (!options.vector.empty() && !asks_for(out, Operation::Add))
    throw usage_error("ablate: --vector is for the operation add");
  if (!options.where.empty() && options.quantiles_of.empty())
    throw usage_error("ablate: --where chooses rows of --quantiles-of, which is not given");
  return out;
}

bool acts_everywhere(const AblateCommandOptions& options) {
  return options.positions == "all" && options.donors.empty();
}

void give_numbers(const AblateCommandOptions& options, ablate::RankedNeurons& source) {
  if (!options.vector.empty()) source.direction = direction(options, source.axis);
  if (options.quantiles_of.empty()) return;
  std::set<double> shares;
  for (const ablate::OperationChoice& o : operations_of(options))
    if (o.operation == Operation::Quantile) shares.insert(o.value);
  source.quantiles = quantiles(options, source.axis, shares);
}

ablate::Condition neurons_of_vector(const ablate::RankedNeurons& source) {
  std::vector<std::int64_t> list;
  for (std::size_t i = 0; i < source.direction.size(); ++i)
    if (std::isfinite(source.direction[i])) list.push_back(static_cast<std::int64_t>(i));
  if (list.empty()) throw input_error("{}: none of its neurons is one of the model's", source.name);
  return ablate::condition_of_list(source, 0, std::move(list), false);
}

Positions positions_of(const std::string& asked, io::CorpusReader& corpus) {
  Positions positions;
  if (asked == "all") return positions;
  if (asked == "first" || asked == "last") {
    positions.kind = asked == "first" ? Positions::Kind::First : Positions::Kind::Last;
    return positions;
  }
  positions.kind = Positions::Kind::Words;
  corpus.rewind();
  const label::Words words = label::words_of(corpus, label::Unit::Word);
  corpus.rewind();
  std::vector<bool> chosen;
  if (asked.size() > 2 && asked.front() == '/' && asked.back() == '/')
    chosen = label::found_in_each(label::Regex(asked.substr(1, asked.size() - 2)), words.text);
  else
    chosen = label::Columns(words, {}).where(asked);
  for (std::size_t i = 0; i < words.rows(); ++i) {
    const auto sentence = static_cast<std::size_t>(words.sentence[i]);
    if (positions.words.size() <= sentence) positions.words.resize(sentence + 1);
    positions.words[sentence].push_back(chosen[i]);
  }
  if (std::find(chosen.begin(), chosen.end(), true) == chosen.end())
    throw input_error("{}: no word where {} (--positions)", corpus.name(), asked);
  return positions;
}

void add_ablation(io::Provenance& provenance, const AblateCommandOptions& options,
                  const io::CorpusReader& corpus) {
  add_corpus(provenance, corpus);
  for (const std::string& path : options.rankings) provenance.add_input(path);
  for (const std::string* file : {&options.probe, &options.vector, &options.quantiles_of, &options.donors})
    if (!file->empty()) provenance.add_input(*file);
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    provenance.add_input(of_neurons);
  provenance.settings = {{"operation", fmt::format("{}", fmt::join(options.operations, ","))},
                         {"concept", options.concept_name},
                         {"keep", options.keep},
                         {"random", options.random},
                         {"match_sites", options.match_sites},
                         {"positions", options.positions}};
}

EditPlaces::EditPlaces(const AblateCommandOptions& options, LoadedModel& loaded, io::CorpusReader& corpus,
                       const std::vector<std::vector<ablate::SiteEdit>>& edits,
                       const ablate::AblationOptions& work) {
  placement_.positions = positions_of(options.positions, corpus);
  placement_.seed = options.seed;
  if (options.donors.empty()) return;
  ablate::DonorOptions taking;
  for (const auto& condition : edits)
    for (const ablate::SiteEdit& edit : condition) {
      if (!ablate::has_donors(edit.change)) continue;
      taking.sites.insert(edit.site);
      placement_.counterparts = placement_.counterparts || edit.change == Change::Patch;
    }
  CorpusArguments arguments = options.corpus;
  arguments.path = options.donors;
  arguments.label_files.clear();
  const auto other = open_corpus(arguments);
  taking.positions = positions_of(options.positions, *other);
  taking.plan = work.plan;
  taking.batch_tokens = work.batch_tokens;
  donors_ = ablate::Donors::collect(loaded.model, loaded.tokenizer, *other, taking);
  placement_.donors = &*donors_;
}

}  // namespace neurox::apps
