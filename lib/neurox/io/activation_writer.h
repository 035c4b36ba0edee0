#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/core/column_stats.h"
#include "neurox/core/neurons.h"
#include "neurox/io/output.h"
#include "neurox/io/provenance.h"
#include "neurox/io/table.h"

namespace neurox::io {

enum class TokenStatus : std::uint8_t { Ok, Special, Unk, Truncated, Dropped };

/// Rows of obs, column by column, all of one length.
struct TokenRows {
  std::vector<std::string> token = {};
  std::vector<std::int32_t> sentence = {}, position = {}, char_begin = {}, char_end = {}, pieces = {};
  std::vector<std::int32_t> window = {};    ///< of a split sentence, from 0; empty: all 0
  std::vector<std::int32_t> sequence = {};  ///< 1 for the second text of a pair; empty: all 0
  std::vector<TokenStatus> status = {};
  std::vector<std::vector<std::string>> labels = {};  ///< [label set][row]; empty string: no label
};

struct ActivationWriterOptions {
  WriteOptions output = {};
  bool resume = false;  ///< go on where a killed run stopped
  bool half = false;    ///< store f16
  std::vector<std::string> label_sets = {};
  ColumnStatsOptions stats = {};
  /// Rows of status `truncated` have values (sentences whose end was cut off) and count in the statistics;
  /// words that were cut away have none.
  bool truncated_rows_have_values = false;
  Provenance provenance = {};
  Tree uns = Tree::object();  ///< more for uns, beside `neurox`, `sites`, `sentences`
};

/// Where a resumed run goes on.
struct ResumePoint {
  std::int64_t rows;  ///< rows of X that are there; write_rows goes on with this one
  Tree position;      ///< what the last commit() was given; null before the first
};

/// Writes an activation file in two phases, in memory that does not grow with the corpus, so that a run that
/// was killed at any moment goes on and ends with the same bytes.
///
///     ActivationWriter out(path, neurons, options);
///     if (!out.resume_point()) {                     // phase 1: all that is known before the model runs
///       out.add_sentence(text); out.add_rows(rows);  //   in any blocks, in corpus order
///       out.seal();
///     }
///     out.write_rows(first, X);                      // phase 2: from resume_point()->rows on
///     out.commit(position);                          //   now and then: here a killed run goes on
///     out.finish();
///
/// Phase 1 is kept in a temporary file without a name. seal() writes a complete HDF5 file, X and the columns
/// of statistics allocated but empty; from then on its metadata never changes, values go to their place in
/// the file by pwrite, and the file can be opened whenever the run dies. Beside it `.NAME.progress` says what
/// is committed. A writer destroyed after a commit leaves both files for --resume; before it, nothing.
///
/// Statistics per neuron are of the stored values (after rounding to f16) over rows that are neither dropped
/// nor truncated.
///
/// @throws Error{Input} as OutputFile; when resuming: nothing to resume with different settings (says which);
///         rows that do not fit what was sealed
class ActivationWriter {
 public:
  ActivationWriter(std::filesystem::path target, NeuronAxis neurons, ActivationWriterOptions options);
  ~ActivationWriter();
  ActivationWriter(const ActivationWriter&) = delete;
  ActivationWriter& operator=(const ActivationWriter&) = delete;

  /// Set when resuming a run that was sealed: phase 1 is done. Nothing when the run begins anew.
  const std::optional<ResumePoint>& resume_point() const;
  /// Resuming a run that had ended: the target is there, made with the same settings; nothing is to do.
  bool complete() const;

  void add_sentence(std::string_view text, std::string_view second = {});
  void add_rows(const TokenRows& rows);
  void seal();

  std::int64_t rows() const;          ///< of the whole file, after seal()
  std::int64_t rows_written() const;  ///< the next `first` of write_rows

  void write_rows(Index first, const MatrixFRef& X);
  void commit(const Tree& position);
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace neurox::io
