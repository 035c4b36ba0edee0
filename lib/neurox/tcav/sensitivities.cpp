#include "neurox/tcav/sensitivities.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <algorithm>
#include <set>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/extract/packing.h"
#include "neurox/extract/pooled_forward.h"

namespace neurox::tcav {

using torch::Tensor;

const std::map<std::string, At> at_names{{"summary", At::Summary}, {"mean", At::Mean}, {"word", At::Word}};

extract::PlanOptions plan_at(At at, int max_pieces) {
  extract::PlanOptions plan;
  plan.unit = at == At::Word ? extract::Unit::Word : extract::Unit::Sentence;
  plan.sentence_pooling = at == At::Mean ? extract::SentencePooling::Mean : extract::SentencePooling::Summary;
  plan.over = extract::Over::Pieces;
  plan.max_pieces = max_pieces;
  return plan;
}

namespace {

/// Tokens of a batch whose graph fits in the memory.
std::int64_t tokens_that_fit(const model::ModelConfig& c, std::int64_t bytes) {
  const std::int64_t each =
      4 * (std::max(c.blocks, 1) * (14 * c.width + 5 * c.mlp_width + 400 * c.heads) + 8 * c.width);
  return std::clamp<std::int64_t>(bytes / each, 64, 4096);
}

/// The rows of a batch that are positions of its sentences.
struct Positions {
  std::vector<std::int64_t> rows, owners;  ///< owners: sentence within the batch
  std::vector<float> shares;               ///< 1 / positions of the sentence

  void add(const extract::SentencePlan& plan, std::int64_t owner, std::int64_t first_row) {
    if (plan.segments.size() != 1)
      throw usage_error("sensitivities: a sentence in {} windows; cut it instead", plan.segments.size());
    std::set<std::int32_t> pieces;
    for (const extract::PlannedRow& row : plan.rows)
      for (const auto& group : row.groups)
        for (const extract::Place& place : group) pieces.insert(place.piece);
    for (const std::int32_t piece : pieces) {
      rows.push_back(first_row + piece);
      owners.push_back(owner);
      shares.push_back(1.0F / static_cast<float>(pieces.size()));
    }
  }
};

/// Sums rows of x by their owners, on the device of x.
class Gather {
 public:
  Gather(const Positions& p, std::int64_t sentences, torch::Device device)
      : rows_(torch::tensor(p.rows, torch::kInt64).to(device)),
        owners_(torch::tensor(p.owners, torch::kInt64).to(device)),
        shares_(torch::tensor(p.shares, torch::kFloat32).to(device).unsqueeze(1)),
        sentences_(sentences) {}

  Tensor sum(const Tensor& x) const { return join(x.index_select(0, rows_).to(torch::kFloat32)); }
  Tensor mean(const Tensor& x) const { return join(x.index_select(0, rows_).to(torch::kFloat32) * shares_); }

 private:
  Tensor join(const Tensor& x) const {
    return at::zeros({sentences_, x.size(1)}, x.options())
        .index_add(0, owners_, x)
        .to(torch::kCPU)
        .contiguous();
  }
  Tensor rows_, owners_, shares_;
  std::int64_t sentences_;
};

/// Writes the rows of a batch to their sentences' rows.
void scatter(const Tensor& from, const std::vector<Index>& sentences, Index column, MatrixF& to) {
  const auto width = static_cast<Index>(from.size(1));
  const Eigen::Map<const MatrixF> rows(from.const_data_ptr<float>(), static_cast<Index>(from.size(0)), width);
  for (std::size_t i = 0; i < sentences.size(); ++i)
    to.row(sentences[i]).segment(column, width) = rows.row(static_cast<Index>(i));
}

class Pass {
 public:
  Pass(model::Model& model, const SensitivityOptions& options)
      : model_(model),
        options_(options),
        sites_(extract::observed_sites(options.sites)),
        seen_(sites_.size()) {
    for (std::size_t s = 0; s < sites_.size(); ++s)
      guards_.push_back(model_.hooks().observe(sites_[s], [this, s](const Tensor& x) { seen_[s] = x; }));
  }

  /// @param first  number of the first target among all
  void run(const model::Batch& batch, std::span<const attribute::Target> targets, std::size_t first,
           const Positions& positions, const std::vector<Index>& sentences, Sensitivities& out) {
    const at::AutoGradMode gradients_on(true);
    std::fill(seen_.begin(), seen_.end(), Tensor());
    const Tensor start = model_.embed(batch).detach().requires_grad_(true);
    const auto stop = targets.front().stop_after();
    const Tensor hidden = model_.forward_embeddings(start, batch, stop);
    for (std::size_t s = 0; s < sites_.size(); ++s)
      if (!seen_[s].defined())
        throw usage_error("{}: the target does not depend on it; take a site before the target's",
                          options_.sites[s].site);
    const Gather gather(positions, batch.sentences(), hidden.device());
    Index column = 0;
    for (const Tensor& x : seen_) {
      scatter(gather.mean(x.detach()), sentences, column, out.activations);
      column += static_cast<Index>(x.size(1));
    }
    for (std::size_t t = 0; t < targets.size(); ++t)
      back(first + t, t + 1 < targets.size(),
           attribute::target_values(model_, hidden, batch, {&targets[t], 1}), gather, sentences, out);
  }

 private:
  void back(std::size_t t, bool more, const Tensor& values, const Gather& gather,
            const std::vector<Index>& sentences, Sensitivities& out) {
    const auto gradients = torch::autograd::grad({values.sum()}, seen_, {}, more, false, true);
    const Tensor numbers = values.detach().to(torch::kCPU, torch::kFloat64).contiguous();
    for (std::size_t i = 0; i < sentences.size(); ++i)
      out.values(static_cast<Index>(t), sentences[i]) = numbers.const_data_ptr<double>()[i];
    Index column = 0;
    for (std::size_t s = 0; s < seen_.size(); ++s) {
      if (gradients[s].defined()) {
        const Tensor sums = gather.sum(gradients[s]);
        if (!sums.isfinite().all().item<bool>() || !numbers.isfinite().all().item<bool>())
          throw numeric_error("{}: a gradient of target {} is not finite; the model's weights overflow",
                              options_.sites[s].site, t);
        scatter(sums, sentences, column, out.gradients[t]);
      } else if (sites_[s].kind == SiteKind::Module) {
        throw usage_error("{}: the target does not depend on it, or not by a gradient; choose another site",
                          options_.sites[s].site);
      }
      column += static_cast<Index>(seen_[s].size(1));
    }
  }

  model::Model& model_;
  const SensitivityOptions& options_;
  std::vector<Site> sites_;
  std::vector<Tensor> seen_;
  std::vector<model::Hooks::Guard> guards_;
};

Sensitivities room_for(std::size_t sentences, std::size_t targets, const SensitivityOptions& options) {
  Index neurons = 0;
  for (const SiteColumns& site : options.sites) neurons += site.width;
  const auto n = static_cast<Index>(sentences);
  Sensitivities out;
  out.values = MatrixD::Zero(static_cast<Index>(targets), n);
  out.activations = MatrixF::Zero(n, neurons);
  out.gradients.assign(targets, MatrixF::Zero(n, neurons));
  out.present.assign(sentences, false);
  return out;
}

}  // namespace

Sensitivities sensitivities(model::Model& model, std::span<const extract::SentencePlan> plans,
                            const SensitivityOptions& options) {
  if (options.targets.empty()) throw usage_error("sensitivities: no target");
  Sensitivities out = room_for(plans.size(), options.targets.size(), options);
  const extract::Packing packing(plans, tokens_that_fit(model.config(), options.memory_bytes),
                                 extract::lengths_for(model));
  Pass pass(model, options);
  for (const extract::PackedBatch& packed : packing.batches()) {
    Positions positions;
    std::vector<Index> sentences;
    std::int64_t first_row = 0;
    for (std::size_t i = 0; i < packed.segments.size(); ++i) {
      const auto plan = packing.plan_of_segment()[static_cast<std::size_t>(packed.segments[i])];
      const std::size_t before = positions.rows.size();
      positions.add(plans[static_cast<std::size_t>(plan)], static_cast<std::int64_t>(i), first_row);
      out.present[static_cast<std::size_t>(plan)] = positions.rows.size() > before;
      sentences.push_back(static_cast<Index>(plan));
      first_row += packed.batch.lengths[i];
    }
    pass.run(packed.batch, options.targets, 0, positions, sentences, out);
  }
  return out;
}

Sensitivities sensitivities_of_each(model::Model& model, std::span<const extract::SentencePlan> plans,
                                    std::span<const std::vector<Explained>> explained,
                                    const SensitivityOptions& options) {
  if (explained.empty() || explained.front().empty()) throw usage_error("sensitivities: no target");
  Sensitivities out = room_for(plans.size(), explained.front().size(), options);
  Pass pass(model, options);
  for (std::size_t i = 0; i < plans.size(); ++i) {
    Positions positions;
    positions.add(plans[i], 0, 0);
    out.present[i] = !positions.rows.empty();
    if (!out.present[i]) continue;
    for (std::size_t t = 0; t < explained[i].size(); ++t) {
      const Explained& each = explained[i][t];
      const auto beyond = std::find_if(positions.rows.begin(), positions.rows.end(),
                                       [&](std::int64_t row) { return row >= each.sentence.tokens(); });
      if (beyond != positions.rows.end())
        throw usage_error("sensitivities: piece {} of a sentence of {}", *beyond, each.sentence.tokens());
      pass.run(each.sentence, {&each.target, 1}, t, positions, {static_cast<Index>(i)}, out);
    }
  }
  return out;
}

}  // namespace neurox::tcav
