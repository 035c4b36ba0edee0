#include "neurox/io/band_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "neurox/core/error.h"
#include "neurox/core/float16.h"
#include "neurox/io/activation_reader.h"
#include "neurox/io/output.h"

namespace neurox::io {

BandWriter::BandWriter(int fd, const MatrixLayout& layout, std::filesystem::path target, ColumnStats stats)
    : fd_(fd), layout_(layout), target_(std::move(target)), stats_(std::move(stats)) {
  assert(layout_.chunk_rows == std::min<Index>(band_rows, layout_.rows));
  band_.resize(layout_.chunk_rows, layout_.cols);
}

void BandWriter::skip_status(std::int64_t status_offset, std::vector<bool> skip) {
  status_offset_ = status_offset;
  skip_ = std::move(skip);
}

void BandWriter::resume(std::int64_t rows, std::span<const double> stats) {
  stats_.set_state(stats);
  rows_ = rows;
  filled_ = rows % layout_.chunk_rows;
  if (filled_ == 0) return;
  const int fd = ::dup(fd_);
  plain_matrix(std::make_shared<ReadOnlyFile>(fd, target_), layout_)
      ->read(rows - filled_, band_.topRows(filled_));
}

void BandWriter::check_band(const NeuronAxis& neurons, Index from) {
  const Index n = filled_ - from;
  const std::int64_t first = rows_ - n;
  check_finite(band_.middleRows(from, n), first, neurons, target_.string());
  if (!layout_.half) return;
  std::vector<std::uint16_t> half(static_cast<std::size_t>(band_.cols()));
  for (Index i = from; i < filled_; ++i) {
    float* row = band_.row(i).data();
    float_to_half(row, half.data(), band_.cols());
    for (Index j = 0; j < band_.cols(); ++j)
      if ((half[static_cast<std::size_t>(j)] & 0x7FFFU) == 0x7C00U)
        throw input_error("{}: {} at row {} of {} is too large for f16; store f32", target_.string(), row[j],
                          first + i - from, neurons.address(static_cast<std::size_t>(j)));
    half_to_float(half.data(), row, band_.cols());
  }
}

void BandWriter::add(const MatrixFRef& X, const NeuronAxis& neurons) {
  for (Index done = 0; done < X.rows();) {
    const Index n = std::min(X.rows() - done, band_.rows() - filled_), from = filled_;
    band_.middleRows(filled_, n) = X.middleRows(done, n);
    filled_ += n;
    rows_ += n;
    done += n;
    refused_ = true;
    check_band(neurons, from);
    refused_ = false;
    if (filled_ == band_.rows()) end_band();
  }
}

void BandWriter::flush() {
  if (filled_ == 0) return;
  const std::int64_t first = rows_ - filled_;
  const auto width = layout_.chunk_columns;
  chunk_.assign(static_cast<std::size_t>(filled_ * width * layout_.element()), '\0');
  for (Index column = 0; column < layout_.cols; column += width) {
    const Index n = std::min<Index>(width, layout_.cols - column);
    if (n < width) std::fill(chunk_.begin(), chunk_.end(), '\0');  // what lies beyond the last column
    for (Index i = 0; i < filled_; ++i) {
      char* to = chunk_.data() + i * width * layout_.element();
      const float* from = band_.row(i).data() + column;
      if (layout_.half)
        float_to_half(from, reinterpret_cast<std::uint16_t*>(to), n);
      else
        std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(float));
    }
    write_at(fd_, chunk_.data(), chunk_.size(), layout_.chunk_offset(first, column), target_);
  }
}

void BandWriter::end_band() {
  flush();
  std::vector<std::uint8_t> skip;
  if (status_offset_ >= 0) {
    skip.resize(static_cast<std::size_t>(filled_));
    const int fd = ::dup(fd_);
    ReadOnlyFile(fd, target_).read(status_offset_ + rows_ - filled_, skip.data(), skip.size());
    for (std::uint8_t& code : skip) code = code < skip_.size() && skip_[code] ? 1 : 0;
  }
  stats_.add(band_.topRows(filled_), skip);
  filled_ = 0;
}

void BandWriter::finish() {
  if (filled_ > 0) end_band();
}

}  // namespace neurox::io
