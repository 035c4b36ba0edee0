#include "rank_alignment.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "console.h"
#include "context_table.h"
#include "model_input.h"
#include "neuron_choice.h"
#include "neurox/core/error.h"
#include "neurox/extract/plan_settings.h"
#include "neurox/extract/repeated.h"
#include "neurox/io/labelled_rows.h"
#include "neurox/io/neuron_table.h"
#include "neurox/label/concept_candidates.h"
#include "neurox/rank/corpus_scores.h"
#include "neurox/rank/selectivity.h"
#include "ranked_activations.h"
#include "ranking_file.h"
#include "threads.h"

namespace neurox::apps {
namespace {

using label::Candidate;
using Affixes = std::map<std::string, std::vector<std::string>>;

constexpr std::size_t kBatch = 256;        ///< made-up sentences that are laid out together
constexpr std::size_t kTypesOfAffix = 10;  ///< words that have a beginning or end before it counts

/// The sentences of an activation file, numbered as sentence_units numbers them.
std::vector<label::ParsedWords> parsed_sentences(const io::ActivationReader& file,
                                                 const io::UsableTokens& tokens, const CorpusUnits& units) {
  const auto column = [&](const char* name) {
    return file.obs().find(name) == nullptr ? std::vector<std::string>()
                                            : file.obs().strings(name, file.name());
  };
  const auto token = column("token"), head = column("head"), opens = column("opens"),
             closes = column("closes");
  std::vector<label::ParsedWords> out(units.count.size());
  for (std::size_t i = 0; i < tokens.rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(tokens.rows[i]);
    label::ParsedWords& sentence = out[static_cast<std::size_t>(units.type[i])];
    if (!token.empty()) sentence.words.push_back(token[row]);
    if (!head.empty()) sentence.heads.push_back(head[row]);
    if (!opens.empty() && !closes.empty()) {
      sentence.opens.push_back(opens[row]);
      sentence.closes.push_back(closes[row]);
    }
  }
  return out;
}

/// Candidates of all neurons, each once.
class CandidateTable {
 public:
  CandidateTable(const std::vector<label::ParsedWords>& sentences, const Affixes& affixes,
                 const label::CandidateOptions& options)
      : sentences_(sentences), affixes_(affixes), options_(options) {}

  /// Numbers of the candidates of a sentence.
  const std::vector<std::size_t>& of_sentence(std::int32_t sentence) {
    const auto [at, fresh] = of_sentence_.try_emplace(sentence);
    if (!fresh) return at->second;
    const label::ParsedWords& parsed = sentences_[static_cast<std::size_t>(sentence)];
    for (Candidate& c : label::concept_candidates(parsed, options_))
      at->second.push_back(number(std::move(c)));
    for (const std::string& word : parsed.words)
      for (const std::string& affix : label::affixes_of(word, affixes_))
        at->second.push_back(number({"affix", {affix}}));
    return at->second;
  }

  const std::vector<Candidate>& all() const { return all_; }

  /// Of an affix its most frequent words, of all else its own words over and over.
  std::vector<std::string> made_up(std::size_t candidate, double length) const {
    const Candidate& c = all_[candidate];
    if (c.kind != "affix") return extract::repeated_to(c.words, length);
    std::vector<std::string> types = affixes_.at(c.words.front());
    types.resize(std::min(types.size(), static_cast<std::size_t>(std::max(1.0, std::round(length)))));
    return extract::repeated_to(types, length);
  }

 private:
  std::size_t number(Candidate candidate) {
    const auto [at, fresh] = numbers_.try_emplace({candidate.kind == "affix", candidate.words}, all_.size());
    if (fresh) all_.push_back(std::move(candidate));
    return at->second;
  }

  const std::vector<label::ParsedWords>& sentences_;
  const Affixes& affixes_;
  label::CandidateOptions options_;
  std::map<std::int32_t, std::vector<std::size_t>> of_sentence_;
  std::map<std::pair<bool, std::vector<std::string>>, std::size_t> numbers_;
  std::vector<Candidate> all_;
};

/// The columns of the model's sites that these neurons are.
struct SitesInUse {
  std::vector<SiteColumns> sites;
  std::vector<Index> column;  ///< #neurons
};

SitesInUse sites_in_use(const NeuronAxis& axis) {
  SitesInUse out;
  std::vector<Index> begin(axis.sites.size(), -1);
  Index width = 0;
  for (std::size_t s = 0; s < axis.sites.size(); ++s) {
    const bool used = std::any_of(axis.neurons.begin(), axis.neurons.end(),
                                  [&](const Neuron& n) { return static_cast<std::size_t>(n.site) == s; });
    if (!used) continue;
    begin[s] = width;
    width += axis.sites[s].width;
    out.sites.push_back(axis.sites[s]);
  }
  for (const Neuron& n : axis.neurons)
    out.column.push_back(begin[static_cast<std::size_t>(n.site)] + n.index);
  return out;
}

struct Aligned {
  std::size_t candidate;
  double mean;
};

/// The candidates of each neuron by the model's answer, highest first.
std::vector<std::vector<Aligned>> align(LoadedModel& loaded, const NeuronAxis& axis,
                                        const CandidateTable& table, double length,
                                        const std::vector<std::vector<std::size_t>>& of_neuron,
                                        const extract::PlanOptions& plan, Progress& progress) {
  std::vector<std::vector<std::size_t>> neurons_of(table.all().size());
  for (std::size_t j = 0; j < of_neuron.size(); ++j)
    for (const std::size_t c : of_neuron[j]) neurons_of[c].push_back(j);
  const SitesInUse use = sites_in_use(axis);
  extract::PooledForward forward(loaded.model, {use.sites});
  std::vector<std::vector<Aligned>> out(of_neuron.size());
  progress.stage("align", static_cast<Index>(table.all().size()), "candidates");
  for (std::size_t first = 0; first < table.all().size(); first += kBatch) {
    const std::size_t end = std::min(first + kBatch, table.all().size());
    std::vector<std::vector<std::string>> sentences;
    for (std::size_t c = first; c < end; ++c) sentences.push_back(table.made_up(c, length));
    const MatrixF means = extract::mean_activations(forward, loaded.tokenizer, sentences, plan);
    for (std::size_t c = first; c < end; ++c)
      for (const std::size_t j : neurons_of[c])
        out[j].push_back({c, means(static_cast<Index>(c - first), use.column[j])});
    progress.advance_to(static_cast<Index>(end));
  }
  for (std::vector<Aligned>& list : out)
    std::stable_sort(list.begin(), list.end(),
                     [](const Aligned& a, const Aligned& b) { return a.mean > b.mean; });
  return out;
}

std::string spelt(const Candidate& candidate) {
  std::string out;
  for (const std::string& word : candidate.words) out += (out.empty() ? "" : " ") + word;
  return out;
}

io::UsableTokens checked_tokens(const io::ActivationReader& file) {
  const io::Tree& settings = file.provenance().settings;
  if (settings.value("unit", std::string("word")) != "word")
    throw input_error("{}: its rows are of unit '{}', but concepts are of words; extract --unit word",
                      file.name(), settings.value("unit", std::string()));
  if (file.obs().find("token") == nullptr || file.obs().find("sentence") == nullptr)
    throw input_error("{}: has no words and sentences, which concepts are taken from", file.name());
  io::StringIds words;
  return io::usable_tokens(file, words);
}

}  // namespace

void rank_by_alignment(const RankCommandOptions& options) {
  Console console(options.common);
  const RankCorpusOptions& corpus = options.corpus;
  if (corpus.model.empty())
    throw usage_error(
        "--method concept-alignment asks the model: say --model FOLDER, that of the activations");
  io::WriteOptions writing{options.output.force, {options.input}};
  if (const std::string choice = file_of_choice(options.neurons); !choice.empty())
    writing.inputs.emplace_back(choice);
  const std::string output = ranking_targets(options.output.path, options.methods).front();
  io::check_output(output, writing);
  const auto file = io::ActivationReader::open(options.input);
  const io::UsableTokens tokens = checked_tokens(*file);
  LoadedModel loaded = load_model({corpus.model, corpus.device, {}, options.common.threads});
  io::Provenance provenance = provenance_of("ranking");
  add_model(provenance, corpus.model, loaded);
  io::check_same_model(corpus.model, provenance, options.input, file->provenance());

  const RankedActivations activations(file, options.neurons, {tokens.rows, tokens.sentences});
  const NeuronAxis& axis = activations.axis();
  RankOptions settings = options.settings;
  settings.progress = &console.progress();
  const CorpusTokens corpus_tokens{tokens.rows, tokens.words, tokens.sentences};
  const std::vector<CorpusUnits> units{sentence_units(corpus_tokens)};
  const CorpusUnits& sentences = units.front();
  console.progress().stage("top sentences", static_cast<Index>(axis.size()), "neurons");
  const auto top = score_units(activations.data(), units, UnitOrder::Height, corpus.sentences, settings);

  const std::vector<label::ParsedWords> parsed = parsed_sentences(*file, tokens, sentences);
  std::vector<std::string> all_words;
  for (const label::ParsedWords& s : parsed)
    all_words.insert(all_words.end(), s.words.begin(), s.words.end());
  const Affixes affixes = label::common_affixes(all_words, kTypesOfAffix);
  const double length = static_cast<double>(tokens.rows.size()) / static_cast<double>(parsed.size());
  CandidateTable table(parsed, affixes, {corpus.settings.longest, corpus.longest_part});
  std::vector<std::vector<std::size_t>> of_neuron(axis.size());
  for (std::size_t j = 0; j < axis.size(); ++j) {
    std::set<std::size_t> mine;
    for (const UnitScore& s : top[j]) {
      const auto& candidates = table.of_sentence(s.type);
      mine.insert(candidates.begin(), candidates.end());
    }
    of_neuron[j].assign(mine.begin(), mine.end());
  }
  const auto most_pieces = static_cast<int>(loaded.model.config().max_positions);
  const extract::PlanOptions plan = extract::plan_of_settings(file->provenance().settings, most_pieces);
  std::vector<std::vector<Aligned>> aligned =
      align(loaded, axis, table, length, of_neuron, plan, console.progress());

  // Only what is kept is looked for in the corpus.
  std::vector<std::vector<std::size_t>> kept(axis.size());
  std::map<std::size_t, std::size_t> place;
  std::vector<Candidate> chosen;
  for (std::size_t j = 0; j < axis.size(); ++j) {
    aligned[j].resize(std::min(aligned[j].size(), corpus.kept));
    for (const Aligned& a : aligned[j]) {
      const auto [at, fresh] = place.try_emplace(a.candidate, chosen.size());
      if (fresh) chosen.push_back(table.all()[a.candidate]);
      kept[j].push_back(at->second);
    }
  }
  std::vector<std::vector<std::string>> words_of_sentences;
  for (const label::ParsedWords& s : parsed) words_of_sentences.push_back(s.words);
  const auto with = label::sentences_with(chosen, words_of_sentences, affixes);
  console.progress().stage("selectivity", static_cast<Index>(axis.size()), "neurons");
  const auto selective = selectivity(activations.data(), sentences, with, kept, settings);

  const io::Table neurons = io::neurons_with_statistics(*file, axis, activations.columns());
  const std::vector<double> mean = neurons.numbers("mean", file->name()),
                            variance = neurons.numbers("variance", file->name());
  std::vector<ContextRow> rows;
  std::vector<double> scores(axis.size());
  for (std::size_t j = 0; j < axis.size(); ++j) {
    const double sd = std::sqrt(variance[j]);
    for (std::size_t k = 0; k < aligned[j].size(); ++k) {
      const Candidate& c = chosen[kept[j][k]];
      const double z = (aligned[j][k].mean - mean[j]) / sd;
      if (k == 0) scores[j] = z;
      rows.push_back({static_cast<Index>(j), c.kind, spelt(c),
                      static_cast<std::int64_t>(with[kept[j][k]].size()), aligned[j][k].mean, z, no_value,
                      selective[j][k]});
    }
  }
  io::AnnData out = contexts_file(scores, rows);
  out.obs = neurons;
  out.uns["ranking"] = {{"method", "concept-alignment"},
                        {"larger_is_more_important", true},
                        {"sentences", corpus.sentences},
                        {"kept", corpus.kept},
                        {"longest", corpus.settings.longest},
                        {"longest_part", corpus.longest_part},
                        {"length", length},
                        {"candidates", table.all().size()}};
  for (const auto& input : writing.inputs) provenance.add_input(input);
  provenance.settings = {{"activations", file->provenance().settings}};
  out.uns["neurox"] = io::to_tree(provenance);
  out.uns["sites"] = io::sites_tree(axis);
  io::write_anndata(output, out, writing);
  console.figure("neurons", axis.size());
  console.figure("sentences", parsed.size());
  console.figure("mean length", length);
  console.figure("candidates", table.all().size());
  show_contexts(console, "concept-alignment", axis, scores, rows, options.show);
  console.figure("output", output);
  console.finish();
}

}  // namespace neurox::apps
