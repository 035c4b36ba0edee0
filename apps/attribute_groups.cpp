#include "attribute_groups.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "group_table.h"
#include "neuron_texts.h"
#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/core/selection.h"

namespace neurox::apps {
namespace {

const std::vector<std::string> own_groupings{"neuron", "head", "site", "block"};

/// --groups names a file unless it is one of the model's own groupings.
bool is_file(const std::string& groups) {
  return std::filesystem::exists(groups) &&
         std::find(own_groupings.begin(), own_groupings.end(), groups) == own_groupings.end();
}

const attribute::GroupMethod* group_method_of(const AttributeCommandOptions& options) {
  for (const attribute::GroupMethod& m : attribute::group_methods())
    for (const std::string& name : options.methods)
      if (m.name == name && (name == "ablation" || !(options.sites.empty() && options.groups.empty())))
        return &m;
  return nullptr;
}

}  // namespace

NeuronGroups groups_of(const AttributeCommandOptions& options, const model::Model& model) {
  const bool file = is_file(options.groups);
  if (options.sites.empty() && !file)
    throw usage_error("attribute: give --sites: which neurons are replaced, e.g. attn_z or mlp_post@3");
  const std::vector<SiteColumns> available = model.sites();
  std::vector<SiteColumns> columns;
  for (const std::size_t s : select_sites(options.sites.empty() ? "all" : options.sites, available))
    if (available[s].width > 0) columns.push_back(available[s]);
  if (columns.empty())
    throw usage_error("--sites '{}': attn_pattern has no neurons; choose attn_z for what a head passes on",
                      options.sites);
  const NeuronAxis all = all_neurons(columns);
  if (!file) return {all, attribute::group_neurons(all, options.groups)};
  // The file may speak of sites beyond those of --sites.
  const NeuronAxis whole = all_neurons([&] {
    std::vector<SiteColumns> with_neurons;
    for (const SiteColumns& c : available)
      if (c.width > 0) with_neurons.push_back(c);
    return with_neurons;
  }());
  const std::vector<std::string> labels = groups_of_file(options.groups, whole);
  std::vector<std::int64_t> kept;
  std::vector<std::string> kept_labels;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool chosen = std::any_of(columns.begin(), columns.end(),
                                    [&](const SiteColumns& c) { return c.site == whole.site(i); });
    if (!chosen || labels[i].empty() || labels[i] == "-1") continue;
    kept.push_back(static_cast<std::int64_t>(i));
    kept_labels.push_back(labels[i]);
  }
  if (kept.empty())
    throw input_error("{}: puts no neuron of {} in a group", options.groups,
                      options.sites.empty() ? "this model" : options.sites);
  return {select(whole, kept), attribute::groups_of_labels(kept_labels)};
}

namespace {

/// Mean of every neuron over all tokens of the corpus, special ones too.
std::vector<double> corpus_means(ReadingJob& job, const attribute::ExampleMaker& maker,
                                 const NeuronAxis& axis) {
  std::vector<Site> sites;
  for (const SiteColumns& c : axis.sites) sites.push_back(*site_of(c));
  std::vector<torch::Tensor> sums(sites.size());
  std::int64_t tokens = 0;
  job.over_examples(maker, [&](const io::Sentence&, std::int64_t, const attribute::Example& example) {
    const auto found = example.function->activations(example.function->embeddings(), sites);
    for (std::size_t s = 0; s < sites.size(); ++s) {
      const torch::Tensor sum = found[s].to(torch::kCPU, torch::kFloat64).sum(0);
      sums[s] = sums[s].defined() ? sums[s] + sum : sum;
    }
    tokens += example.function->tokens();
  });
  job.passed_over = 0;
  if (tokens == 0) throw input_error("{}: no text that the model takes", job.corpus->name());
  std::vector<double> out;
  for (const Neuron& n : axis.neurons)
    out.push_back(sums[static_cast<std::size_t>(n.site)].const_data_ptr<double>()[n.index] /
                  static_cast<double>(tokens));
  return out;
}

}  // namespace

std::vector<double> replacements(ReadingJob& job, const attribute::ExampleMaker& maker,
                                 const NeuronAxis& axis) {
  const AttributeCommandOptions& options = job.options;
  if (options.operation != "mean")
    return std::vector<double>(axis.size(), options.operation == "set" ? options.replaced_by : 0.0);
  if (options.means.empty()) return corpus_means(job, maker, axis);
  std::vector<double> out = numbers_of_file(options.means, axis);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (!std::isfinite(out[i]))
      throw input_error("{}: no value for {}; extract its site", options.means, axis.address(i));
  return out;
}

std::string group_method_names() {
  std::string names;
  for (const auto& m : attribute::group_methods()) names += (names.empty() ? "" : ", ") + std::string(m.name);
  return names;
}

void declare_groups(CLI::App& app, AttributeCommandOptions& options) {
  app.add_option("--groups", options.groups,
                 "Groups of neurons (" + group_method_names() +
                     "): neuron, head, site, block, or a file with the group of each neuron")
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--operation", options.operation,
                 "Groups: replace by zero, by the neuron's mean, or set to --value")
      ->check(CLI::IsMember({"zero", "mean", "set"}))
      ->capture_default_str()
      ->type_name("HOW");
  app.add_option("--value", options.replaced_by, "The value of --operation set")
      ->capture_default_str()
      ->type_name("X");
  app.add_option("--means", options.means,
                 "What --operation mean takes instead of the mean over CORPUS: activations, or lines "
                 "NEURONS<TAB>VALUE")
      ->type_name("FILE");
}

bool run_groups(const AttributeCommandOptions& options) {
  const attribute::GroupMethod* method = group_method_of(options);
  if (method == nullptr) {
    if (!options.groups.empty())
      throw usage_error("attribute: --groups goes with --method {}", group_method_names());
    return false;
  }
  if (options.methods.size() > 1)
    throw usage_error("attribute: {} methods; of groups of neurons give one for each output",
                      options.methods.size());
  if (!options.means.empty() && options.operation != "mean")
    throw usage_error("attribute: --means goes with --operation mean");
  AttributeCommandOptions asked = options;
  if (asked.groups.empty()) asked.groups = "neuron";
  // Words stay as they are: no baseline of theirs is looked for.
  asked.baselines = {"zero"};

  ReadingJob job(asked, "ranking");
  if (is_file(asked.groups)) job.writing.inputs.emplace_back(asked.groups);
  if (!asked.means.empty()) job.writing.inputs.emplace_back(asked.means);
  io::check_output(asked.output.path, job.writing);
  const auto [axis, groups] = groups_of(asked, job.loaded.model);
  attribute::ExampleOptions examples = example_options(asked);
  examples.accuracy = true;
  const attribute::ExampleMaker maker(job.loaded.model, job.loaded.tokenizer, *job.corpus, examples);
  const std::vector<double> values = replacements(job, maker, axis);
  const std::vector<attribute::Edits> edits = attribute::edits_of_groups(axis, groups, values);
  const attribute::MethodOptions settings = method_options(asked);
  GroupTable table(axis, groups, *method, asked.groups);
  const std::int64_t sentences = job.over_examples(
      maker, [&](const io::Sentence& sentence, std::int64_t number, const attribute::Example& example) {
        const attribute::EditedFunction f(*example.function);
        table.add(number, sentence.text, example.target, method->run(f, edits, settings));
      });
  job.provenance.seed = asked.seed;
  job.provenance.settings["target"] = asked.target;
  job.provenance.settings["scale"] = asked.scale;
  if (!asked.against.empty()) job.provenance.settings["against"] = asked.against;
  job.provenance.settings["operation"] = asked.operation;
  if (asked.operation == "set") job.provenance.settings["value"] = asked.replaced_by;
  job.provenance.settings["samples"] = asked.samples;
  job.provenance.settings["groups"] = is_file(asked.groups) ? "file" : asked.groups;
  for (const std::string& file : {is_file(asked.groups) ? asked.groups : std::string(), asked.means})
    if (!file.empty())
      job.provenance.inputs.emplace_back(std::filesystem::path(file).filename().string(), sha256_file(file));
  job.write(table.anndata(), sentences);
  job.console.figure("groups of neurons", groups.size());
  job.console.figure("replaced by", asked.operation == "set"    ? fmt::format("{}", asked.replaced_by)
                                    : asked.operation == "zero" ? "zero"
                                    : asked.means.empty()       ? "the mean over the corpus"
                                                                : asked.means);
  job.console.figure("mean f(x)", table.mean_value());
  table.show(job.console, asked.show);
  job.finish();
  return true;
}

}  // namespace neurox::apps
