#include "neurox/ablate/classifier_measure.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "neurox/ablate/counts.h"
#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/core/no_value.h"

namespace neurox::ablate {
namespace {

/// Sums of the confidence measures over examples.
struct Confidence {
  double drop = 0, by_probability = 0, by_gold_loglik = 0;
  std::int64_t examples = 0, with_gold = 0;
};

/// An example: a sentence or a word, and its row of probabilities.
struct Example {
  std::size_t sentence;  ///< within the window
  int gold;
  VectorD log_p;
};

class ClassifierMeasure final : public Measure {
 public:
  ClassifierMeasure(const model::Model& model, GoldLabels gold, std::size_t conditions)
      : model_(model),
        gold_(gold),
        classes_(model.labels()),
        counts_(conditions, ClassCounts(classes_.size())),
        confidence_(conditions, std::vector<Confidence>(classes_.size() + 1)),
        sentences_(conditions) {}

  bool needs_heads() const override { return true; }
  bool reads_one_position() const override { return model_.has_sequence_classifier(); }

  void add(std::size_t condition, const Pass& pass) override {
    const std::vector<Example> examples =
        model_.has_sequence_classifier() ? sentence_examples(pass) : word_examples(pass);
    if (condition == 0) intact_ = examples;
    std::vector<std::pair<double, int>> of_sentence(pass.plans.size());
    for (std::size_t i = 0; i < examples.size(); ++i) {
      const Example& now = examples[i];
      const Example& before = intact_[i];
      Index predicted = 0, intact_prediction = 0;
      now.log_p.maxCoeff(&predicted);
      before.log_p.maxCoeff(&intact_prediction);
      counts_[condition].add(now.gold, predicted == now.gold, predicted != intact_prediction);
      const double p_before = std::exp(before.log_p[intact_prediction]);
      const double drop = p_before - std::exp(now.log_p[intact_prediction]);
      Confidence& sum =
          confidence_[condition][now.gold >= 0 ? static_cast<std::size_t>(now.gold) : classes_.size()];
      sum.drop += drop;
      sum.by_probability += drop / p_before;
      ++sum.examples;
      if (now.gold >= 0) {
        sum.by_gold_loglik += (before.log_p[now.gold] - now.log_p[now.gold]) / -before.log_p[now.gold];
        ++sum.with_gold;
      }
      of_sentence[now.sentence].first += drop;
      ++of_sentence[now.sentence].second;
    }
    for (std::size_t s = 0; s < of_sentence.size(); ++s)
      if (of_sentence[s].second > 0)
        sentences_.set(condition, pass.first_sentence + static_cast<std::int64_t>(s),
                       of_sentence[s].first / of_sentence[s].second);
  }

  std::vector<Figures> figures() const override {
    std::vector<Figures> out;
    for (std::size_t c = 0; c < counts_.size(); ++c)
      for (int k = -1; k < static_cast<int>(classes_.size()); ++k) {
        if (k >= 0 && counts_[0].seen[static_cast<std::size_t>(k)] == 0) continue;
        Figures f{c, "model", k < 0 ? "" : classes_[static_cast<std::size_t>(k)],
                  count_figures(counts_[c], counts_[0], k)};
        if (!gold_.set)
          for (auto& [name, value] : f.values)
            if (name == "accuracy" || name == "accuracy_drop") value = no_value;
        append_confidence(f, confidence_[c], k);
        out.push_back(std::move(f));
      }
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override {
    return {{"confidence_drop", sentences_.matrix()}};
  }

 private:
  static void append_confidence(Figures& f, const std::vector<Confidence>& by_class, int class_index) {
    Confidence sum;
    for (std::size_t k = 0; k < by_class.size(); ++k) {
      if (class_index >= 0 && k != static_cast<std::size_t>(class_index)) continue;
      sum.drop += by_class[k].drop;
      sum.by_probability += by_class[k].by_probability;
      sum.by_gold_loglik += by_class[k].by_gold_loglik;
      sum.examples += by_class[k].examples;
      sum.with_gold += by_class[k].with_gold;
    }
    const auto mean = [](double total, std::int64_t n) {
      return n == 0 ? no_value : total / static_cast<double>(n);
    };
    f.values.emplace_back("confidence_drop", mean(sum.drop, sum.examples));
    f.values.emplace_back("confidence_drop_by_probability", mean(sum.by_probability, sum.examples));
    f.values.emplace_back("confidence_drop_by_gold_loglik", mean(sum.by_gold_loglik, sum.with_gold));
  }

  static VectorD row(const torch::Tensor& log_p, std::int64_t i) {
    VectorD out(log_p.size(1));
    for (Index k = 0; k < out.size(); ++k) out[k] = log_p.const_data_ptr<double>()[i * log_p.size(1) + k];
    return out;
  }

  static torch::Tensor log_softmax(const torch::Tensor& logits) {
    return logits.to(torch::kCPU, torch::kFloat64).log_softmax(-1).contiguous();
  }

  std::vector<Example> sentence_examples(const Pass& pass) const {
    std::vector<std::optional<Example>> by_sentence(pass.plans.size());
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      model::Batch rows;
      rows.lengths.assign(packed.batch.lengths.size(), 1);
      const torch::Tensor log_p =
          log_softmax(model_.classify(pass.hidden[b], pass.one_position ? rows : packed.batch));
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        const auto s = static_cast<std::size_t>(
            pass.packing.plan_of_segment()[static_cast<std::size_t>(packed.segments[i])]);
        if (packed.segments[i] != pass.packing.first_segment(s))
          continue;  // later windows of a split sentence
        const int gold =
            gold_.set ? class_of_label(classes_, pass.sentences[s].sentence_labels[*gold_.set]) : -1;
        by_sentence[s] = Example{s, gold, row(log_p, static_cast<std::int64_t>(i))};
      }
    }
    std::vector<Example> examples;
    for (auto& example : by_sentence)
      if (example) examples.push_back(std::move(*example));
    return examples;
  }

  std::vector<Example> word_examples(const Pass& pass) const {
    // Where each segment lies: its batch and its first row there.
    std::vector<std::pair<std::size_t, std::int64_t>> place(pass.packing.plan_of_segment().size());
    std::vector<torch::Tensor> log_p;
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      log_p.push_back(log_softmax(model_.token_logits(pass.hidden[b])));
      std::int64_t first = 0;
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        place[static_cast<std::size_t>(packed.segments[i])] = {b, first};
        first += packed.batch.lengths[i];
      }
    }
    std::vector<Example> examples;
    for (std::size_t s = 0; s < pass.plans.size(); ++s)
      for (const extract::PlannedRow& r : pass.plans[s].rows) {
        if (r.word < 0 || r.groups.empty()) continue;
        const extract::Place first = r.groups.front().front();
        const auto [b, offset] =
            place[static_cast<std::size_t>(pass.packing.first_segment(s) + first.segment)];
        const auto word = static_cast<std::size_t>(r.word);
        const auto& labels = pass.sentences[s].word_labels;
        const int gold = gold_.set && word < labels[*gold_.set].size()
                             ? class_of_label(classes_, labels[*gold_.set][word])
                             : -1;
        examples.push_back({s, gold, row(log_p[b], offset + first.piece)});
      }
    return examples;
  }

  const model::Model& model_;
  GoldLabels gold_;
  std::vector<std::string> classes_;
  std::vector<ClassCounts> counts_;
  std::vector<std::vector<Confidence>> confidence_;  ///< per condition and gold class, the last without gold
  SentenceTable sentences_;
  std::vector<Example> intact_;  ///< of the window under way
};

}  // namespace

GoldLabels find_gold_labels(const model::Model& model, io::CorpusReader& corpus, const std::string& wanted) {
  GoldLabels gold;
  gold.of_words = !model.has_sequence_classifier();
  const auto& sets = gold.of_words ? corpus.word_label_sets() : corpus.sentence_label_sets();
  if (!wanted.empty()) {
    const auto it = std::find(sets.begin(), sets.end(), wanted);
    if (it == sets.end())
      throw usage_error("{}: no labels '{}'{}", corpus.name(), wanted, did_you_mean(wanted, sets));
    gold.set = static_cast<std::size_t>(it - sets.begin());
    return gold;
  }
  const std::vector<std::string> classes = model.labels();
  const auto known = [&](const std::string& label) { return class_of_label(classes, label) >= 0; };
  std::vector<bool> fits(sets.size(), true);
  corpus.rewind();
  for (int seen = 0; seen < 100; ++seen) {
    const auto sentence = corpus.next();
    if (!sentence) break;
    for (std::size_t s = 0; s < sets.size(); ++s)
      fits[s] = fits[s] && (gold.of_words ? std::all_of(sentence->word_labels[s].begin(),
                                                        sentence->word_labels[s].end(), known)
                                          : known(sentence->sentence_labels[s]));
  }
  corpus.rewind();
  const auto it = std::find(fits.begin(), fits.end(), true);
  if (it != fits.end()) gold.set = static_cast<std::size_t>(it - fits.begin());
  return gold;
}

std::unique_ptr<Measure> measure_classifier(const model::Model& model, GoldLabels gold,
                                            std::size_t conditions) {
  return std::make_unique<ClassifierMeasure>(model, gold, conditions);
}

}  // namespace neurox::ablate
