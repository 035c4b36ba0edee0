#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "neurox/io/block_source.h"
#include "neurox/io/hdf5.h"

namespace neurox::io {

/// A file opened to be read at any place, from any thread.
class ReadOnlyFile {
 public:
  /// @throws Error{Input} when it cannot be opened
  explicit ReadOnlyFile(std::filesystem::path path);
  /// Takes over an open descriptor.
  ReadOnlyFile(int fd, std::filesystem::path name) : path_(std::move(name)), fd_(fd) {}
  ~ReadOnlyFile();
  ReadOnlyFile(const ReadOnlyFile&) = delete;
  ReadOnlyFile& operator=(const ReadOnlyFile&) = delete;
  /// @throws Error{Input} when the file ends before
  void read(std::int64_t offset, void* to, std::size_t size) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int fd_;
};

/// Where the numbers of a two-dimensional array lie in its file, when they lie there plainly: little-endian
/// f32 or f16, in one piece or in chunks without an index.
struct MatrixLayout {
  std::int64_t rows = 0, cols = 0;
  std::int64_t offset = 0;                         ///< of the first element, bytes
  std::int64_t chunk_rows = 0, chunk_columns = 0;  ///< 0: rows one after the other
  bool half = false;

  std::int64_t element() const { return half ? 2 : 4; }
  std::int64_t chunks_across() const { return (cols + chunk_columns - 1) / chunk_columns; }
  /// Of the chunk that holds (row, column).
  std::int64_t chunk_offset(std::int64_t row, std::int64_t column) const {
    const std::int64_t number = row / chunk_rows * chunks_across() + column / chunk_columns;
    return offset + number * chunk_rows * chunk_columns * element();
  }
};

/// The layout of a dataset if it is plain. The caller holds h5::Lock.
std::optional<MatrixLayout> plain_layout(const h5::File& file, hid_t dataset);

/// Rows first, first+1, ... of a matrix in one piece (no chunks).
void read_plain(const ReadOnlyFile& file, const MatrixLayout& layout, Index first, MatrixFOut out);

/// A matrix laid out plainly, read without HDF5: no lock, no copy beyond one chunk.
std::shared_ptr<const BlockSource> plain_matrix(std::shared_ptr<const ReadOnlyFile> file,
                                                const MatrixLayout& layout);

/// A two-dimensional dataset of any float or integer type as rows of f32: plainly where possible, else
/// (compressed, other widths) by HDF5 under its lock.
/// @throws Error{Input} when there is none, it is sparse, or not two-dimensional
std::shared_ptr<const BlockSource> open_matrix(const std::filesystem::path& path, const std::string& name);

}  // namespace neurox::io
