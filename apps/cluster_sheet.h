#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "neurox/io/output.h"

namespace neurox::apps {

/// A cluster as people are shown it, to give it a name.
struct SheetRow {
  int cluster = 0;
  std::int64_t size = 0;
  std::string words;                  ///< commonest first, with their counts
  std::vector<std::string> contexts;  ///< sentences, the token in « »
  std::string name;                   ///< given back; empty: none
};

/// Writes a sheet: TSV with the columns cluster, size, words, contexts, name; contexts are joined by ` | `.
void write_sheet(const std::string& path, const std::vector<SheetRow>& rows, const io::WriteOptions& writing);

/// The names in a sheet that came back, one per cluster of this run (empty: none).
/// @param rows  of this run: clusters must have the sizes and words that they have in the sheet
/// @throws Error{Input} `names.tsv:4: cluster 3 has 20 tokens there but 25 here; names go with the run whose
///         sheet it is`, also for a header without `cluster` or `name` and a line that is no row
std::vector<std::string> read_names(const std::string& path, const std::vector<SheetRow>& rows);

}  // namespace neurox::apps
