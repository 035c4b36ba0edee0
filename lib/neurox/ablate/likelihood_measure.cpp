#include "neurox/ablate/likelihood_measure.h"

#include <cmath>

#include "neurox/model/likelihood.h"

namespace neurox::ablate {
namespace {

class LikelihoodMeasure final : public Measure {
 public:
  LikelihoodMeasure(const model::Model& model, std::size_t conditions)
      : model_(model), nll_(conditions), tokens_(conditions), sentences_(conditions) {}

  bool needs_heads() const override { return true; }

  void add(std::size_t condition, const Pass& pass) override {
    std::vector<double> of_sentence(pass.plans.size());
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      const torch::Tensor sums =
          model::sentence_log_likelihoods(model_, pass.hidden[b], packed.batch).to(torch::kCPU).contiguous();
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        const double nll = -sums.const_data_ptr<double>()[i];
        nll_[condition] += nll;
        tokens_[condition] += packed.batch.lengths[i] - 1;
        of_sentence[static_cast<std::size_t>(
            pass.packing.plan_of_segment()[static_cast<std::size_t>(packed.segments[i])])] += nll;
      }
    }
    for (std::size_t s = 0; s < of_sentence.size(); ++s)
      sentences_.set(condition, pass.first_sentence + static_cast<std::int64_t>(s), of_sentence[s]);
  }

  std::vector<Figures> figures() const override {
    std::vector<Figures> out;
    const double intact = nll_[0] / static_cast<double>(tokens_[0]);
    for (std::size_t c = 0; c < nll_.size(); ++c) {
      const double mean = nll_[c] / static_cast<double>(tokens_[c]);
      out.push_back({c,
                     "model",
                     "",
                     {{"tokens", static_cast<double>(tokens_[c])},
                      {"nll", mean},
                      {"nll_rise", mean - intact},
                      {"perplexity", std::exp(mean)}}});
    }
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override { return {{"nll", sentences_.matrix()}}; }

 private:
  const model::Model& model_;
  std::vector<double> nll_;
  std::vector<std::int64_t> tokens_;
  SentenceTable sentences_;
};

}  // namespace

std::unique_ptr<Measure> measure_likelihood(const model::Model& model, std::size_t conditions) {
  return std::make_unique<LikelihoodMeasure>(model, conditions);
}

}  // namespace neurox::ablate
