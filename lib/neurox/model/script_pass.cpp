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

/// Who listens inside an LSTM or GRU, in the rows of the model.
class ScriptModel::Cell final : public CellListener {
 public:
  Cell(const ScriptModel& model, Pass& pass, const RecurrentCall& call, std::vector<int> sites)
      : model_(model), pass_(pass), call_(call), sites_(std::move(sites)) {}
  bool edits(int site) const override {
    return number(site) >= 0 && !pass_.stopped.defined() && pass_.hooks.edits(number(site));
  }
  bool observes(int site) const override {
    return number(site) >= 0 && !pass_.stopped.defined() &&
           (pass_.hooks.observes(number(site)) || pass_.stop_after == number(site));
  }
  Tensor edited(int site, const Tensor& rows) const override {
    return back(site, pass_.hooks.edited(number(site), own(site, rows)), rows);
  }
  Tensor show(int site, const Tensor& rows) const override {
    const Tensor shown = own(site, rows);
    pass_.hooks.show(number(site), shown);
    if (pass_.stop_after == number(site)) pass_.stopped = shown;
    return back(site, shown, rows);
  }

 private:
  int number(int site) const { return sites_[static_cast<std::size_t>(site)]; }
  const ScriptLayout& layout(int site) const {
    return model_.layouts_[static_cast<std::size_t>(number(site))];
  }
  Tensor own(int site, const Tensor& rows) const {
    return layout(site).rows(call_.from_rows(rows), pass_.sentences, pass_.lengths);
  }
  Tensor back(int site, const Tensor& all, const Tensor& rows) const {
    return call_.to_rows(layout(site).back(all, call_.from_rows(rows), pass_.sentences, pass_.lengths));
  }

  const ScriptModel& model_;
  Pass& pass_;
  const RecurrentCall& call_;
  std::vector<int> sites_;
};

std::vector<Tensor> ScriptModel::run_cells(Pass& pass, const RecurrentCall& call) const {
  const std::size_t count = cell_sites(call.kind).size();
  std::map<std::pair<std::int64_t, bool>, std::vector<int>> numbers;
  bool wanted = false;
  for (std::int64_t l = 0; l < call.layers; ++l)
    for (const bool backwards : call.bidirectional ? std::vector{false, true} : std::vector{false})
      for (std::size_t s = 0; s < count; ++s) {
        const int site = site_of_call(pass, call.site(l, backwards, s));
        numbers[{l, backwards}].push_back(site);
        wanted = wanted || (site >= 0 && !pass.stopped.defined() &&
                            (pass.hooks.wants(SiteKind::Module, site) || pass.stop_after == site));
      }
  if (!wanted) return call.by_torch();
  return call.by_steps([&](std::int64_t l, bool backwards) {
    return std::make_unique<Cell>(*this, pass, call, numbers.at({l, backwards}));
  });
}

c10::IValue ScriptModel::run_graph(Pass& pass, const Tensor& ids, const Tensor& types) const {
  return graph_.run(
      inputs_.make(ids, types, pass.lengths),
      [&](const std::string& path, c10::IValue x) { return tap(pass, path, std::move(x)); },
      [&](const RecurrentCall& call) { return run_cells(pass, call); });
}

int ScriptModel::site_of_call(Pass& pass, const std::string& path) const {
  const std::size_t ordinal = pass.calls[path]++;
  const auto numbers = site_of_call_.find(path);
  return numbers != site_of_call_.end() && ordinal < numbers->second.size() ? numbers->second[ordinal] : -1;
}

c10::IValue ScriptModel::tap(Pass& pass, const std::string& path, c10::IValue value) const {
  const std::size_t ordinal = pass.calls[path];
  const int site = site_of_call(pass, path);
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
  const c10::IValue value = run_graph(pass, ids, {});
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
    const c10::IValue value = run_graph(pass, ids, of_run(batch.type_ids));
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
