#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/batch.h"
#include "neurox/model/hooks.h"
#include "neurox/model/network.h"
#include "neurox/model/script_graph.h"
#include "neurox/model/script_inputs.h"
#include "neurox/model/script_layout.h"
#include "neurox/model/script_settings.h"

namespace neurox::model {

/// A TorchScript file as a model: sites are what its submodules return, by their paths.
///
/// Two trial passes tell which calls there are, which axis of each result is the words, which module looks
/// the words up, and what the output is. A module that is called k times has the sites PATH#1 to PATH#k;
/// calls whose number depends on the input, and results without rows of their own, are no sites. Of a tuple
/// the first tensor is the site (an LSTM's output). Inside nn.LSTM and nn.GRU there are the sites of their
/// cells too, `PATH.hook_c` (cell_sites).
class ScriptModel final : public Network {
 public:
  /// @throws Error{Input} as ScriptGraph and ScriptSettings; for arguments of forward that are not known, a
  /// module that fails on every trial input or gives other numbers each time, one that does not look ids up
  /// in a table, and an output that is no row of numbers per text or word
  ScriptModel(const std::filesystem::path& file, torch::Device device);

  const std::vector<SiteColumns>& sites() const override { return sites_; }
  bool has_words(std::size_t site) const override { return layouts_[site].has_words(); }
  bool is_cut(std::size_t site) const override;
  Task task() const override { return task_; }
  std::int64_t classes() const override { return output_->width(); }
  const ScriptSettings& settings() const { return settings_; }
  const torch::Tensor& word_embeddings() const override { return table_; }
  std::string embedding() const override { return embedding_; }
  bool mixes_lengths() const override { return false; }

  /// @throws Error{Usage} for sentences of several lengths while somebody listens, for pairs where forward
  /// takes one text and the other way round, and for a listener at a site from which no gradient leads back
  /// to the words although they require one; Error{Numeric} for what fails inside the module
  torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after) const override;

 private:
  struct Trial;
  struct Pass;
  Trial attempt(std::int64_t sentences, const ScriptLayout::Lengths& lengths) const;
  std::optional<std::pair<Trial, Trial>> attempts(std::string& failure);
  void find_sites(const Trial& a, const Trial& b);
  void find_embedding(const Trial& a);
  void find_task(const Trial& a, const Trial& b);
  std::vector<struct ScriptRun> runs(const Batch& batch) const;
  int site_of_call(Pass& pass, const std::string& path) const;
  c10::IValue tap(Pass& pass, const std::string& path, c10::IValue value) const;
  std::vector<torch::Tensor> run_cells(Pass& pass, const RecurrentCall& call) const;
  c10::IValue run_graph(Pass& pass, const torch::Tensor& ids, const torch::Tensor& types) const;
  class Cell;

  std::string file_;
  ScriptSettings settings_;
  torch::Device device_;
  ScriptGraph graph_;
  ScriptInputs inputs_;
  ScriptLayout::Lengths trial_lengths_;
  torch::Tensor trial_ids_;  ///< one sentence
  std::vector<SiteColumns> sites_;
  std::vector<ScriptLayout> layouts_;
  std::map<std::string, std::vector<int>> site_of_call_;  ///< of each call of a path its site, or -1
  std::string embedding_;
  std::map<std::size_t, std::size_t> text_of_lookup_;  ///< which call of `embedding_` is of which text
  torch::Tensor table_;
  std::optional<ScriptLayout> output_;
  Task task_ = Task::Text;
};

}  // namespace neurox::model
