#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cascade_table.h"
#include "command_attribute.h"
#include "console.h"
#include "model_input.h"
#include "neurox/attribute/methods.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

void declare_trust(CLI::App& app, AttributeCommandOptions& options);
/// @throws Error{Usage} for --trust with methods that are not of words, and for --cascade without it
void check_trust(const AttributeCommandOptions& options);

/// What `--trust` finds about methods of words: infidelity and sensitivity of each, how alike its
/// attributions are to those of a model with random weights, and how alike methods are to each other.
class TrustTable {
 public:
  /// Draws a model with random weights beside the loaded one (a TorchScript file has none, which is warned
  /// of). `loaded` must outlive it.
  TrustTable(const AttributeCommandOptions& options, std::vector<const attribute::InputMethod*> methods,
             const LoadedModel& loaded, Console& console);

  void add(std::int64_t sentence, attribute::Example& example,
           const std::vector<attribute::RowAttribution>& results);
  void put(io::AnnData& file) const;
  void show(Console& console) const;

 private:
  /// Mean of the numbers that are finite.
  struct Mean {
    double sum = 0;
    std::int64_t count = 0;
    void add(double x);
    io::Tree shown() const;
    double value() const;
  };
  using Means = std::map<std::string, Mean>;

  const AttributeCommandOptions& options_;
  std::vector<const attribute::InputMethod*> methods_;
  std::optional<model::Model> random_;
  std::optional<attribute::Baselines> random_baselines_;
  std::optional<CascadeTable> cascade_;
  io::Tree rows_ = io::Tree::object(), pairs_ = io::Tree::object();
  std::vector<Means> means_;                                         ///< per method
  std::map<std::pair<std::size_t, std::size_t>, Means> pair_means_;  ///< of methods
};

}  // namespace neurox::apps
