#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/row_source.h"
#include "neurox/io/block_source.h"
#include "neurox/io/provenance.h"
#include "neurox/io/table.h"

namespace neurox::io {

/// Activations in a file, #tokens x #neurons, read by bands: our .h5ad (any dense AnnData), NeuroX's .hdf5
/// and .json.
///
/// Values come out as f32 whatever is stored. Reading is thread-safe.
///
/// obs has `token` (categorical), `sentence` (from 0, an index into sentences()), `position` (of the word in
/// its sentence, from 0), `char_begin`, `char_end` (code points of the sentence), `pieces`, `window`
/// (of a split sentence), `sequence` (1 in the second text of a pair), `status` (categorical: ok, special,
/// unk, truncated, dropped) and one categorical column per label set. A foreign AnnData has what it has.
class ActivationReader final : public RowSource {
 public:
  /// @throws Error{Input}: no such file, not a file of activations, damaged, X missing or sparse
  static std::shared_ptr<const ActivationReader> open(const std::filesystem::path& path);
  ~ActivationReader() override;

  Index rows() const override;
  Index cols() const override;
  void read(Index first, MatrixFOut out) const override;

  const std::filesystem::path& path() const;
  std::string name() const;  ///< path as given, for messages
  const NeuronAxis& neurons() const;
  bool half() const;  ///< stored as f16

  const Table& obs() const;                                  ///< the whole table, read on first use
  const Table& var() const;                                  ///< with the statistics of each neuron
  const std::vector<std::string>& sentences() const;         ///< read on first use; empty in a foreign file
  const std::vector<std::string>& second_sentences() const;  ///< of pairs; empty where there are none
  std::vector<std::string> label_sets() const;               ///< names of the label columns, in their order
  const Tree& uns() const;                                   ///< without the sentences
  const Provenance& provenance() const;                      ///< empty fields in a foreign file

  /// These neurons, in this order; they keep the reader alive. Reads the blocks of 256 columns that hold
  /// them.
  std::unique_ptr<RowSource> columns(const std::vector<std::int64_t>& columns) const;
  /// These rows (any order; ascending ones read every band once) of these neurons (empty: all).
  std::unique_ptr<RowSource> select_rows(std::vector<std::int64_t> rows,
                                         std::vector<std::int64_t> columns = {}) const;

  struct Parts;
  explicit ActivationReader(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

/// Refuses NaN and infinity in a band of rows first, first+1, ... of activations with these neurons.
/// @throws Error{Input} `acts.h5ad: NaN at row 17 of blocks.3.hook_resid_post:5`
void check_finite(const MatrixFRef& band, Index first, const NeuronAxis& neurons, const std::string& name);

/// check_finite over the whole source.
void check_finite(const RowSource& source, const NeuronAxis& neurons, const std::string& name);

/// The table of these neurons with the statistics that the file has of each.
/// @param axis  the neurons at `columns` of the file
Table neurons_with_statistics(const ActivationReader& file, const NeuronAxis& axis,
                              const std::vector<std::int64_t>& columns);

}  // namespace neurox::io
