#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command_attribute.h"
#include "console.h"
#include "model_input.h"
#include "neurox/attribute/cascade.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// How alike a method's attributions of words stay while weights are drawn anew from the top down.
class CascadeTable {
 public:
  /// @param drawn  the same folder with random weights; it and `loaded` must outlive this
  CascadeTable(const AttributeCommandOptions& options, std::vector<const attribute::InputMethod*> methods,
               const LoadedModel& loaded, const model::Model& drawn);

  /// @param words  per method: the attributions of the words in the trained model
  /// @param settings  per method
  void add(std::int64_t sentence, const attribute::Example& example,
           const std::vector<std::vector<double>>& words,
           const std::vector<attribute::MethodOptions>& settings, const attribute::Baselines& of_drawn);
  void put(io::AnnData& file) const;
  void show(Console& console) const;

 private:
  io::Tree means() const;

  const AttributeCommandOptions& options_;
  std::vector<const attribute::InputMethod*> methods_;
  attribute::Cascade cascade_;
  std::vector<std::string> steps_;
  io::Tree rows_ = io::Tree::object();
};

}  // namespace neurox::apps
