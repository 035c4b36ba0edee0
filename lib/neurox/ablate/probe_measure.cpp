#include "neurox/ablate/probe_measure.h"

#include <algorithm>
#include <utility>

#include "neurox/ablate/counts.h"
#include "neurox/core/error.h"
#include "neurox/probe/evaluation.h"

namespace neurox::ablate {
namespace {

/// Where each neuron of an axis lies among the columns of sites_in_use(axis).
std::vector<Index> columns_in_use(const NeuronAxis& axis) {
  std::vector<Index> first(axis.sites.size(), -1), columns;
  Index width = 0;
  for (const Neuron n : axis.neurons) {
    const auto s = static_cast<std::size_t>(n.site);
    if (first[s] < 0) {
      first[s] = width;
      width += axis.sites[s].width;
    }
    columns.push_back(first[s] + n.index);
  }
  return columns;
}

/// What a label set says of a row, empty where it says nothing.
std::string value_of(const io::Sentence& sentence, const extract::PlannedRow& row, const LabelPlace& place) {
  if (!place.of_words) return sentence.sentence_labels[place.set];
  if (row.word < 0 || static_cast<std::size_t>(row.word) >= sentence.words.size()) return {};
  return sentence.word_labels[place.set][static_cast<std::size_t>(row.word)];
}

class ProbeMeasure final : public Measure {
 public:
  ProbeMeasure(ProbeInput probe, std::vector<std::vector<SiteEdit>> edits)
      : probe_(std::move(probe)),
        columns_(columns_in_use(probe_.axis)),
        edits_(std::move(edits)),
        model_(edits_.size(), ClassCounts(probe_.classes.size())),
        matrix_(model_),
        sentences_(edits_.size()) {}

  bool needs_heads() const override { return false; }

  void add(std::size_t condition, const Pass& pass) override {
    MatrixF X(pass.rows.rows(), static_cast<Index>(columns_.size()));
    for (std::size_t c = 0; c < columns_.size(); ++c)
      X.col(static_cast<Index>(c)) = pass.rows.col(columns_[c]);
    if (condition == 0) {
      intact_ = X;
      find_gold(pass);
      intact_predictions_ = predict(X);
      count(condition, intact_predictions_, pass, model_[0], true);
      matrix_[0] = model_[0];
      return;
    }
    count(condition, predict(X), pass, model_[condition], true);
    if (!probe_.with_matrix) return;
    MatrixF edited = intact_;
    edit_matrix(edited, probe_.axis, edits_[condition]);
    count(condition, predict(edited), pass, matrix_[condition], false);
  }

  std::vector<Figures> figures() const override {
    std::vector<Figures> out;
    for (std::size_t c = 0; c < model_.size(); ++c) {
      append(out, c, "model", model_);
      if (probe_.with_matrix) append(out, c, "matrix", matrix_);
    }
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override {
    return {{"probe_accuracy", sentences_.matrix()}};
  }

 private:
  std::vector<int> predict(const MatrixF& X) const {
    return argmax_rows(predict_logits(MatrixRows(X), probe_.fit));
  }

  void find_gold(const Pass& pass) {
    gold_.clear();
    counted_.clear();
    sentence_of_row_.clear();
    for (std::size_t s = 0; s < pass.plans.size(); ++s) {
      const io::Sentence& sentence = pass.sentences[s];
      for (const extract::PlannedRow& row : pass.plans[s].rows) {
        const GoldOfProbe& gold = probe_.gold;
        const std::string label =
            class_of(gold.choice, value_of(sentence, row, gold.label),
                     gold.choice.split_by.empty() ? "" : value_of(sentence, row, gold.split));
        const auto it = std::find(probe_.classes.begin(), probe_.classes.end(), label);
        gold_.push_back(it == probe_.classes.end() ? -1 : static_cast<int>(it - probe_.classes.begin()));
        counted_.push_back(!label.empty() && !row.groups.empty() && row.status != extract::Status::Special);
        sentence_of_row_.push_back(s);
      }
    }
  }

  void count(std::size_t condition, const std::vector<int>& predicted, const Pass& pass, ClassCounts& counts,
             bool per_sentence) {
    std::vector<std::pair<int, int>> of_sentence(pass.plans.size());  // right, seen
    for (std::size_t r = 0; r < predicted.size(); ++r) {
      if (!counted_[r]) continue;
      const bool right = predicted[r] == gold_[r];
      counts.add(gold_[r], right, predicted[r] != intact_predictions_[r]);
      of_sentence[sentence_of_row_[r]].first += right ? 1 : 0;
      ++of_sentence[sentence_of_row_[r]].second;
    }
    if (!per_sentence) return;
    for (std::size_t s = 0; s < of_sentence.size(); ++s)
      if (of_sentence[s].second > 0)
        sentences_.set(condition, pass.first_sentence + static_cast<std::int64_t>(s),
                       static_cast<double>(of_sentence[s].first) / of_sentence[s].second);
  }

  void append(std::vector<Figures>& out, std::size_t condition, const char* target,
              const std::vector<ClassCounts>& counts) const {
    out.push_back({condition, target, "", count_figures(counts[condition], counts[0], -1)});
    for (std::size_t k = 0; k < probe_.classes.size(); ++k)
      if (counts[0].seen[k] > 0)
        out.push_back({condition, target, probe_.classes[k],
                       count_figures(counts[condition], counts[0], static_cast<int>(k))});
  }

  ProbeInput probe_;
  std::vector<Index> columns_;
  std::vector<std::vector<SiteEdit>> edits_;
  std::vector<ClassCounts> model_, matrix_;
  SentenceTable sentences_;
  // Of the window under way:
  MatrixF intact_;
  std::vector<int> intact_predictions_, gold_;
  std::vector<bool> counted_;
  std::vector<std::size_t> sentence_of_row_;
};

}  // namespace

LabelPlace find_labels(const io::CorpusReader& corpus, const std::string& label, const std::string& probe) {
  for (const bool of_words : {true, false}) {
    const auto& sets = of_words ? corpus.word_label_sets() : corpus.sentence_label_sets();
    if (const auto it = std::find(sets.begin(), sets.end(), label); it != sets.end())
      return {static_cast<std::size_t>(it - sets.begin()), of_words};
  }
  throw input_error("{}: no labels '{}', which {} was trained on; labels of your own come with --label-file",
                    corpus.name(), label, probe);
}

GoldOfProbe find_gold(const io::CorpusReader& corpus, io::ClassChoice choice, const std::string& probe) {
  GoldOfProbe gold;
  gold.label = find_labels(corpus, choice.label, probe);
  if (!choice.split_by.empty()) gold.split = find_labels(corpus, choice.split_by, probe);
  gold.choice = std::move(choice);
  return gold;
}

std::vector<SiteColumns> sites_in_use(const NeuronAxis& axis) {
  std::vector<bool> seen(axis.sites.size(), false);
  std::vector<SiteColumns> sites;
  for (const Neuron n : axis.neurons) {
    const auto s = static_cast<std::size_t>(n.site);
    if (!seen[s]) sites.push_back(axis.sites[s]);
    seen[s] = true;
  }
  return sites;
}

std::unique_ptr<Measure> measure_probe(ProbeInput probe, std::vector<std::vector<SiteEdit>> edits) {
  return std::make_unique<ProbeMeasure>(std::move(probe), std::move(edits));
}

}  // namespace neurox::ablate
