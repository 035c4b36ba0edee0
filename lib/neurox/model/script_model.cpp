#include "neurox/model/script_model.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"

namespace neurox::model {
namespace {

using torch::Tensor;

/// #sentences x words ids of a trial: different ones side by side, small so that every vocabulary has them.
Tensor trial_ids(std::int64_t sentences, const ScriptLayout::Lengths& lengths) {
  const std::int64_t words = ScriptLayout::words_of(lengths);
  return at::arange(sentences * words, torch::kInt64).remainder(5).add(1).reshape({sentences, words});
}

/// Notes what every site of a cell holds.
class TrialCell final : public CellListener {
 public:
  explicit TrialCell(std::function<void(int, const Tensor&)> note) : note_(std::move(note)) {}
  bool edits(int) const override { return false; }
  bool observes(int) const override { return true; }
  Tensor edited(int, const Tensor& rows) const override { return rows; }
  Tensor show(int site, const Tensor& rows) const override {
    note_(site, rows);
    return rows;
  }

 private:
  std::function<void(int, const Tensor&)> note_;
};

}  // namespace

/// What a trial pass went through.
struct ScriptModel::Trial {
  struct Call {
    std::string path;
    Tensor value;  ///< undefined where the call returned none
  };
  std::int64_t sentences;
  ScriptLayout::Lengths lengths;
  std::vector<Call> calls;
  Tensor output;

  ScriptLayout::Probe probe(const Tensor& x) const { return {sentences, lengths, x.sizes().vec()}; }
};

ScriptModel::ScriptModel(const std::filesystem::path& file, torch::Device device)
    : file_(file.string()),
      settings_(ScriptSettings::read_beside(file)),
      device_(device),
      graph_(file, device),
      inputs_(file, graph_.arguments(), settings_) {
  const torch::NoGradGuard no_gradients;
  std::string failure;
  const auto found = attempts(failure);
  if (!found) throw input_error("{}: forward fails on every trial sentence: {}", file_, failure);
  const auto& [a, b] = *found;
  trial_lengths_ = a.lengths;
  trial_ids_ = trial_ids(1, a.lengths).to(device);
  if (!a.output.equal(attempt(a.sentences, a.lengths).output))
    throw input_error(
        "{}: the same input gives other numbers each time; was it traced in training mode? call model.eval() "
        "before torch.jit.trace",
        file_);
  find_sites(a, b);
  find_embedding(a);
  find_task(a, b);
}

ScriptModel::Trial ScriptModel::attempt(std::int64_t sentences, const ScriptLayout::Lengths& lengths) const {
  Trial trial{sentences, lengths, {}, {}};
  const auto tap = [&](const std::string& path, c10::IValue value) {
    // A copy: what follows may write into it.
    const Tensor x = first_tensor(value);
    trial.calls.push_back({path, x.defined() ? x.clone() : x});
    return value;
  };
  const auto cells = [&](const RecurrentCall& call) {
    call.by_steps([&](std::int64_t layer, bool backwards) {
      return std::make_unique<TrialCell>([&trial, &call, layer, backwards](int site, const Tensor& rows) {
        trial.calls.push_back(
            {call.site(layer, backwards, static_cast<std::size_t>(site)), call.from_rows(rows).clone()});
      });
    });
    return call.by_torch();
  };
  const c10::IValue out =
      graph_.run(inputs_.make(trial_ids(sentences, lengths).to(device_), {}, lengths), tap, cells);
  trial.output = first_tensor(out);
  return trial;
}

std::optional<std::pair<ScriptModel::Trial, ScriptModel::Trial>> ScriptModel::attempts(std::string& failure) {
  // Wide windows need long sentences, few positions short ones. From the first trial of a pair to the second
  // the batch and the two texts grow by different numbers.
  using Lengths = ScriptLayout::Lengths;
  const std::array<std::pair<Lengths, Lengths>, 3> lengths{
      {{{8, 6}, {11, 8}}, {{3, 2}, {5, 5}}, {{32, 29}, {37, 31}}}};
  for (auto [shorter, longer] : lengths) {
    shorter.resize(inputs_.texts());
    longer.resize(inputs_.texts());
    for (const torch::ScalarType type : {torch::kInt64, torch::kBool, torch::kFloat32}) {
      inputs_.set_mask_type(type);
      try {
        return std::pair(attempt(2, shorter), attempt(3, longer));
      } catch (const Error& e) {
        if (failure.empty()) failure = e.what();
      }
      if (!inputs_.has_mask()) break;
    }
  }
  return std::nullopt;
}

void ScriptModel::find_sites(const Trial& a, const Trial& b) {
  std::map<std::string, std::vector<const Tensor*>> others;
  for (const Trial::Call& call : b.calls) others[call.path].push_back(&call.value);
  std::map<std::string, std::size_t> times;
  for (const Trial::Call& call : a.calls) ++times[call.path];
  for (const Trial::Call& call : a.calls) {
    std::vector<int>& numbers = site_of_call_[call.path];
    const std::size_t ordinal = numbers.size();
    numbers.push_back(-1);
    const std::vector<const Tensor*>& same = others[call.path];
    if (same.size() != times[call.path] || !call.value.defined() || !call.value.is_floating_point()) continue;
    const auto layout = ScriptLayout::find(a.probe(call.value), b.probe(*same[ordinal]));
    if (!layout) continue;
    numbers.back() = static_cast<int>(sites_.size());
    const std::string name = times[call.path] == 1 ? call.path : fmt::format("{}#{}", call.path, ordinal + 1);
    sites_.push_back({name, numbers.back(), static_cast<int>(layout->width()), 0});
    layouts_.push_back(*layout);
  }
  if (sites_.empty())
    throw input_error(
        "{}: no inner module returns numbers for a text or its words; there is nothing to look at", file_);
}

void ScriptModel::find_embedding(const Trial& a) {
  const Tensor ids = trial_ids(a.sentences, a.lengths).flatten().to(device_);
  std::map<std::string, std::size_t> times;
  std::map<std::string, std::map<std::size_t, std::size_t>> lookups;  // path: call, text
  std::vector<std::string> paths;
  for (const Trial::Call& call : a.calls) {
    paths.push_back(call.path);
    const std::size_t ordinal = times[call.path]++;
    const int site = site_of_call_.at(call.path)[ordinal];
    if (site < 0 || (!settings_.embedding.empty() && call.path != settings_.embedding)) continue;
    const ScriptLayout& layout = layouts_[static_cast<std::size_t>(site)];
    const Tensor table = graph_.table_of(call.path);
    if (!table.defined() || !layout.whole() || table.size(1) != layout.width() || table.size(0) < 6) continue;
    const Tensor looked_up = layout.own(table.index_select(0, ids), a.sentences, a.lengths);
    if (!layout.rows(call.value, a.sentences, a.lengths).equal(looked_up)) continue;
    auto& found = lookups[call.path];
    found[ordinal] = layout.text();
    if (found.size() < inputs_.texts()) continue;
    embedding_ = call.path;
    text_of_lookup_ = found;
    table_ = table;
    return;
  }
  if (!settings_.embedding.empty())
    throw input_error("{}: \"embedding\": module '{}'{} does not look the ids up in its weight", file_,
                      settings_.embedding,
                      times.contains(settings_.embedding) ? "" : did_you_mean(settings_.embedding, paths));
  throw input_error("{}: no module looks the ids up in a table (nn.Embedding), so words have no vectors",
                    file_);
}

void ScriptModel::find_task(const Trial& a, const Trial& b) {
  if (a.output.defined() && a.output.is_floating_point())
    output_ = ScriptLayout::find(a.probe(a.output), b.probe(b.output));
  if (!output_ || (output_->has_words() && (!output_->whole() || inputs_.texts() > 1)))
    throw input_error(
        "{}: forward returns {}; a row of numbers for each text (#batch x classes) or each word (#batch x "
        "#words x classes) is expected",
        file_,
        a.output.defined() ? fmt::format("a tensor of shape {}", fmt::join(a.output.sizes(), " x "))
                           : "no tensor");
  task_ = !output_->has_words() ? Task::Text : output_->width() == table_.size(0) ? Task::Next : Task::Words;
  const auto labels = static_cast<std::int64_t>(settings_.labels.size());
  const bool next = task_ == Task::Next && settings_.task != "words";
  if (labels > 0 && !next && labels != output_->width())
    throw input_error("{}: {} names of classes beside it, but forward returns {} numbers for each {}", file_,
                      labels, output_->width(), output_->has_words() ? "word" : "text");
  const std::string& said = settings_.task;
  if (said.empty()) return;
  if ((said == "text") != (task_ == Task::Text) || (said == "next" && output_->width() != table_.size(0)))
    throw input_error("{}: \"task\" is {}, but forward returns {} numbers for each {}", file_, said,
                      output_->width(), output_->has_words() ? "word" : "text");
  if (said == "words") task_ = Task::Words;
}

}  // namespace neurox::model
