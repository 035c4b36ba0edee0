#include "ablate_writing.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "ablate_operations.h"
#include "ablation_table.h"
#include "neurox/ablate/bleu.h"
#include "neurox/ablate/write_texts.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/label/regex.h"
#include "neurox/label/word_list.h"

namespace neurox::apps {
namespace {

using ablate::Schedule;
using ablate::ScheduleWords;
using ablate::WrittenText;

/// A concept in a text: words of a list, or what an expression finds.
class Concept {
 public:
  explicit Concept(const std::string& asked) {
    if (asked.empty()) return;
    if (asked.size() > 2 && asked.front() == '/' && asked.back() == '/')
      regex_.emplace(asked.substr(1, asked.size() - 2));
    else
      words_.emplace(asked, true);
  }
  explicit operator bool() const { return regex_ || words_; }

  /// The words of a text that belong to it.
  std::vector<std::string> found(const std::string& text) const {
    std::vector<std::string> out;
    for (std::string& word : ablate::tokens_13a(text))
      if (words_ ? words_->has(word) : regex_ && regex_->found_in(word)) out.push_back(std::move(word));
    return out;
  }
  /// Whether it is there, over words too.
  bool present(const std::string& text) const {
    return regex_ ? regex_->found_in(text) : !found(text).empty();
  }

 private:
  std::optional<label::Regex> regex_;
  std::optional<label::WordList> words_;
};

struct Prompts {
  std::vector<std::string> texts;
  std::vector<model::TokenIds> ids;
  std::vector<extract::SentencePlan> plans;
  std::vector<std::int64_t> sources;  ///< of an encoder with a decoder: tokens of each source
};

/// A decoder begins behind its source with a token of its own.
void begin_target(const WritingJob& job, Prompts& prompts) {
  if (!job.loaded.model.has_encoder()) return;
  const auto start = job.loaded.tokenizer.decoder_start();
  if (!start)
    throw input_error(
        "{}: neither config.json nor generation_config.json says what a decoder begins with "
        "(decoder_start_token_id)",
        job.options.model);
  extract::Segment& segment = prompts.plans.back().segments.at(0);
  prompts.sources.push_back(static_cast<std::int64_t>(segment.ids.size()));
  segment.ids.push_back(*start);
  segment.type_ids.push_back(1);
}

Prompts read_prompts(const WritingJob& job) {
  Prompts out;
  extract::PlanOptions plan = ablate::word_plan({});
  plan.max_pieces = static_cast<int>(job.loaded.model.config().max_positions);
  job.prompts.rewind();
  while (const auto sentence = job.prompts.next()) {
    extract::PlanInput input;
    input.text = sentence->text;
    for (const io::Word& w : sentence->words) input.words.push_back({w.begin, w.end});
    input.where = sentence->where(job.prompts.name());
    out.plans.push_back(extract::plan_sentence(job.loaded.tokenizer, input, plan));
    begin_target(job, out);
    const auto& ids = out.plans.back().segments.at(0).ids;
    out.ids.emplace_back(ids.begin(), ids.end());
    out.texts.push_back(sentence->text);
  }
  job.prompts.rewind();
  return out;
}

Schedule schedule_of(const WritingJob& job, const Prompts& prompts) {
  Schedule out;
  const auto words = ablate::parse_schedule(job.options.positions);
  if (!words) {
    const ablate::Positions positions = positions_of(job.options.positions, job.prompts);
    for (std::size_t p = 0; p < prompts.plans.size(); ++p)
      out.prompts.push_back(
          ablate::chosen_pieces(positions, static_cast<std::int64_t>(p), prompts.plans[p]).at(0));
    out.to = -1;
    return out;
  }
  out.from = words->from;
  out.to = words->to;
  for (const model::TokenIds& ids : prompts.ids) {
    out.prompts.emplace_back(ids.size(), words->prompt == ScheduleWords::Prompt::All);
    if (words->prompt == ScheduleWords::Prompt::First) out.prompts.back().front() = true;
    if (words->prompt == ScheduleWords::Prompt::Last) out.prompts.back().back() = true;
  }
  return out;
}

/// Activations of --donors, or nothing.
std::optional<ablate::Donors> donors_of(const WritingJob& job, bool& counterparts) {
  if (job.options.donors.empty()) return std::nullopt;
  ablate::DonorOptions taking;
  for (const auto& condition : job.edits)
    for (const ablate::SiteEdit& edit : condition) {
      if (!ablate::has_donors(edit.change)) continue;
      taking.sites.insert(edit.site);
      counterparts = counterparts || edit.change == ablate::Change::Patch;
    }
  CorpusArguments arguments = job.options.corpus;
  arguments.path = job.options.donors;
  const auto other = open_corpus(arguments);
  const auto words = ablate::parse_schedule(job.options.positions);
  const bool first = words && words->prompt == ScheduleWords::Prompt::First,
             last = words && words->prompt == ScheduleWords::Prompt::Last;
  taking.positions = positions_of(first   ? "first"
                                  : last  ? "last"
                                  : words ? "all"
                                          : job.options.positions,
                                  *other);
  taking.plan.max_pieces = static_cast<int>(job.loaded.model.config().max_positions);
  return ablate::Donors::collect(job.loaded.model, job.loaded.tokenizer, *other, taking);
}

std::vector<std::string> read_references(const AblateCommandOptions& options, std::size_t prompts) {
  if (options.references.empty()) return {};
  std::vector<std::string> out = label::trimmed_lines(options.references, true);
  while (!out.empty() && out.back().empty()) out.pop_back();
  if (out.size() != prompts)
    throw input_error("{}: {} references but {} prompts; each prompt has a line", options.references,
                      out.size(), prompts);
  return out;
}

/// What a condition's texts come to.
ablate::Figures figures_of(std::size_t condition, const std::vector<WrittenText>& texts,
                           const std::vector<WrittenText>& untouched, const Concept& concept_words,
                           const std::vector<std::string>& references) {
  std::vector<std::string> written, wanted;
  double nll = 0, tokens = 0, intact_nll = 0, intact_tokens = 0, present = 0, words = 0, of_concept = 0,
         changed = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    nll += texts[i].nll;
    tokens += static_cast<double>(texts[i].tokens);
    intact_nll += untouched[i].nll;
    intact_tokens += static_cast<double>(untouched[i].tokens);
    changed += texts[i].ids != untouched[i].ids ? 1 : 0;
    written.push_back(texts[i].text);
    if (!references.empty()) wanted.push_back(references[static_cast<std::size_t>(texts[i].prompt)]);
    present += concept_words.present(texts[i].text) ? 1 : 0;
    words += static_cast<double>(ablate::tokens_13a(texts[i].text).size());
    of_concept += static_cast<double>(concept_words.found(texts[i].text).size());
  }
  const auto n = static_cast<double>(texts.size());
  ablate::Figures out{condition, "text", "", {{"texts", n}, {"tokens", tokens}}};
  if (concept_words) {
    out.values.emplace_back("concept_rate", present / n);
    out.values.emplace_back("concept_per_100_words", words > 0 ? 100 * of_concept / words : no_value);
  }
  out.values.emplace_back("perplexity", std::exp(nll / tokens));
  out.values.emplace_back("perplexity_ratio", std::exp(nll / tokens - intact_nll / intact_tokens));
  out.values.emplace_back("changed", changed / n);
  out.values.emplace_back("distinct_1", ablate::distinct_ngrams(written, 1));
  out.values.emplace_back("distinct_2", ablate::distinct_ngrams(written, 2));
  // Each text against all others: beyond some hundreds that takes longer than the writing.
  constexpr std::size_t most_compared = 200;
  if (written.size() > 1)
    out.values.emplace_back(
        "self_bleu", ablate::self_bleu(std::span(written).first(std::min(written.size(), most_compared))));
  if (references.empty()) return out;
  std::vector<std::vector<std::string>> one_each;
  for (const std::string& reference : wanted) one_each.push_back({reference});
  out.values.emplace_back("bleu", ablate::corpus_bleu(written, one_each));
  out.values.emplace_back("chrf", ablate::chrf(written, wanted));
  return out;
}

/// The table uns/texts: a row per condition, prompt and sample.
io::Tree table_of_texts(const std::vector<std::vector<WrittenText>>& all, const Concept& concept_words) {
  io::Tree out = io::Tree::object();
  for (const char* column :
       {"condition", "prompt", "sample", "text", "tokens", "perplexity", "concept_words"})
    out[column] = io::Tree::array();
  for (std::size_t c = 0; c < all.size(); ++c)
    for (const WrittenText& t : all[c]) {
      out["condition"].push_back(c);
      out["prompt"].push_back(t.prompt);
      out["sample"].push_back(t.sample);
      out["text"].push_back(t.text);
      out["tokens"].push_back(t.tokens);
      out["perplexity"].push_back(std::exp(t.nll / static_cast<double>(t.tokens)));
      std::string joined;
      for (const std::string& word : concept_words.found(t.text))
        (joined += joined.empty() ? "" : " ") += word;
      out["concept_words"].push_back(joined);
    }
  return out;
}

std::string name_of(const ablate::Condition& c) {
  if (c.group == "none") return "untouched";
  return fmt::format("{} {}, {}", c.operation.text, c.group == "list" ? c.ranking : c.group, c.count);
}

void show_texts(const WritingJob& job, const Prompts& prompts,
                const std::vector<std::vector<WrittenText>>& all, Console& console) {
  constexpr std::size_t most_prompts = 3, most_conditions = 6;
  const auto samples = static_cast<std::size_t>(job.options.samples);
  io::Tree list = io::Tree::array();
  for (std::size_t p = 0; p < prompts.texts.size(); ++p) {
    std::string note = prompts.texts[p] + " ...";
    io::Tree entry{{"prompt", prompts.texts[p]}};
    for (std::size_t c = 0; c < all.size(); ++c) {
      std::string line = all[c][p * samples].text;
      entry["texts"].push_back({{"condition", name_of(job.conditions[c])}, {"text", line}});
      std::replace(line.begin(), line.end(), '\n', ' ');
      if (c < most_conditions) note += fmt::format("\n  {:<28} {}", name_of(job.conditions[c]), line);
    }
    list.push_back(std::move(entry));
    if (p < most_prompts) console.note(note);
  }
  console.data("texts", std::move(list));
}

}  // namespace

void declare_writing(CLI::App& app, AblateCommandOptions& options) {
  const char* group = "What a causal language model writes";
  app.add_option("--generate", options.generate,
                 "Go on from each line of CORPUS with at most this many tokens")
      ->check(CLI::PositiveNumber)
      ->type_name("TOKENS")
      ->group(group);
  app.add_option("--samples", options.samples, "Texts per prompt, sampled")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->type_name("N")
      ->group(group);
  app.add_option("--temperature", options.temperature, "Sample, with logits divided by this")
      ->type_name("T")
      ->group(group);
  app.add_option("--top-k", options.top_k, "Sample among the K most likely tokens")
      ->type_name("K")
      ->group(group);
  app.add_option("--top-p", options.top_p, "Sample among the most likely tokens that reach probability P")
      ->type_name("P")
      ->group(group);
  declare_writing_settings(app, options.writing, group);
  app.add_option("--words", options.words, "The concept looked for in the texts: a file of words, or /REGEX/")
      ->type_name("WHAT")
      ->group(group);
  app.add_option("--references", options.references, "Wanted texts, a line per prompt, for BLEU and chrF")
      ->type_name("FILE")
      ->group(group);
}

void refuse_writing_options(const AblateCommandOptions& options) {
  const std::pair<bool, const char*> given[] = {
      {options.samples > 1, "--samples"},     {options.temperature.has_value(), "--temperature"},
      {options.top_k.has_value(), "--top-k"}, {options.top_p.has_value(), "--top-p"},
      {!options.words.empty(), "--words"},    {!options.references.empty(), "--references"}};
  for (const auto& [is_given, name] : given)
    if (is_given) throw usage_error("ablate: {} is about what is written: give --generate TOKENS", name);
  for (const std::string& name : names_given(options.writing))
    throw usage_error("ablate: {} is about what is written: give --generate TOKENS", name);
}

void run_writing(const WritingJob& job, io::Provenance& provenance, const io::WriteOptions& writing,
                 Console& console) {
  const AblateCommandOptions& options = job.options;
  const Concept concept_words(options.words);
  const Prompts prompts = read_prompts(job);
  const std::vector<std::string> references = read_references(options, prompts.texts.size());
  ablate::WritingOptions work;
  work.schedule = schedule_of(job, prompts);
  const auto donors = donors_of(job, work.counterparts);
  if (donors) work.donors = &*donors;
  work.samples = options.samples;
  work.generation.most_tokens = options.generate;
  work.sources = prompts.sources;
  work.generation.seed = options.seed;
  if (options.temperature || options.top_k || options.top_p || options.samples > 1)
    work.generation.sampling = model::SamplingOptions{options.temperature.value_or(1),
                                                      options.top_k.value_or(0), options.top_p.value_or(1)};
  settle(options.writing, options.model, job.loaded, work.generation);
  console.progress().stage("write", static_cast<std::int64_t>(job.edits.size()), "conditions");
  std::vector<std::vector<WrittenText>> all;
  std::vector<ablate::Figures> figures;
  for (std::size_t c = 0; c < job.edits.size(); ++c) {
    all.push_back(
        ablate::write_texts(job.loaded.model, job.loaded.tokenizer, prompts.ids, job.edits[c], work));
    figures.push_back(figures_of(c, all[c], all[0], concept_words, references));
    console.progress().advance_to(static_cast<std::int64_t>(c) + 1);
  }
  add_ablation(provenance, options, job.prompts);
  if (!options.references.empty()) provenance.add_input(options.references);
  provenance.settings["generate"] = options.generate;
  provenance.settings["samples"] = options.samples;
  provenance.settings.update(settings_of(work.generation));
  if (work.generation.sampling)
    provenance.settings["sampling"] = {{"temperature", work.generation.sampling->temperature},
                                       {"top_k", work.generation.sampling->top_k},
                                       {"top_p", work.generation.sampling->top_p}};
  if (!options.words.empty()) provenance.settings["words"] = options.words;
  const AblationTable table(job.conditions, std::move(figures));
  io::AnnData file = table.anndata(provenance);
  file.uns["prompts"] = prompts.texts;
  file.uns["texts"] = table_of_texts(all, concept_words);
  io::write_anndata(options.output.path, file, writing);
  console.figure("prompts", prompts.texts.size());
  console.figure("conditions", job.conditions.size());
  table.show(console);
  show_texts(job, prompts, all, console);
  console.figure("output", options.output.path);
  console.finish();
}

}  // namespace neurox::apps
