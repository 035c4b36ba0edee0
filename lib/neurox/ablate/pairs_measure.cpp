#include "neurox/ablate/pairs_measure.h"

#include <map>
#include <string>
#include <vector>

#include "neurox/ablate/counts.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"
#include "neurox/model/likelihood.h"

namespace neurox::ablate {
namespace {

class PairsMeasure final : public Measure {
 public:
  PairsMeasure(const model::Model& model, std::size_t conditions, std::optional<std::size_t> classes)
      : model_(model), classes_(classes), nll_(conditions) {}

  bool needs_heads() const override { return true; }

  void add(std::size_t condition, const Pass& pass) override {
    std::vector<double> of_sentence(pass.plans.size());
    for (std::size_t b = 0; b < pass.packing.batches().size(); ++b) {
      const extract::PackedBatch& packed = pass.packing.batches()[b];
      const torch::Tensor sums =
          model::sentence_log_likelihoods(model_, pass.hidden[b], packed.batch).to(torch::kCPU).contiguous();
      for (std::size_t i = 0; i < packed.segments.size(); ++i)
        of_sentence[static_cast<std::size_t>(
            pass.packing.plan_of_segment()[static_cast<std::size_t>(packed.segments[i])])] -=
            sums.const_data_ptr<double>()[i];
    }
    for (std::size_t s = 0; s < of_sentence.size(); ++s) {
      nll_[condition].push_back(of_sentence[s]);
      if (condition == 0) class_of_.push_back(classes_ ? pass.sentences[s].sentence_labels[*classes_] : "");
    }
  }

  std::vector<Figures> figures() const override {
    std::vector<std::string> names;
    std::map<std::string, int> number;
    for (const std::string& name : class_of_)
      if (!name.empty() && number.try_emplace(name, static_cast<int>(names.size())).second)
        names.push_back(name);
    std::vector<ClassCounts> counts(nll_.size(), ClassCounts(names.size()));
    std::vector<std::vector<double>> margins(nll_.size(), std::vector<double>(names.size() + 1));
    for (std::size_t c = 0; c < nll_.size(); ++c)
      for (std::size_t s = 0; s + 1 < nll_[c].size(); s += 2) {
        const double margin = nll_[c][s + 1] - nll_[c][s], before = nll_[0][s + 1] - nll_[0][s];
        const auto it = number.find(class_of_[s]);
        const int k = it == number.end() ? -1 : it->second;
        counts[c].add(k, margin > 0, (margin > 0) != (before > 0));
        margins[c][k < 0 ? names.size() : static_cast<std::size_t>(k)] += margin;
      }
    std::vector<Figures> out;
    for (std::size_t c = 0; c < nll_.size(); ++c)
      for (int k = -1; k < static_cast<int>(names.size()); ++k) {
        Figures row{c, "pairs", k < 0 ? "" : names[static_cast<std::size_t>(k)],
                    count_figures(counts[c], counts[0], k)};
        double margin = 0;
        for (std::size_t i = 0; i < margins[c].size(); ++i)
          if (k < 0 || static_cast<int>(i) == k) margin += margins[c][i];
        const double pairs = row.values.front().second;
        row.values.emplace_back("margin", pairs > 0 ? margin / pairs : no_value);
        out.push_back(std::move(row));
      }
    return out;
  }

  std::vector<SentenceFigures> sentence_figures() const override { return {}; }

 private:
  const model::Model& model_;
  std::optional<std::size_t> classes_;
  std::vector<std::vector<double>> nll_;  ///< [condition][sentence]
  std::vector<std::string> class_of_;
};

}  // namespace

std::unique_ptr<Measure> measure_pairs(const model::Model& model, std::size_t conditions,
                                       std::optional<std::size_t> classes) {
  return std::make_unique<PairsMeasure>(model, conditions, classes);
}

}  // namespace neurox::ablate
