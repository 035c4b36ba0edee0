#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "neurox/io/activation_reader.h"
#include "neurox/io/anndata.h"
#include "neurox/io/provenance.h"
#include "neurox/io/table.h"

namespace neurox::io {

/// Labels that stand beside activation files: a row per word (or token, or sentence) and a column per label
/// set, of categories or of numbers (NaN: none). The format: docs/files.md, kind `labels`.
struct LabelFile {
  std::filesystem::path path;
  Provenance provenance;
  Table obs;  ///< `token`, `sentence`, `position`, `sequence` as an activation file has them, then the labels
  Tree sets = Tree::object();  ///< per label set what it was made from
};

/// What LabelFile::sets says of label sets that were copied from the text that was labelled.
inline constexpr const char* annotation = "annotation";

/// @throws Error{Input} when it is no such file
LabelFile read_label_file(const std::filesystem::path& path);
/// The file as AnnData, to be written with write_anndata.
AnnData to_anndata(const LabelFile& labels);

/// The columns of obs that are labels.
std::vector<std::string> label_columns(const Table& obs);

/// For each row of the activation file the row of the label file that speaks of it, -1 for special tokens
/// that the label file does not have.
///
/// Rows are the same when sentence, text of a pair, position and token are. The label file may go on behind
/// the last sentence of the activation file; else every row must find its own, in order.
/// @throws Error{Input} with the first row that differs: `l.h5ad: row 7 is word 2 of sentence 1, 'cat', but
///         row 9 of a.h5ad is word 2 of sentence 1, 'dog'; ...`
std::vector<std::int64_t> align_labels(const LabelFile& labels, const ActivationReader& file);

}  // namespace neurox::io
