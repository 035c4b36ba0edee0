#pragma once

#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/ablate/conditions.h"
#include "neurox/ablate/measure.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"

namespace neurox::apps {

/// The result of an ablation: a row per condition, target and class; layers per sentence.
class AblationTable {
 public:
  AblationTable(const std::vector<ablate::Condition>& conditions,
                const std::vector<std::unique_ptr<ablate::Measure>>& measures);
  AblationTable(const std::vector<ablate::Condition>& conditions, std::vector<ablate::Figures> rows);

  io::AnnData anndata(const io::Provenance& provenance) const;
  /// Overall figures; random draws as mean and standard deviation.
  void show(Console& console) const;

 private:
  void add_names(const ablate::Figures& figures);

  const std::vector<ablate::Condition>& conditions_;
  std::vector<ablate::Figures> rows_;
  std::vector<std::string> names_;  ///< of the figures, in the order in which measures give them
  std::vector<ablate::SentenceFigures> sentences_;
};

}  // namespace neurox::apps
