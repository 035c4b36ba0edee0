#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/concept_use.h"
#include "neurox/io/anndata.h"

namespace neurox::apps {

/// How much predictions use concepts: a row per sentence and concept, and the same over the corpus.
class ConceptUseTable {
 public:
  /// @param names  of the concepts: ranking and column
  ConceptUseTable(std::vector<std::string> rankings, std::vector<std::string> concepts);
  /// @param found  of all concepts, in the order of the names
  void add(std::int64_t sentence, const std::string& text, const std::string& target, double value,
           const std::vector<attribute::ConceptUse::Use>& found);
  void set_corpus(const std::vector<attribute::ConceptUse::Use>& found);
  io::AnnData anndata() const;
  void show(Console& console, int rows) const;

 private:
  /// use, permuted mean, permuted deviation, z, p
  struct Row {
    double use, mean, deviation, z, probability;
  };
  static std::vector<Row> rows_of(const std::vector<attribute::ConceptUse::Use>& found);
  std::string name(std::size_t column) const;

  std::vector<std::string> rankings_, concepts_;  ///< per concept
  std::vector<std::int32_t> sentence_;
  std::vector<Row> rows_;  ///< sentences x concepts
  std::vector<Row> corpus_;
  io::Tree examples_ = io::Tree::object();
};

}  // namespace neurox::apps
