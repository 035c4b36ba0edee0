#include "command_attribute.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "attribute_concepts.h"
#include "attribute_groups.h"
#include "attribute_neuron_pairs.h"
#include "attribute_readings.h"
#include "attribute_shares.h"
#include "attribute_trees.h"
#include "attribute_trust.h"
#include "attribution_table.h"
#include "console.h"
#include "kept_words.h"
#include "model_input.h"
#include "neurox/attribute/example.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/neuron_scores.h"
#include "neurox/attribute/over_baselines.h"
#include "neurox/attribute/tree_methods.h"
#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/core/nearest.h"
#include "neurox/core/selection.h"
#include "neurox/io/output.h"

namespace neurox::apps {
namespace {

using attribute::Join;

template <class Method>
const Method* find(std::span<const Method> table, const std::string& name) {
  for (const Method& m : table)
    if (m.name == name) return &m;
  return nullptr;
}

/// The methods that were named, all of one table.
template <class Method>
std::vector<const Method*> chosen(std::span<const Method> table, const std::vector<std::string>& names,
                                  const char* of) {
  std::vector<std::string> known;
  for (const Method& m : table) known.emplace_back(m.name);
  for (const attribute::TreeMethod& m : attribute::tree_methods()) known.emplace_back(m.name);
  std::vector<const Method*> out;
  for (const std::string& name : names) {
    out.push_back(find(table, name));
    if (out.back() == nullptr)
      throw usage_error("attribute: no method '{}' for {}{}; `neurox attribute --help` lists them", name, of,
                        did_you_mean(name, known));
  }
  return out;
}

/// `mean over pad, zero`
std::string baseline_words(const attribute::ExampleMaker& maker) {
  const auto names = fmt::format("{}", fmt::join(maker.baselines(), ", "));
  return maker.baselines().size() > 1 ? "mean over " + names : names;
}

/// Everything that the three kinds of run share.
struct Job {
  const AttributeCommandOptions& options;
  Console& console;
  io::CorpusReader& corpus;
  LoadedModel& loaded;
  const attribute::ExampleMaker& maker;
  io::Provenance& provenance;
  const io::WriteOptions& writing;
  attribute::MethodOptions settings;

  /// Calls `each(sentence, number, example)` for every sentence that is not passed over for its length.
  template <class Each>
  std::int64_t over_examples(const Each& each) const {
    console.progress().stage("attribute", 0, "sentences");
    std::int64_t n = 0, passed_over = 0;
    corpus.rewind();
    while (const auto sentence = corpus.next()) {
      if (options.too_long == "skip" && !maker.fits(*sentence)) {
        ++passed_over;
        continue;
      }
      attribute::Example example = maker.make(*sentence);
      each(*sentence, n, example);
      console.progress().advance_to(++n);
    }
    if (n == 0) throw input_error("{}: every text is longer than the model takes", corpus.name());
    if (passed_over > 0)
      console.warn(fmt::format("{} texts are longer than the model takes and were left out", passed_over));
    return n;
  }
};

void run_inputs(const Job& job, const std::vector<const attribute::InputMethod*>& methods) {
  InputTable table(job.options.methods);
  std::optional<TrustTable> trust;
  if (job.options.trust) trust.emplace(job.options, methods, job.loaded, job.console);
  const std::int64_t n =
      job.over_examples([&](const io::Sentence& sentence, std::int64_t number, attribute::Example& example) {
        std::vector<attribute::RowAttribution> results;
        for (const auto* method : methods) {
          attribute::MethodOptions settings = job.settings;
          if (job.options.join.empty()) settings.join = method->join;
          results.push_back(attribute::over_baselines(*method, example, settings));
        }
        table.add(sentence, number, example, results);
        if (job.options.faithfulness)
          table.add_faithfulness(attribute::judge_over_baselines(example, results, job.settings.seed));
        if (trust) trust->add(number, example, results);
      });
  add_corpus(job.provenance, job.corpus);
  io::AnnData file = table.anndata(job.provenance);
  std::vector<std::string> join;
  for (const auto* method : methods)
    join.push_back(!job.options.join.empty() ? job.options.join : method->join == Join::Sum ? "sum" : "l2");
  file.var.add("join", join);
  if (trust) trust->put(file);
  io::write_anndata(job.options.output.path, file, job.writing);
  job.console.figure("sentences", n);
  table.show(job.console, job.options.show);
  if (trust) trust->show(job.console);
}

void run_pairs(const Job& job, const std::vector<const attribute::PairMethod*>& methods) {
  PairTable table(job.options.methods);
  const std::int64_t n =
      job.over_examples([&](const io::Sentence& sentence, std::int64_t number, attribute::Example& example) {
        std::vector<attribute::RowPairs> results;
        for (const auto* method : methods)
          results.push_back(attribute::over_baselines(*method, example, job.settings));
        table.add(sentence, number, example, results);
      });
  add_corpus(job.provenance, job.corpus);
  io::AnnData file = table.anndata();
  file.uns["neurox"] = io::to_tree(job.provenance);
  io::write_anndata(job.options.output.path, file, job.writing);
  job.console.figure("sentences", n);
  table.show(job.console, job.options.show);
}

/// A name for each row's kind: its segment or its label where --by asks for one, `special` for special
/// tokens.
std::vector<std::string> kinds_of(const attribute::Example& example, const io::Sentence& sentence,
                                  const std::string& by, std::optional<std::size_t> label_set) {
  std::vector<std::string> kinds;
  for (const attribute::ExampleRow& row : example.rows) {
    if (by == "segment")
      kinds.push_back(row.segment);
    else if (row.special)
      kinds.emplace_back("special");
    else if (label_set && row.word >= 0 &&
             static_cast<std::size_t>(row.word) < sentence.word_labels[*label_set].size())
      kinds.push_back(sentence.word_labels[*label_set][static_cast<std::size_t>(row.word)]);
    else
      kinds.emplace_back(label_set ? "" : row.sequence == 0 ? "word" : "second text");
  }
  return kinds;
}

void run_neurons(const Job& job, const attribute::LayerMethod& method) {
  const std::vector<SiteColumns> available = job.loaded.model.sites();
  std::vector<SiteColumns> columns;
  std::vector<Site> sites;
  for (const std::size_t s : select_sites(job.options.sites, available)) {
    if (available[s].width == 0) continue;
    columns.push_back(available[s]);
    sites.push_back(*site_of(available[s]));
  }
  if (sites.empty())
    throw usage_error("--sites '{}': attn_pattern has no neurons; choose attn_z for what a head passes on",
                      job.options.sites);
  std::optional<std::size_t> label_set;
  if (!job.options.by.empty() && job.options.by != "segment") {
    const auto& sets = job.corpus.word_label_sets();
    const auto it = std::find(sets.begin(), sets.end(), job.options.by);
    if (it == sets.end())
      throw usage_error("{}: no word labels '{}'{}; `segment` goes with every corpus", job.corpus.name(),
                        job.options.by, did_you_mean(job.options.by, sets));
    label_set = static_cast<std::size_t>(it - sets.begin());
  }
  const NeuronAxis axis = all_neurons(columns);
  attribute::NeuronScores scores(static_cast<Index>(axis.size()));
  NeuronTable table(columns, std::string(method.name));
  KeptWords kept(job.options.keep_words);
  const std::int64_t n =
      job.over_examples([&](const io::Sentence& sentence, std::int64_t number, attribute::Example& example) {
        const attribute::LayerAttribution found =
            attribute::over_baselines(method, example, sites, job.settings);
        kept.add(number, sentence, example, found);
        scores.add(found, example, kinds_of(example, sentence, job.options.by, label_set));
        table.add(number, sentence, example, found);
      });
  add_corpus(job.provenance, job.corpus);
  const auto result = scores.result();
  io::AnnData file = table.anndata(axis, result, job.provenance);
  kept.put(file);
  if (!job.options.keep_words.empty() && kept.empty())
    job.console.warn("--keep-words: none of these words is in the first sentences");
  io::write_anndata(job.options.output.path, file, job.writing);
  job.console.figure("sentences", n);
  table.show(job.console, axis, result, job.options.show);
}

}  // namespace

void run_attribute(const AttributeCommandOptions& options) {
  Console console(options.common);
  if (options.methods.empty())
    throw usage_error("attribute: give --method; `neurox attribute --help` names them");
  check_trust(options);
  if (run_concepts(options) || run_shares(options) || run_neuron_pairs(options) || run_reading(options) ||
      run_groups(options) || run_trees(options))
    return;
  io::WriteOptions writing{options.output.force, {options.model}};
  if (options.corpus.path != "-") writing.inputs.emplace_back(options.corpus.path);
  for (const std::string& file : attribute::Baselines::files(options.baselines))
    writing.inputs.emplace_back(file);
  io::check_output(options.output.path, writing);
  const bool pairs =
      options.sites.empty() && find(attribute::pair_methods(), options.methods.front()) != nullptr;
  std::vector<const attribute::InputMethod*> of_words;
  std::vector<const attribute::PairMethod*> of_pairs;
  std::vector<const attribute::LayerMethod*> of_neurons;
  if (!options.sites.empty())
    of_neurons = chosen(attribute::layer_methods(), options.methods, "neurons");
  else if (pairs)
    of_pairs = chosen(attribute::pair_methods(), options.methods, "pairs of words");
  else
    of_words = chosen(attribute::input_methods(), options.methods, "words");
  if (of_neurons.size() > 1)
    throw usage_error("attribute: {} methods; with --sites give one for each output", of_neurons.size());
  const auto corpus = open_corpus(options.corpus);
  LoadedModel loaded =
      load_model({options.model, options.device, {}, options.common.threads, options.corpus.languages});
  const attribute::ExampleMaker maker(loaded.model, loaded.tokenizer, *corpus, example_options(options));
  io::Provenance provenance = provenance_of(options.sites.empty() ? "attribution" : "ranking");
  provenance.seed = options.seed;
  add_model(provenance, options.model, loaded);
  provenance.settings = {{"method", options.methods},
                         {"target", options.target},
                         {"scale", options.scale},
                         {"baseline", baseline_words(maker)},
                         {"join", options.join.empty() ? "by method" : options.join},
                         {"unit", options.unit},
                         {"rule", options.rule},
                         {"steps", options.steps},
                         {"tolerance", options.tolerance}};
  if (!options.against.empty()) provenance.settings["against"] = options.against;
  if (!options.answer.empty()) provenance.settings["answer"] = options.answer;
  for (const std::string& file : attribute::Baselines::files(options.baselines))
    provenance.inputs.emplace_back(std::filesystem::path(file).filename().string(), sha256_file(file));
  const auto takes_one = [](const auto* method) { return method->uses != attribute::BaselineUse::None; };
  const bool baselines = std::any_of(of_words.begin(), of_words.end(), takes_one) ||
                         std::any_of(of_pairs.begin(), of_pairs.end(), takes_one) ||
                         std::any_of(of_neurons.begin(), of_neurons.end(), takes_one);
  const attribute::MethodOptions settings = method_options(options, loaded.model);
  if (settings.through) provenance.settings["through"] = options.through;
  const Job job{options, console, *corpus, loaded, maker, provenance, writing, settings};
  if (!of_neurons.empty())
    run_neurons(job, *of_neurons.front());
  else if (pairs)
    run_pairs(job, of_pairs);
  else
    run_inputs(job, of_words);
  if (baselines) console.figure("baseline", baseline_words(maker));
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
