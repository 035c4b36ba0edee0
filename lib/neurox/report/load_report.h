#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "neurox/report/contexts.h"
#include "neurox/report/report_data.h"

namespace neurox {

struct ReportOptions {
  std::string title;                ///< empty: label and model of the first probe or ranking
  std::string version, command;     ///< of the program that writes the report
  std::size_t neurons = 12;         ///< best neurons of each ranking that are shown on text
  std::size_t per_class = 1;        ///< and best neurons of each class
  std::size_t listed = 10;          ///< best neurons listed per class
  std::size_t kind_rows = 400;      ///< neurons in the table of kinds
  std::size_t context_tokens = 40;  ///< a longer sentence is cut around its focus
  ContextOptions contexts;
  std::vector<std::string> addresses;  ///< shown on text instead of the best ones, where given
};

/// Reads what a report shows from any mix of files: activations, probes, rankings, ablations (told apart by
/// `uns/neurox/kind`); of other files their provenance and the beginning of their table.
///
/// Neurons are shown on the text of the first activation file that holds them. What is missing stays empty:
/// the page says which command makes it.
/// @throws Error{Input} when a file cannot be read, lacks what its kind has, or was made with another model
/// than the first that
///         names one; Error{Usage} when there is no file
ReportData load_report(const std::vector<std::filesystem::path>& files, const ReportOptions& options);

}  // namespace neurox
