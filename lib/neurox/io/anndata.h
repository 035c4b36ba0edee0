#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/io/output.h"
#include "neurox/io/table.h"

namespace neurox::io {

/// A whole AnnData file in memory: rankings, probes, result tables. (Activation files are streamed:
/// activation_reader.h, activation_writer.h.)
struct AnnData {
  Table obs;                                            ///< one row per row of X
  Table var;                                            ///< one row per column of X
  std::optional<MatrixF> X;                             ///< #obs x #var
  std::vector<std::pair<std::string, MatrixF>> layers;  ///< each #obs x #var; read back in order of name
  std::vector<std::pair<std::string, MatrixF>> obsm;    ///< each #obs x any; read back in order of name
  Tree uns = Tree::object();                            ///< read back in order of name
  /// The layer of that name, nullptr if there is none.
  const MatrixF* layer(std::string_view name) const;
  /// Likewise of obsm.
  const MatrixF* of_obs(std::string_view name) const;
};

/// Writes an AnnData file (encoding versions of anndata 0.8 and later; HDF5 1.8 format), whole or not at all.
/// The same content gives the same bytes.
///
/// @throws Error{Input} as OutputFile; Error{Usage} when the sizes of its parts do not fit each other
void write_anndata(const std::filesystem::path& target, const AnnData& data, const WriteOptions& options);

/// Reads any dense AnnData file into memory; numbers of X in any float or integer width become f32. Parts
/// that AnnData here does not have (varm, obsp, raw, what is no dense matrix in obsm, ...) are left out.
/// @throws Error{Input}: not an AnnData file, a sparse X, sizes that do not fit, a damaged file
AnnData read_anndata(const std::filesystem::path& path);

/// What a file is, by its content.
enum class FileKind { AnnData, NeuroxHdf5, NeuroxJson, Other };
FileKind file_kind(const std::filesystem::path& path);

}  // namespace neurox::io
