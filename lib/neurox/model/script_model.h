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
/// the first tensor is the site (an LSTM's output).
class ScriptModel {
 public:
  enum class Task {
    Text,   ///< #sentences x classes
    Words,  ///< #tokens x classes
    Next    ///< #tokens x vocabulary
  };

  /// @throws Error{Input} as ScriptGraph and ScriptSettings; for arguments of forward that are not known, a
  /// module that fails on every trial input or gives other numbers each time, one that does not look ids up
  /// in a table, and an output that is no row of numbers per text or word
  ScriptModel(const std::filesystem::path& file, torch::Device device);

  const std::vector<SiteColumns>& sites() const { return sites_; }
  /// Whether a site has a row for each word, not one for the text.
  bool has_words(std::size_t site) const { return layouts_[site].has_words(); }
  /// Whether everything that the output sees of the words passes through this site: without its gradient
  /// there is none.
  bool is_cut(std::size_t site) const;
  Task task() const { return task_; }
  std::int64_t classes() const { return output_->width(); }
  const ScriptSettings& settings() const { return settings_; }
  /// #vocabulary x width
  const torch::Tensor& word_embeddings() const { return table_; }
  const std::string& embedding() const { return embedding_; }

  /// From word embeddings (#tokens x width) to the output's rows, or to the site `stop_after`, behind which
  /// nobody listens any more.
  /// A pair is a sentence whose second text's words have the type id 1.
  /// @throws Error{Usage} for sentences of several lengths while somebody listens, for pairs where forward
  /// takes one text and the other way round, and for a listener at a site from which no gradient leads back
  /// to the words although they require one; Error{Numeric} for what fails inside the module
  torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after) const;

 private:
  struct Trial;
  struct Pass;
  Trial attempt(std::int64_t sentences, const ScriptLayout::Lengths& lengths) const;
  std::optional<std::pair<Trial, Trial>> attempts(std::string& failure);
  void find_sites(const Trial& a, const Trial& b);
  void find_embedding(const Trial& a);
  void find_task(const Trial& a, const Trial& b);
  std::vector<struct ScriptRun> runs(const Batch& batch) const;
  c10::IValue tap(Pass& pass, const std::string& path, c10::IValue value) const;

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
