#include "rank_corpus.h"

#include <algorithm>
#include <future>

#include "console.h"
#include "context_table.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/neuron_table.h"
#include "neurox/rank/corpus_methods.h"
#include "ranked_activations.h"
#include "ranking_file.h"
#include "threads.h"

namespace neurox::apps {
namespace {

/// Spells the types of a corpus.
class UnitTexts {
 public:
  UnitTexts(const io::ActivationReader& file, const io::UsableTokens& tokens) : file_(file), tokens_(tokens) {
    if (file.obs().find("token") != nullptr) token_ = file.obs().categories("token", file.name());
  }

  std::string operator()(const CorpusUnits& units, std::int32_t type) const {
    const auto last = static_cast<std::size_t>(units.sample[static_cast<std::size_t>(type)]);
    if (units.kind == "sentence") return sentence(last);
    const std::size_t words = units.kind == "word" ? 1 : std::stoul(units.kind);
    std::string out;
    for (std::size_t i = last + 1 - words; i <= last; ++i) out += (out.empty() ? "" : " ") + token(i);
    return out;
  }

 private:
  std::string token(std::size_t i) const {
    const std::size_t row = static_cast<std::size_t>(tokens_.rows[i]);
    const std::int32_t code = row < token_.codes.size() ? token_.codes[row] : -1;
    return code < 0 ? "" : token_.categories[static_cast<std::size_t>(code)];
  }
  std::string sentence(std::size_t first) const {
    const auto number = static_cast<std::size_t>(tokens_.sentences[first]);
    const auto named = [&](const std::vector<std::string>& texts) {
      return number < texts.size() ? texts[number] : std::string();
    };
    const std::string second = named(file_.second_sentences());
    if (std::string text = named(file_.sentences()); !text.empty())
      return second.empty() ? text : text + " | " + second;
    std::string out;
    for (std::size_t i = first; i < tokens_.rows.size() && tokens_.sentences[i] == tokens_.sentences[first];
         ++i)
      out += (out.empty() ? "" : " ") + token(i);
    return out;
  }

  const io::ActivationReader& file_;
  const io::UsableTokens& tokens_;
  io::Categorical token_;
};

void check_rows_are_words(const io::ActivationReader& file, const std::vector<std::string>& methods) {
  if (file.provenance().settings.value("unit", std::string()) != "sentence") return;
  for (const std::string& method : methods)
    if (method != "top-sentences")
      throw input_error(
          "{}: its rows are sentences, which have no words for --method {}; extract --unit word", file.name(),
          method);
}

struct Found {
  std::vector<double> scores;  ///< #neurons, that of each one's first unit; 0 for a constant neuron
  std::vector<ContextRow> rows;
};

Found contexts_of(const std::vector<std::vector<UnitScore>>& neurons, const CorpusMethod& method,
                  const std::vector<CorpusUnits>& units, const UnitTexts& texts,
                  const std::vector<std::int64_t>& file_rows) {
  Found out;
  for (std::size_t j = 0; j < neurons.size(); ++j) {
    double best = 0;
    for (const UnitScore& s : neurons[j]) {
      const auto type = static_cast<std::size_t>(s.type);
      const CorpusUnits& of = units[s.kind];
      best = std::max(best, method.order == UnitOrder::Height ? s.z : s.distance);
      out.rows.push_back({static_cast<Index>(j), of.kind, texts(of, s.type), of.count[type], s.mean, s.z,
                          s.distance, no_value, file_rows[static_cast<std::size_t>(of.sample[type])]});
    }
    out.scores.push_back(best);
  }
  return out;
}

}  // namespace

bool are_corpus_methods(const std::vector<std::string>& methods) {
  if (methods.size() > 1 && std::count(methods.begin(), methods.end(), "concept-alignment") > 0)
    throw usage_error("--method: concept-alignment runs a model; run it by itself");
  const auto of_corpus = std::count_if(methods.begin(), methods.end(), [](const std::string& name) {
    return find_corpus_method(name) != nullptr;
  });
  if (of_corpus == 0) return false;
  if (static_cast<std::size_t>(of_corpus) == methods.size()) return true;
  throw usage_error(
      "--method: some of these need labels and others none; run those of the corpus (top-...) by themselves");
}

void declare_corpus_methods(CLI::App& app, RankCorpusOptions& options) {
  const char* group = "From a corpus";
  app.add_option("--min-count", options.settings.min_count, "A word or context counts from so many tokens on")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--longest", options.settings.longest,
                 "top-contexts, concept-alignment: words of the longest n-gram")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--kept", options.kept, "Words, contexts of each length or sentences kept of each neuron")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--model", options.model, "concept-alignment: folder of the model that made the activations")
      ->group(group)
      ->type_name("MODEL");
  app.add_option("--device", options.device, "concept-alignment: cpu, cuda, cuda:N or auto")
      ->capture_default_str()
      ->group(group)
      ->type_name("WHERE");
  app.add_option("--top-sentences", options.sentences,
                 "concept-alignment: sentences of each neuron that concepts are taken from")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
  app.add_option("--longest-part", options.longest_part,
                 "concept-alignment: words of the longest phrase or subtree")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group)
      ->type_name("N");
}

void rank_corpus(const RankCommandOptions& options) {
  Console console(options.common);
  use_threads(options.common.threads);
  if (!options.topic.label.empty())
    throw usage_error("--label: the methods of the corpus look at no labels; leave it out");
  io::WriteOptions writing{options.output.force, {options.input}};
  if (const std::string choice = file_of_choice(options.neurons); !choice.empty())
    writing.inputs.emplace_back(choice);
  const std::vector<std::string> outputs = ranking_targets(options.output.path, options.methods);
  for (const std::string& path : outputs) io::check_output(path, writing);
  const auto file = io::ActivationReader::open(options.input);
  if (const std::string& kind = file->provenance().kind; !kind.empty() && kind != "activations")
    throw input_error("{}: is a file of kind '{}', not activations; `neurox extract` makes one",
                      options.input, kind);
  check_rows_are_words(*file, options.methods);
  auto inputs = std::async(std::launch::async, [&] {
    io::Provenance provenance;
    for (const auto& input : writing.inputs) provenance.add_input(input);
    return provenance.inputs;
  });

  io::StringIds words;
  const io::UsableTokens tokens = io::usable_tokens(*file, words);
  const RankedActivations activations(file, options.neurons, {tokens.rows, tokens.sentences});
  const NeuronAxis& axis = activations.axis();
  const UnitTexts texts(*file, tokens);
  RankOptions settings = options.settings;
  settings.progress = &console.progress();
  std::vector<Found> found;
  for (const std::string& name : options.methods) {
    const CorpusMethod& method = *find_corpus_method(name);
    console.progress().stage(fmt::format("rank by {}", name), static_cast<Index>(axis.size()), "neurons");
    const std::vector<CorpusUnits> units =
        method.units({tokens.rows, tokens.words, tokens.sentences}, options.corpus.settings);
    const auto scores = score_units(activations.data(), units, method.order, options.corpus.kept, settings);
    found.push_back(contexts_of(scores, method, units, texts, tokens.rows));
  }

  io::Provenance provenance = provenance_of("ranking");
  const io::Provenance& from = file->provenance();
  provenance.model = from.model;
  provenance.model_sha256 = from.model_sha256;
  provenance.tokenizer_sha256 = from.tokenizer_sha256;
  provenance.inputs = inputs.get();
  provenance.settings = {{"activations", from.settings}};
  const io::Table neurons = io::neurons_with_statistics(*file, axis, activations.columns());
  console.figure("neurons", axis.size());
  console.figure("tokens", tokens.rows.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    io::AnnData out = contexts_file(found[i].scores, found[i].rows);
    out.obs = neurons;
    out.uns["ranking"] = {
        {"method", options.methods[i]}, {"larger_is_more_important", true}, {"kept", options.corpus.kept}};
    if (options.methods[i] != "top-sentences")
      out.uns["ranking"]["min_count"] = options.corpus.settings.min_count;
    if (options.methods[i] == "top-contexts") out.uns["ranking"]["longest"] = options.corpus.settings.longest;
    out.uns["neurox"] = io::to_tree(provenance);
    out.uns["sites"] = io::sites_tree(axis);
    io::write_anndata(outputs[i], out, writing);
    show_contexts(console, options.methods[i], axis, found[i].scores, found[i].rows, options.show);
  }
  if (outputs.size() == 1)
    console.figure("output", outputs.front());
  else
    console.figure("outputs", outputs);
  console.finish();
}

}  // namespace neurox::apps
