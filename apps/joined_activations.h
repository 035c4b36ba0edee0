#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/row_source.h"
#include "neurox/io/activation_reader.h"

namespace neurox::apps {

/// Activations of one model and one text that lie in one file or in several (a file for each layer, say),
/// their neurons side by side. Every value read is checked.
class JoinedActivations {
 public:
  /// @param pattern  of neurons; empty: all
  /// @throws Error{Input} for a file of another kind, another model, another number of rows, another word
  /// (the first is shown), a neuron in two files; Error{Usage} as select_neurons
  JoinedActivations(const std::vector<std::string>& paths, const std::string& pattern);

  const NeuronAxis& axis() const { return axis_; }
  const io::ActivationReader& first() const { return *files_.front(); }
  /// Rows with an activation of their own, as of io::usable_rows.
  const std::vector<std::int64_t>& rows() const { return rows_; }
  /// The sentence of each of them; their number where the file has no sentences.
  const std::vector<std::int32_t>& sentences() const { return sentences_; }

  /// These rows of the files (empty: rows()) of these neurons of the axis (empty: all). Must not outlive it.
  std::unique_ptr<RowSource> source(std::vector<std::int64_t> rows = {},
                                    const std::vector<std::int64_t>& neurons = {}) const;
  /// The table of the axis with each neuron's statistics.
  io::Table table() const;

 private:
  struct Place {
    std::size_t file;
    std::int64_t column;
  };
  std::vector<std::shared_ptr<const io::ActivationReader>> files_;
  NeuronAxis axis_;
  std::vector<Place> places_;  ///< of each neuron of the axis
  std::vector<std::int64_t> rows_;
  std::vector<std::int32_t> sentences_;
};

/// Refuses files whose rows are not of the same words: `b.h5ad: row 17 is 'the' but 'a' in a.h5ad`.
/// @throws Error{Input}, also for another number of rows
void check_same_words(const io::ActivationReader& found, const io::ActivationReader& expected);

}  // namespace neurox::apps
