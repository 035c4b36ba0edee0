#include "neurox/ablate/likelihood_measure.h"

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "neurox/model/likelihood.h"

namespace neurox::ablate {
namespace {

/// Negative log-likelihoods of some tokens.
struct Tally {
  double nll = 0;
  std::int64_t tokens = 0;
};

class LikelihoodMeasure final : public Measure {
 public:
  LikelihoodMeasure(const model::Model& model, std::size_t conditions, std::optional<LabelPlace> classes)
      : model_(model), classes_(classes), all_(conditions), by_class_(conditions), sentences_(conditions) {}

  bool needs_heads() const override { return true; }

  void add(std::size_t condition, const Pass& pass) override {
    std::vector<double> of_sentence(pass.plans.size());
    if (condition == 0) find_classes(pass);
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      const torch::Tensor log_p =
          model::token_log_likelihoods(model_, pass.hidden[b], packed.batch).to(torch::kCPU).contiguous();
      const auto* row = log_p.const_data_ptr<double>();
      const torch::Tensor predicted = model::predicted_tokens(model_, packed.batch).contiguous();
      const bool* is_predicted = predicted.const_data_ptr<bool>();
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        const auto segment = static_cast<std::size_t>(packed.segments[i]);
        const auto plan = static_cast<std::size_t>(pass.packing.plan_of_segment()[segment]);
        for (std::int64_t t = 1; t < packed.batch.lengths[i]; ++t) {
          if (!is_predicted[t]) continue;
          of_sentence[plan] -= row[t];
          ++all_[condition].tokens;
          if (!classes_) continue;
          const std::string& name = class_of_[segment][static_cast<std::size_t>(t)];
          if (name.empty()) continue;
          Tally& tally = by_class_[condition][name];
          tally.nll -= row[t];
          ++tally.tokens;
        }
        row += packed.batch.lengths[i];
        is_predicted += packed.batch.lengths[i];
      }
    }
    for (std::size_t s = 0; s < of_sentence.size(); ++s) {
      all_[condition].nll += of_sentence[s];
      sentences_.set(condition, pass.first_sentence + static_cast<std::int64_t>(s), of_sentence[s]);
    }
  }

  std::vector<Figures> figures() const override {
    std::vector<Figures> out;
    for (std::size_t c = 0; c < all_.size(); ++c) {
      out.push_back(row(c, "", all_[c], all_[0]));
      for (const auto& [name, tally] : by_class_[c])
        out.push_back(row(c, name, tally, by_class_[0].at(name)));
    }
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override { return {{"nll", sentences_.matrix()}}; }

 private:
  static Figures row(std::size_t condition, const std::string& name, const Tally& tally,
                     const Tally& intact) {
    const double mean = tally.nll / static_cast<double>(tally.tokens);
    return {condition,
            "model",
            name,
            {{"tokens", static_cast<double>(tally.tokens)},
             {"nll", mean},
             {"nll_rise", mean - intact.nll / static_cast<double>(intact.tokens)},
             {"perplexity", std::exp(mean)}}};
  }

  /// The class of each piece of the window's segments.
  void find_classes(const Pass& pass) {
    class_of_.clear();
    if (!classes_) return;
    for (std::size_t s = 0; s < pass.plans.size(); ++s) {
      const io::Sentence& sentence = pass.sentences[s];
      const std::size_t first = class_of_.size();
      for (const extract::Segment& segment : pass.plans[s].segments)
        class_of_.emplace_back(segment.ids.size(),
                               classes_->of_words ? "" : sentence.sentence_labels[classes_->set]);
      if (!classes_->of_words) continue;
      const std::vector<std::string>& labels = sentence.word_labels[classes_->set];
      for (const extract::PlannedRow& planned : pass.plans[s].rows) {
        if (planned.word < 0 || static_cast<std::size_t>(planned.word) >= labels.size()) continue;
        for (const auto& group : planned.groups)
          for (const extract::Place place : group)
            class_of_[first + static_cast<std::size_t>(place.segment)]
                     [static_cast<std::size_t>(place.piece)] = labels[static_cast<std::size_t>(planned.word)];
      }
    }
  }

  const model::Model& model_;
  std::optional<LabelPlace> classes_;
  std::vector<Tally> all_;
  std::vector<std::map<std::string, Tally>> by_class_;
  std::vector<std::vector<std::string>> class_of_;  ///< [segment of the window][piece]
  SentenceTable sentences_;
};

}  // namespace

std::unique_ptr<Measure> measure_likelihood(const model::Model& model, std::size_t conditions,
                                            std::optional<LabelPlace> classes) {
  return std::make_unique<LikelihoodMeasure>(model, conditions, classes);
}

}  // namespace neurox::ablate
