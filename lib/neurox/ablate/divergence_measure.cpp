#include "neurox/ablate/divergence_measure.h"

#include <algorithm>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::ablate {
namespace {

/// KL of each row: #rows float64.
torch::Tensor divergence(const torch::Tensor& intact, const torch::Tensor& edited) {
  const torch::Tensor p = intact.to(torch::kFloat64).log_softmax(1),
                      q = edited.to(torch::kFloat64).log_softmax(1);
  return (p.exp() * (p - q)).sum(1).clamp_min(0);
}

class DivergenceMeasure final : public Measure {
 public:
  DivergenceMeasure(const model::Model& model, std::size_t conditions)
      : model_(model), sums_(conditions), examples_(conditions), sentences_(conditions) {
    if (!model.has_causal_lm() && !model.has_sequence_classifier() && !model.has_token_classifier())
      throw usage_error("kl: {} has neither a classifier nor a causal language model",
                        model.config().file.parent_path().string());
  }

  bool needs_heads() const override { return true; }

  void add(std::size_t condition, const Pass& pass) override {
    if (condition == 0) intact_ = pass.hidden;
    std::vector<double> sum(pass.plans.size()), count(pass.plans.size());
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      const std::vector<std::int64_t> offsets = packed.batch.offsets();
      const torch::Tensor kl = of_batch(b, pass.hidden[b], packed.batch).to(torch::kCPU).contiguous();
      const bool by_sentence = kl.size(0) == packed.batch.sentences() && by_sentence_;
      for (std::size_t i = 0; i < packed.segments.size(); ++i) {
        const auto plan = static_cast<std::size_t>(
            pass.packing.plan_of_segment()[static_cast<std::size_t>(packed.segments[i])]);
        const std::int64_t first = by_sentence ? static_cast<std::int64_t>(i) : offsets[i],
                           end = by_sentence ? first + 1 : offsets[i + 1] - (model_.has_causal_lm() ? 1 : 0);
        for (std::int64_t row = first; row < end; ++row) sum[plan] += kl.const_data_ptr<double>()[row];
        count[plan] += static_cast<double>(std::max<std::int64_t>(0, end - first));
      }
    }
    for (std::size_t s = 0; s < sum.size(); ++s) {
      sums_[condition] += sum[s];
      examples_[condition] += count[s];
      if (count[s] > 0)
        sentences_.set(condition, pass.first_sentence + static_cast<std::int64_t>(s), sum[s] / count[s]);
    }
  }

  std::vector<Figures> figures() const override {
    std::vector<Figures> out;
    for (std::size_t c = 0; c < sums_.size(); ++c)
      out.push_back(
          {c,
           "model",
           "",
           {{"tokens", examples_[c]}, {"kl", examples_[c] > 0 ? sums_[c] / examples_[c] : no_value}}});
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override { return {{"kl", sentences_.matrix()}}; }

 private:
  torch::Tensor of_batch(std::size_t b, const torch::Tensor& hidden, const model::Batch& batch) {
    const torch::Tensor& intact = intact_[b];
    by_sentence_ = !model_.has_causal_lm() && model_.has_sequence_classifier();
    if (by_sentence_) return divergence(model_.classify(intact, batch), model_.classify(hidden, batch));
    if (!model_.has_causal_lm()) return divergence(model_.token_logits(intact), model_.token_logits(hidden));
    // Rows in blocks, so that few logits live at a time.
    constexpr std::int64_t rows = 128;
    std::vector<torch::Tensor> parts;
    for (std::int64_t first = 0; first < hidden.size(0); first += rows) {
      const std::int64_t n = std::min(rows, hidden.size(0) - first);
      parts.push_back(divergence(model_.lm_logits(intact.narrow(0, first, n)),
                                 model_.lm_logits(hidden.narrow(0, first, n))));
    }
    return at::cat(parts);
  }

  const model::Model& model_;
  std::vector<torch::Tensor> intact_;  ///< of the window under way, by batch
  std::vector<double> sums_, examples_;
  SentenceTable sentences_;
  bool by_sentence_ = false;
};

}  // namespace

std::unique_ptr<Measure> measure_divergence(const model::Model& model, std::size_t conditions) {
  return std::make_unique<DivergenceMeasure>(model, conditions);
}

}  // namespace neurox::ablate
