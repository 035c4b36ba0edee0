#include "attribute_concepts.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "attribute_readings.h"
#include "concept_use_table.h"
#include "neurox/attribute/over_baselines.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "probe_input.h"

namespace neurox::apps {
namespace {

/// A ranking, and where each of its neurons lies in the attributions.
struct Concepts {
  NeuronFile file;
  std::vector<Index> places;
  attribute::ConceptUse use;

  attribute::ConceptUse::Use of(const VectorD& attributions) const {
    VectorD own(static_cast<Index>(places.size()));
    for (std::size_t i = 0; i < places.size(); ++i) own(static_cast<Index>(i)) = attributions(places[i]);
    return use.of(own);
  }
};

const attribute::LayerMethod& method_of(const AttributeCommandOptions& options) {
  std::vector<std::string> known;
  for (const attribute::LayerMethod& m : attribute::layer_methods()) {
    if (options.methods.size() == 1 && m.name == options.methods.front()) return m;
    known.emplace_back(m.name);
  }
  if (options.methods.size() > 1)
    throw usage_error("--concepts: {} methods; give one for each output", options.methods.size());
  throw usage_error("--concepts: no method '{}' for neurons{}; it takes {}", options.methods.front(),
                    did_you_mean(options.methods.front(), known), fmt::join(known, ", "));
}

/// The sites of the rankings' neurons, in the model's order.
std::vector<SiteColumns> sites_of(const AttributeCommandOptions& options,
                                  const std::vector<NeuronFile>& files, const model::Model& model) {
  const std::vector<SiteColumns> available = model.sites();
  std::vector<bool> allowed(available.size(), options.sites.empty()), wanted(available.size(), false);
  if (!options.sites.empty())
    for (const std::size_t s : select_sites(options.sites, available)) allowed[s] = true;
  for (const NeuronFile& file : files)
    for (const Neuron& neuron : file.axis.neurons) {
      const SiteColumns& site = file.axis.sites[static_cast<std::size_t>(neuron.site)];
      const auto it = std::find_if(available.begin(), available.end(),
                                   [&](const SiteColumns& s) { return s.site == site.site; });
      if (it == available.end() || it->width <= neuron.index)
        throw input_error("{}: ranks {}:{}, which the model has not; rank neurons of this model", file.path,
                          site.site, neuron.index);
      const auto place = static_cast<std::size_t>(it - available.begin());
      if (!allowed[place])
        throw usage_error("{}: ranks neurons of {}, which --sites '{}' leaves out; leave --sites away",
                          file.path, site.site, options.sites);
      wanted[place] = true;
    }
  std::vector<SiteColumns> out;
  for (std::size_t s = 0; s < available.size(); ++s)
    if (wanted[s]) out.push_back(available[s]);
  return out;
}

Concepts concepts_of(NeuronFile file, const std::vector<SiteColumns>& columns,
                     const AttributeCommandOptions& options) {
  std::map<std::string, std::pair<int, Index>> begins;  // of each site: its number, its first place
  Index first = 0;
  for (std::size_t s = 0; s < columns.size(); ++s) {
    begins[columns[s].site] = {static_cast<int>(s), first};
    first += columns[s].width;
  }
  std::vector<Index> places;
  std::vector<int> layers;
  for (std::size_t i = 0; i < file.axis.size(); ++i) {
    const auto& [layer, begin] = begins.at(file.axis.site(i));
    places.push_back(begin + file.axis.neurons[i].index);
    layers.push_back(layer);
  }
  const MatrixD scores = file.data.X->cast<double>();
  for (Index c = 0; c < scores.cols(); ++c)
    if (!scores.col(c).allFinite() || scores.col(c).cwiseAbs().maxCoeff() == 0)
      throw input_error("{}: the scores of '{}' are {}; rank it anew", file.path,
                        file.concepts[static_cast<std::size_t>(c)],
                        scores.col(c).allFinite() ? "all 0" : "not all finite");
  attribute::ConceptUse use(scores, layers, {.permutations = options.permutations, .seed = options.seed});
  return {std::move(file), std::move(places), std::move(use)};
}

/// Summed over the tokens, sites side by side.
VectorD summed(const attribute::LayerAttribution& found) {
  std::vector<torch::Tensor> sites;
  sites.reserve(found.values.size());
  for (const torch::Tensor& x : found.values) sites.push_back(x.to(torch::kCPU, torch::kFloat64).sum(0));
  const torch::Tensor all = at::cat(sites).contiguous();
  return Eigen::Map<const VectorD>(all.const_data_ptr<double>(), all.size(0));
}

}  // namespace

void declare_concepts(CLI::App& app, AttributeCommandOptions& options) {
  app.add_option("--concepts", options.concepts,
                 "Explain predictions by the concepts of these rankings: the attribution of each concept's "
                 "neurons, weighted by their scores, against permuted scores")
      ->delimiter(',')
      ->type_name("FILES");
  app.add_option("--permutations", options.permutations, "Of the scores within each layer, for --concepts")
      ->check(CLI::Range(2, 1000000))
      ->capture_default_str()
      ->type_name("N");
}

bool run_concepts(const AttributeCommandOptions& options) {
  if (options.concepts.empty()) return false;
  const attribute::LayerMethod& method = method_of(options);
  if (options.corpus.path.empty()) throw usage_error("attribute: CORPUS is required");
  ReadingJob job(options, "concepts");
  for (const std::string& path : options.concepts) job.writing.inputs.emplace_back(path);
  io::check_output(options.output.path, job.writing);
  std::vector<NeuronFile> files;
  for (const std::string& path : options.concepts) {
    files.push_back(read_neuron_file(path, "ranking"));
    io::check_same_model(options.model, job.provenance, path, files.back().provenance);
    job.provenance.add_input(path);
  }
  const std::vector<SiteColumns> columns = sites_of(options, files, job.loaded.model);
  std::vector<Site> sites;
  sites.reserve(columns.size());
  for (const SiteColumns& c : columns) sites.push_back(*site_of(c));
  std::vector<Concepts> rankings;
  std::vector<std::string> of_ranking, names;
  for (NeuronFile& file : files) {
    rankings.push_back(concepts_of(std::move(file), columns, options));
    for (const std::string& name : rankings.back().file.concepts) {
      of_ranking.push_back(std::filesystem::path(rankings.back().file.path).filename().string());
      names.push_back(name);
    }
  }
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus,
                                      example_options(options));
  ConceptUseTable table(of_ranking, names);
  const auto use_of = [&](const VectorD& attributions) {
    std::vector<attribute::ConceptUse::Use> out;
    out.reserve(rankings.size());
    for (const Concepts& ranking : rankings) out.push_back(ranking.of(attributions));
    return out;
  };
  VectorD total;
  const std::int64_t n = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, attribute::Example example) {
        const attribute::LayerAttribution found =
            attribute::over_baselines(method, example, sites, method_options(options));
        const VectorD neurons = summed(found);
        total = total.size() == 0 ? neurons : VectorD(total + neurons);
        table.add(number, sentence.text, example.target, found.value, use_of(neurons));
      });
  if (n > 0) table.set_corpus(use_of(total / static_cast<double>(n)));
  job.provenance.seed = options.seed;
  job.provenance.settings["target"] = options.target;
  job.provenance.settings["scale"] = options.scale;
  job.provenance.settings["baseline"] = maker.baselines();
  job.provenance.settings["steps"] = options.steps;
  job.provenance.settings["permutations"] = options.permutations;
  job.write(table.anndata(), n);
  table.show(job.console, options.show);
  job.finish();
  return true;
}

}  // namespace neurox::apps
