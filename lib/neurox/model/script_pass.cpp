#include <utility>

#include "neurox/core/error.h"
#include "neurox/model/script_model.h"

namespace neurox::model {

using torch::Tensor;

/// Neighbouring sentences whose texts have as many words.
struct ScriptRun {
  std::int64_t sentences, first_token;
  ScriptLayout::Lengths lengths;
};

struct ScriptModel::Pass {
  const Hooks& hooks;
  Tensor words;  ///< of this run's sentences
  std::int64_t sentences;
  ScriptLayout::Lengths lengths;
  std::optional<int> stop_after;
  std::map<std::string, std::size_t> calls = {};
  Tensor stopped = {};
};

c10::IValue ScriptModel::tap(Pass& pass, const std::string& path, c10::IValue value) const {
  const std::size_t ordinal = pass.calls[path]++;
  const auto numbers = site_of_call_.find(path);
  const int site =
      numbers != site_of_call_.end() && ordinal < numbers->second.size() ? numbers->second[ordinal] : -1;
  if (site < 0) return value;
  const bool input = path == embedding_ && text_of_lookup_.contains(ordinal);
  const bool listened = !pass.stopped.defined() && pass.hooks.wants(SiteKind::Module, site);
  const bool stops = pass.stop_after == site;
  if (!input && !listened && !stops) return value;
  const ScriptLayout& layout = layouts_[static_cast<std::size_t>(site)];
  const Tensor x = first_tensor(value);
  Tensor rows = input ? layout.own(pass.words, pass.sentences, pass.lengths)
                      : layout.rows(x, pass.sentences, pass.lengths);
  if (listened || stops) {
    if (at::GradMode::is_enabled() && pass.words.requires_grad() && !rows.requires_grad())
      throw usage_error(
          "{}: no gradient leads from it back to the words (its values are rounded, detached or "
          "the same for every text); choose another site",
          sites_[static_cast<std::size_t>(site)].site);
    rows = pass.hooks(SiteKind::Module, site, rows);  // the identity when nobody listens
  }
  if (stops) pass.stopped = rows;
  return with_first_tensor(value, layout.back(rows, x, pass.sentences, pass.lengths));
}

bool ScriptModel::is_cut(std::size_t site) const {
  const at::AutoGradMode with_gradients(true);
  const Tensor ids = trial_ids_;
  std::vector<std::string> paths;
  for (const SiteColumns& columns : sites_) paths.push_back(columns.site);
  Hooks hooks(std::move(paths));
  const auto guard = hooks.edit(*site_of(sites_[site]), [](const Tensor& x) { return x.detach(); });
  Pass pass{hooks, table_.index_select(0, ids.flatten()).requires_grad_(true), 1, trial_lengths_,
            std::nullopt};
  const c10::IValue value =
      graph_.run(inputs_.make(ids, {}, trial_lengths_),
                 [&](const std::string& path, c10::IValue x) { return tap(pass, path, std::move(x)); });
  return !first_tensor(value).requires_grad();
}

std::vector<ScriptRun> ScriptModel::runs(const Batch& batch) const {
  const Tensor types = batch.type_ids.defined() ? batch.type_ids.to(torch::kCPU) : Tensor();
  std::vector<ScriptRun> out;
  std::int64_t first = 0;
  for (const std::int64_t length : batch.lengths) {
    const std::int64_t second =
        types.defined() ? (types.narrow(0, first, length) == 1).sum().item<std::int64_t>() : 0;
    if (inputs_.texts() == 2 && (second == 0 || second == length))
      throw usage_error("{}: forward takes two texts; give the second with --pair-column", file_);
    if (inputs_.texts() == 1 && second > 0 && !inputs_.has_types())
      throw usage_error("{}: forward takes one text, not a pair; leave --pair-column out", file_);
    const ScriptLayout::Lengths lengths =
        inputs_.texts() == 2 ? ScriptLayout::Lengths{length - second, second} : ScriptLayout::Lengths{length};
    if (out.empty() || out.back().lengths != lengths) out.push_back({0, first, lengths});
    ++out.back().sentences;
    first += length;
  }
  return out;
}

Tensor ScriptModel::run(const Tensor& words, const Batch& batch, const Hooks& hooks,
                        std::optional<Site> stop_after) const {
  const std::vector<ScriptRun> runs = this->runs(batch);
  if (runs.size() > 1 && hooks.any())
    throw usage_error(
        "batch: sentences of {} lengths; a TorchScript model is listened to one length at a time",
        runs.size());
  std::vector<Tensor> parts;
  for (const ScriptRun& run : runs) {
    const std::int64_t tokens = run.sentences * ScriptLayout::words_of(run.lengths);
    Pass pass{hooks, words.narrow(0, run.first_token, tokens), run.sentences, run.lengths, std::nullopt};
    if (stop_after) pass.stop_after = stop_after->block;
    const auto of_run = [&](const Tensor& x) {
      return x.defined() ? x.narrow(0, run.first_token, tokens).to(device_).reshape({run.sentences, -1}) : x;
    };
    const Tensor ids = batch.ids.defined() ? of_run(batch.ids)
                                           : at::ones({run.sentences, ScriptLayout::words_of(run.lengths)},
                                                      words.options().dtype(torch::kInt64));
    const c10::IValue value =
        graph_.run(inputs_.make(ids, of_run(batch.type_ids), run.lengths),
                   [&](const std::string& path, c10::IValue x) { return tap(pass, path, std::move(x)); });
    if (stop_after) {
      parts.push_back(pass.stopped);
      continue;
    }
    const Tensor x = first_tensor(value);
    if (at::GradMode::is_enabled() && pass.words.requires_grad() && !x.requires_grad())
      throw input_error(
          "{}: its output has no gradient by the words (rounded, detached or under no_grad); methods without "
          "gradients can explain it: occlusion, shapley, lime",
          file_);
    parts.push_back(output_->has_words() ? output_->rows(x, run.sentences, run.lengths)
                                         : output_->sentence_rows(x));
  }
  return at::cat(parts);
}

}  // namespace neurox::model
