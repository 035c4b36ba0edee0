#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "attribute_readings.h"
#include "neuron_choice.h"
#include "neurox/ablate/conditions.h"
#include "neurox/attribute/readout.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/neuron_table.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

using attribute::HeadKind;
using io::Tree;

/// The first neurons of a ranking's order for `overall` (else its last column).
NeuronAxis top_of(const AttributeCommandOptions& options, const io::Provenance& of_model) {
  const NeuronFile file = read_neuron_file(options.ranking, "ranking");
  io::check_same_model(options.model, of_model, options.ranking, file.provenance);
  const MatrixF* ranks = file.data.layer("rank");
  if (ranks == nullptr)
    throw input_error("{}:/layers: no layer 'rank'; `neurox rank` writes it", options.ranking);
  const ablate::Amount amount = ablate::parse_amount(options.top);
  const auto all = static_cast<double>(ranks->rows());
  if (amount.kind == ablate::Amount::Kind::Mass)
    throw usage_error("--top '{}': give a count or a share of all neurons", options.top);
  const auto count = static_cast<Index>(amount.kind == ablate::Amount::Kind::Count
                                            ? amount.value
                                            : std::max(1.0, std::round(amount.value * all)));
  if (count > ranks->rows())
    throw usage_error("--top '{}': {} holds {} neurons", options.top, options.ranking, ranks->rows());
  const auto overall = std::find(file.concepts.begin(), file.concepts.end(), "overall");
  const Index column = overall == file.concepts.end() ? ranks->cols() - 1 : overall - file.concepts.begin();
  std::vector<std::int64_t> order(static_cast<std::size_t>(ranks->rows()));
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return (*ranks)(a, column) < (*ranks)(b, column); });
  order.resize(static_cast<std::size_t>(count));
  return select(file.axis, order);
}

}  // namespace

NeuronAxis named_neurons(const AttributeCommandOptions& options, const ReadingJob& job) {
  if (options.neurons.empty() == options.ranking.empty())
    throw usage_error("{}: which neurons? give --neurons (mlp_post@3:17) or --ranking with --top{}",
                      options.methods.front(), options.neurons.empty() ? "" : ", not both");
  if (options.neurons.empty()) return top_of(options, job.provenance);
  const NeuronAxis all = all_neurons(job.loaded.model.sites());
  return select(all, chosen_neurons(options.neurons, all));
}

namespace {

std::vector<std::string> output_names(const LoadedModel& loaded, const attribute::Readout& readout) {
  std::vector<std::string> names;
  if (readout.kind == HeadKind::Vocabulary) {
    for (std::int64_t id = 0; id < readout.weight.size(0); ++id)
      names.push_back(id < loaded.tokenizer.vocab_size()
                          ? loaded.tokenizer.token_of(static_cast<std::int32_t>(id))
                          : fmt::format("id {}", id));
    return names;
  }
  names = loaded.model.labels();
  return names.empty() ? std::vector<std::string>{"start", "end"} : names;
}

/// Values of the promoted outputs, then of the suppressed ones, side by side; the same of ids.
MatrixF side_by_side(const torch::Tensor& promoted, const torch::Tensor& suppressed) {
  const torch::Tensor all = at::cat({promoted, suppressed}, 1).to(torch::kFloat32).contiguous();
  return Eigen::Map<const MatrixF>(all.data_ptr<float>(), all.size(0), all.size(1));
}

}  // namespace

void run_vocabulary(const AttributeCommandOptions& options) {
  ReadingJob job(options, "vocabulary");
  if (!options.sites.empty()) throw usage_error("vocabulary: choose neurons with --neurons, not --sites");
  const attribute::Readout readout = attribute::linear_readout(job.loaded.model, "vocabulary");
  const NeuronAxis axis = named_neurons(options, job);
  const std::vector<std::string> names = output_names(job.loaded, readout);
  const attribute::Promotion found =
      attribute::promotion(readout, attribute::written_directions(job.loaded.model, axis), options.best);
  const std::int64_t k = found.promoted.size(1);

  io::AnnData file;
  file.obs = io::neuron_table(axis);
  std::vector<std::string> columns;
  for (const char* side : {"promoted", "suppressed"})
    for (std::int64_t i = 1; i <= k; ++i) columns.push_back(fmt::format("{} {}", side, i));
  file.var.rows = static_cast<std::int64_t>(columns.size());
  file.var.row_names = columns;
  file.X = side_by_side(found.promoted, found.suppressed);
  file.layers.emplace_back("id", side_by_side(found.promoted_ids, found.suppressed_ids));
  std::vector<std::string> texts[2];
  std::vector<std::vector<Tree>> shown;
  for (std::size_t i = 0; i < axis.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto list = [&](const torch::Tensor& ids, std::int64_t most) {
      std::string out;
      for (std::int64_t c = 0; c < std::min(k, most); ++c)
        out += (c > 0 ? " " : "") + names[static_cast<std::size_t>(ids[row][c].item<std::int64_t>())];
      return out;
    };
    texts[0].push_back(list(found.promoted_ids, k));
    texts[1].push_back(list(found.suppressed_ids, k));
    if (i < static_cast<std::size_t>(options.show))
      shown.push_back({axis.address(i), texts[0].back(), found.promoted[row][0].item<double>(),
                       texts[1].back(), found.suppressed[row][0].item<double>()});
  }
  file.obs.add("promoted", texts[0]);
  file.obs.add("suppressed", texts[1]);
  file.uns["sites"] = io::sites_tree(axis);
  job.provenance.settings["neurons"] = options.neurons.empty() ? "" : options.neurons;
  job.provenance.settings["best"] = k;
  if (!options.ranking.empty()) {
    job.provenance.settings["top"] = options.top;
    job.provenance.add_input(options.ranking);
  }
  if (const std::string of_neurons = file_of_choice(options.neurons); !of_neurons.empty())
    job.provenance.add_input(of_neurons);
  file.uns["neurox"] = io::to_tree(job.provenance);
  io::write_anndata(options.output.path, file, job.writing);
  job.console.figure("neurons", axis.size());
  job.console.table("vocabulary", {"neuron", "promotes", "most", "suppresses", "least"}, shown);
  job.finish();
}

}  // namespace neurox::apps
