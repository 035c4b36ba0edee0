#include "neurox/extract/extract.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/extract/pooled_forward.h"
#include "neurox/extract/saturation.h"
#include "neurox/extract/site_side.h"

namespace neurox::extract {
namespace {

/// Label sets that are kept: where each comes from in a corpus sentence.
struct LabelSet {
  std::string name;
  bool of_words;
  std::size_t index;
};

std::vector<LabelSet> label_sets(const io::CorpusReader& corpus, const std::vector<std::string>& wanted) {
  std::vector<LabelSet> all;
  for (std::size_t i = 0; i < corpus.word_label_sets().size(); ++i)
    all.push_back({corpus.word_label_sets()[i], true, i});
  for (std::size_t i = 0; i < corpus.sentence_label_sets().size(); ++i)
    all.push_back({corpus.sentence_label_sets()[i], false, i});
  if (wanted.empty()) return all;
  std::vector<LabelSet> kept;
  std::vector<std::string> names;
  for (const LabelSet& set : all) names.push_back(set.name);
  for (const std::string& name : wanted) {
    const auto it =
        std::find_if(all.begin(), all.end(), [&](const LabelSet& set) { return set.name == name; });
    if (it == all.end())
      throw usage_error("{}: no labels '{}'{}; it has {}", corpus.name(), name, did_you_mean(name, names),
                        names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", ")));
    kept.push_back(*it);
  }
  return kept;
}

std::string label_of(const io::Sentence& sentence, const LabelSet& set, const PlannedRow& row) {
  if (!set.of_words) return sentence.sentence_labels[set.index];
  const std::vector<std::string>& labels = sentence.word_labels[set.index];
  return row.word >= 0 && static_cast<std::size_t>(row.word) < labels.size()
             ? labels[static_cast<std::size_t>(row.word)]
             : std::string();
}

/// Rows of obs, gathered until a block is worth writing.
class RowBuffer {
 public:
  RowBuffer(io::ActivationWriter& writer, std::vector<LabelSet> sets)
      : writer_(writer), sets_(std::move(sets)) {
    rows_.labels.resize(sets_.size());
  }

  void add(const io::Sentence& sentence, std::int64_t index, const SentencePlan& plan) {
    for (const PlannedRow& row : plan.rows) {
      rows_.token.push_back(row.token);
      rows_.sentence.push_back(static_cast<std::int32_t>(index));
      rows_.position.push_back(row.position);
      rows_.char_begin.push_back(static_cast<std::int32_t>(row.char_begin));
      rows_.char_end.push_back(static_cast<std::int32_t>(row.char_end));
      rows_.pieces.push_back(row.pieces);
      rows_.window.push_back(row.window);
      rows_.sequence.push_back(row.sequence);
      rows_.status.push_back(static_cast<io::TokenStatus>(row.status));
      for (std::size_t s = 0; s < sets_.size(); ++s)
        rows_.labels[s].push_back(label_of(sentence, sets_[s], row));
    }
    if (rows_.token.size() >= 8192) flush();
  }

  void flush() {
    writer_.add_rows(rows_);
    rows_ = {};
    rows_.labels.resize(sets_.size());
  }

 private:
  io::ActivationWriter& writer_;
  std::vector<LabelSet> sets_;
  io::TokenRows rows_;
};

/// Sentences that are sorted by length and run together.
struct Window {
  std::vector<SentencePlan> plans;
  std::int64_t cells = 0, rows = 0;
};

}  // namespace

PlanInput plan_input(const io::Sentence& sentence, const std::string& corpus_name) {
  PlanInput input;
  input.text = sentence.text;
  for (const io::Word& word : sentence.words) input.words.emplace_back(word.begin, word.end);
  input.second = sentence.second;
  for (const io::Word& word : io::second_words(sentence))
    input.second_words.emplace_back(word.begin, word.end);
  input.where = sentence.where(corpus_name);
  return input;
}

ExtractSummary extract(model::Model& model, const text::Tokenizer& tokenizer, io::CorpusReader& corpus,
                       const std::filesystem::path& target, const ExtractOptions& options) {
  Progress silent;
  Progress& progress = options.progress != nullptr ? *options.progress : silent;
  const std::vector<LabelSet> sets = label_sets(corpus, options.labels);

  io::ActivationWriterOptions writing;
  writing.output = options.output;
  writing.resume = options.resume;
  writing.half = options.half;
  for (const LabelSet& set : sets) writing.label_sets.push_back(set.name);
  writing.stats = saturation_of_columns(options.sites, model.config().activation);
  writing.truncated_rows_have_values = options.plan.unit == Unit::Sentence;
  writing.provenance = options.provenance;
  io::ActivationWriter writer(target, all_neurons(options.sites), writing);
  PooledForward forward(model, {options.sites});

  ExtractSummary summary;
  summary.neurons = forward.neurons();
  PlanOptions planning = options.plan;
  planning.side = side_of_sites(options.sites);
  const bool without_target = all_in_encoder(options.sites);
  const auto plan = [&](const io::Sentence& sentence) {
    PlanInput input = plan_input(sentence, corpus.name());
    if (without_target) input.second = {};
    return plan_sentence(tokenizer, input, planning);
  };

  // First pass: lay out the file. Repeated when resuming, for the summary; the writer takes rows only when it
  // has none yet.
  const bool lay_out = !writer.resume_point() && !writer.complete();
  progress.stage("read", 0, "sentences");
  RowBuffer buffer(writer, sets);
  corpus.rewind();
  while (const std::optional<io::Sentence> sentence = corpus.next()) {
    const SentencePlan planned = plan(*sentence);
    if (lay_out) {
      writer.add_sentence(sentence->text, sentence->second);
      buffer.add(*sentence, summary.sentences, planned);
    }
    ++summary.sentences;
    summary.rows += static_cast<std::int64_t>(planned.rows.size());
    bool is_long = planned.segments.size() > 1;
    for (const PlannedRow& row : planned.rows) {
      ++summary.by_status[static_cast<std::size_t>(row.status)];
      is_long = is_long || row.status == Status::Truncated;
    }
    summary.long_sentences += is_long ? 1 : 0;
    progress.advance_to(summary.sentences);
  }
  summary.skipped = corpus.skipped();
  if (writer.complete()) return summary;
  if (lay_out) {
    buffer.flush();
    writer.seal();
  }

  // Second pass: fill it, window by window. Windows depend on the corpus and the memory alone, so that a
  // resumed run has the same.
  const std::int64_t most_cells = std::clamp<std::int64_t>(
      options.memory_bytes / 4 / (4 * std::max<std::int64_t>(1, forward.neurons())), 256, 32768);
  std::int64_t done = 0, first_row = 0;
  if (writer.resume_point() &&
      writer.resume_point()->position.is_object()) {  // else nothing was committed yet
    done = writer.resume_point()->position.at("sentence").get<std::int64_t>();
    first_row = writer.resume_point()->position.at("row").get<std::int64_t>();
  }
  progress.stage("extract", summary.sentences, "sentences");
  corpus.rewind();
  for (std::int64_t i = 0; i < done; ++i) corpus.next();
  progress.advance_to(done);
  bool more = true;
  while (more) {
    Window window;
    std::int64_t sentences = 0;
    while (window.cells < most_cells) {
      const std::optional<io::Sentence> sentence = corpus.next();
      if (!sentence) {
        more = false;
        break;
      }
      window.plans.push_back(plan(*sentence));
      window.cells += pooling_cells(window.plans.back());
      window.rows += static_cast<std::int64_t>(window.plans.back().rows.size());
      ++sentences;
    }
    if (sentences == 0) break;
    const MatrixF X = forward.run(window.plans);
    // What lies before the writer's own position was committed by the run that this one resumes.
    const std::int64_t known = std::max<std::int64_t>(0, writer.rows_written() - first_row);
    if (known < X.rows()) writer.write_rows(first_row + known, X.bottomRows(X.rows() - known));
    first_row += X.rows();
    done += sentences;
    writer.commit({{"sentence", done}, {"row", first_row}});
    progress.advance_to(done);
  }
  writer.finish();
  return summary;
}

}  // namespace neurox::extract
