#include "neurox/io/matrix_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/float16.h"

namespace neurox::io {
namespace {

constexpr std::int64_t scratch_bytes = 1 << 20;

/// Rows of `stride` elements from a byte on, of which the first `skip` columns are passed over.
struct Piece {
  std::int64_t at;
  Index stride, skip;
};

void take(const ReadOnlyFile& file, bool half, const Piece& piece, MatrixFOut out) {
  const std::int64_t element = half ? 2 : 4;
  const auto n = static_cast<std::size_t>((out.rows() - 1) * piece.stride + piece.skip + out.cols());
  thread_local std::vector<char> scratch;
  scratch.resize(n * static_cast<std::size_t>(element));
  file.read(piece.at, scratch.data(), scratch.size());
  for (Index i = 0; i < out.rows(); ++i) {
    const char* from = scratch.data() + (i * piece.stride + piece.skip) * element;
    if (half)
      half_to_float(reinterpret_cast<const std::uint16_t*>(from), out.row(i).data(), out.cols());
    else
      std::memcpy(out.row(i).data(), from, static_cast<std::size_t>(out.cols()) * sizeof(float));
  }
}

/// From a matrix in one piece.
void take_rows(const ReadOnlyFile& file, const MatrixLayout& layout, Index first_row, Index first_column,
               MatrixFOut out) {
  const Index step = std::max<Index>(1, scratch_bytes / (layout.cols * layout.element()));
  for (Index row = 0; row < out.rows(); row += step) {
    const std::int64_t at = layout.offset + (first_row + row) * layout.cols * layout.element();
    take(file, layout.half, {at, layout.cols, first_column},
         out.middleRows(row, std::min(step, out.rows() - row)));
  }
}

class PlainMatrix final : public BlockSource {
 public:
  PlainMatrix(std::shared_ptr<const ReadOnlyFile> file, const MatrixLayout& layout)
      : file_(std::move(file)), layout_(layout) {}

  Index rows() const override { return layout_.rows; }
  Index cols() const override { return layout_.cols; }
  Index block_columns() const override { return layout_.chunk_columns > 0 ? layout_.chunk_columns : cols(); }
  Index block_rows() const override { return layout_.chunk_rows > 0 ? layout_.chunk_rows : 1024; }

  void read_block(Index first_row, Index first_column, MatrixFOut out) const override {
    if (out.size() == 0) return;
    if (layout_.chunk_columns == 0) return take_rows(*file_, layout_, first_row, first_column, out);
    const Index end_row = first_row + out.rows(), end_column = first_column + out.cols();
    for (Index row = first_row; row < end_row;) {
      const Index next_row = std::min(end_row, (row / layout_.chunk_rows + 1) * layout_.chunk_rows);
      for (Index column = first_column; column < end_column;) {
        const Index chunk_end = (column / layout_.chunk_columns + 1) * layout_.chunk_columns;
        const Index next_column = std::min(end_column, chunk_end);
        const std::int64_t at = layout_.chunk_offset(row, column) +
                                row % layout_.chunk_rows * layout_.chunk_columns * layout_.element();
        take(*file_, layout_.half, {at, layout_.chunk_columns, column % layout_.chunk_columns},
             out.block(row - first_row, column - first_column, next_row - row, next_column - column));
        column = next_column;
      }
      row = next_row;
    }
  }

 private:
  std::shared_ptr<const ReadOnlyFile> file_;
  MatrixLayout layout_;
};

class Hdf5Matrix final : public BlockSource {
 public:
  Hdf5Matrix(h5::File file, h5::Handle dataset) : file_(std::move(file)), dataset_(std::move(dataset)) {
    sizes_ = h5::dims(file_, dataset_);
    const h5::Handle creation(H5Dget_create_plist(dataset_), H5Pclose);
    if (H5Pget_layout(creation) == H5D_CHUNKED) H5Pget_chunk(creation, 2, chunk_);
    const h5::Handle type(H5Dget_type(dataset_), H5Tclose);
    half_ = h5::is_half(type);
  }
  ~Hdf5Matrix() override {
    h5::Lock lock;
    dataset_ = {};
    file_.id = {};
  }

  Index rows() const override { return static_cast<Index>(sizes_[0]); }
  Index cols() const override { return static_cast<Index>(sizes_[1]); }
  Index block_columns() const override { return chunk_[1] == 0 ? cols() : static_cast<Index>(chunk_[1]); }
  Index block_rows() const override {
    return chunk_[0] == 0 ? 1024 : std::max<Index>(256, static_cast<Index>(chunk_[0]));
  }

  void read_block(Index first_row, Index first_column, MatrixFOut out) const override {
    if (out.size() == 0) return;
    const hsize_t start[2] = {static_cast<hsize_t>(first_row), static_cast<hsize_t>(first_column)};
    const hsize_t count[2] = {static_cast<hsize_t>(out.rows()), static_cast<hsize_t>(out.cols())};
    std::vector<std::uint16_t> half(half_ ? static_cast<std::size_t>(out.size()) : 0);
    MatrixF values(half_ ? 0 : out.rows(), out.cols());
    {
      h5::Lock lock;
      const h5::Handle space(H5Dget_space(dataset_), H5Sclose);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
      const h5::Handle memory(H5Screate_simple(2, count, nullptr), H5Sclose);
      if (half_)
        file_.check(H5Dread(dataset_, h5::half_type(), memory, space, H5P_DEFAULT, half.data()),
                    "X cannot be read");
      else
        file_.check(H5Dread(dataset_, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, values.data()),
                    "X cannot be read");
    }
    if (!half_) {
      out = values;
      return;
    }
    for (Index i = 0; i < out.rows(); ++i)
      half_to_float(half.data() + i * out.cols(), out.row(i).data(), out.cols());
  }

 private:
  h5::File file_;
  h5::Handle dataset_;
  std::vector<hsize_t> sizes_;
  hsize_t chunk_[2] = {0, 0};
  bool half_ = false;
};

}  // namespace

ReadOnlyFile::ReadOnlyFile(std::filesystem::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (fd_ < 0) throw input_error("{}: cannot be opened: {}", path_.string(), std::strerror(errno));
}

ReadOnlyFile::~ReadOnlyFile() {
  ::close(fd_);
}

void ReadOnlyFile::read(std::int64_t offset, void* to, std::size_t size) const {
  char* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = ::pread(fd_, at, size, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw input_error("{}: cannot be read: {}", path_.string(), std::strerror(errno));
    if (n == 0) throw input_error("{}: ends early, at byte {}", path_.string(), offset);
    at += n;
    offset += n;
    size -= static_cast<std::size_t>(n);
  }
}

std::optional<MatrixLayout> plain_layout(const h5::File& file, hid_t dataset) {
  if constexpr (std::endian::native != std::endian::little) return std::nullopt;
  const h5::Handle type(H5Dget_type(dataset), H5Tclose);
  const bool half = h5::is_half(type);
  if (!half && H5Tequal(type, H5T_IEEE_F32LE) <= 0) return std::nullopt;
  const h5::Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  if (H5Pget_nfilters(creation) != 0 || H5Pget_external_count(creation) != 0) return std::nullopt;
  const h5::Handle file_creation(H5Fget_create_plist(file.id), H5Pclose);
  hsize_t user_block = 0;
  if (H5Pget_userblock(file_creation, &user_block) < 0 || user_block != 0) return std::nullopt;
  const auto sizes = h5::dims(file, dataset);
  if (sizes.size() != 2 || sizes[0] == 0 || sizes[1] == 0) return std::nullopt;
  MatrixLayout layout;
  layout.rows = static_cast<std::int64_t>(sizes[0]);
  layout.cols = static_cast<std::int64_t>(sizes[1]);
  layout.half = half;
  haddr_t at = HADDR_UNDEF;
  if (H5Pget_layout(creation) == H5D_CONTIGUOUS) {
    at = H5Dget_offset(dataset);
  } else if (H5Pget_layout(creation) == H5D_CHUNKED) {
    H5D_chunk_index_t index{};
    if (H5Dget_chunk_index_type(dataset, &index) < 0) return std::nullopt;
    if (index != H5D_CHUNK_IDX_NONE && index != H5D_CHUNK_IDX_SINGLE) return std::nullopt;
    hsize_t chunk[2], start[2], size = 0;
    unsigned mask = 0;
    H5Pget_chunk(creation, 2, chunk);
    const h5::Handle space(H5Dget_space(dataset), H5Sclose);
    if (H5Dget_chunk_info(dataset, space, 0, start, &mask, &at, &size) < 0) return std::nullopt;
    layout.chunk_rows = static_cast<std::int64_t>(chunk[0]);
    layout.chunk_columns = static_cast<std::int64_t>(chunk[1]);
  }
  if (at == HADDR_UNDEF) return std::nullopt;
  layout.offset = static_cast<std::int64_t>(at);
  return layout;
}

void read_plain(
    const ReadOnlyFile& file, const MatrixLayout& layout, Index first,
    MatrixFOut out) {  // NOLINT(performance-unnecessary-value-param): as every function that fills rows
  if (out.size() > 0) take_rows(file, layout, first, 0, out);
}

std::shared_ptr<const BlockSource> plain_matrix(std::shared_ptr<const ReadOnlyFile> file,
                                                const MatrixLayout& layout) {
  return std::make_shared<PlainMatrix>(std::move(file), layout);
}

std::shared_ptr<const BlockSource> open_matrix(const std::filesystem::path& path, const std::string& name) {
  h5::Lock lock;
  h5::File file = h5::open_file(path);
  if (!h5::exists(file.id, name)) throw input_error("{}: has no {}", path.string(), name);
  if (h5::is_group(file, file.id, name))
    throw input_error("{}: {} is sparse; write it dense (adata.X = adata.X.toarray())", path.string(), name);
  h5::Handle dataset = h5::open_dataset(file, file.id, name);
  const auto sizes = h5::dims(file, dataset);
  if (sizes.size() != 2) throw input_error("{}: {} is not a matrix", path.string(), name);
  if (const auto layout = plain_layout(file, dataset))
    return plain_matrix(std::make_shared<ReadOnlyFile>(path), *layout);
  return std::make_shared<Hdf5Matrix>(std::move(file), std::move(dataset));
}

}  // namespace neurox::io
