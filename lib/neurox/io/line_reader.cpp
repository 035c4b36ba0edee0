#include "neurox/io/line_reader.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "neurox/core/error.h"
#include "neurox/text/utf8.h"

namespace neurox::io {
namespace {

constexpr std::size_t buffer_size = 1 << 18;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

int open_to_read(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw input_error("{}: no such file", path);
  if (std::filesystem::is_directory(path, error)) throw input_error("{}: is a folder, not a file", path);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw input_error("{}: cannot be opened: {}", path, std::strerror(errno));
  return fd;
}

}  // namespace

struct LineReader::Stream {
  gzFile gz = nullptr;
  ~Stream() {
    if (gz != nullptr) gzclose(gz);
  }
};

LineReader::LineReader(const std::string& path) : LineReader(open_to_read(path), path) {}

LineReader::LineReader(int fd, std::string name)
    : name_(std::move(name)), stream_(std::make_unique<Stream>()), buffer_(buffer_size) {
  stream_->gz = gzdopen(fd, "rb");
  if (stream_->gz == nullptr) {
    ::close(fd);
    throw input_error("{}: cannot be read", name_);
  }
  gzbuffer(stream_->gz, buffer_size);
  rewind();
}

LineReader::~LineReader() = default;

std::string LineReader::where() const {
  return fmt::format("{}:{}", name_, number_);
}

void LineReader::rewind() {
  gzrewind(stream_->gz);
  begin_ = end_ = 0;
  number_ = 0;
  after_cr_ = false;
}

bool LineReader::fill() {
  const int n = gzread(stream_->gz, buffer_.data(), static_cast<unsigned>(buffer_.size()));
  int code = Z_OK;
  const char* reason = gzerror(stream_->gz, &code);
  if (n < 0 || code == Z_BUF_ERROR)
    throw input_error("{}: cannot be read after line {}: {}", name_, number_,
                      code == Z_BUF_ERROR ? "the compressed data ends early"
                      : code == Z_ERRNO   ? std::strerror(errno)
                                          : reason);
  begin_ = 0;
  end_ = static_cast<std::size_t>(n);
  return n > 0;
}

bool LineReader::next(std::string& line) {
  line.clear();
  bool any = false;
  for (;;) {
    if (begin_ == end_ && !fill()) {
      if (!any) return false;
      break;
    }
    if (after_cr_) {  // the LF of a CRLF
      after_cr_ = false;
      if (buffer_[begin_] == '\n') {
        ++begin_;
        continue;
      }
    }
    any = true;
    const char *from = buffer_.data() + begin_, *to = buffer_.data() + end_;
    const char* stop = std::find_if(from, to, [](char c) { return c == '\n' || c == '\r'; });
    line.append(from, stop);
    begin_ += static_cast<std::size_t>(stop - from);
    if (stop == to) continue;
    after_cr_ = *stop == '\r';
    ++begin_;
    break;
  }
  ++number_;
  if (number_ == 1 && line.starts_with(byte_order_mark)) line.erase(0, byte_order_mark.size());
  check(line);
  return true;
}

void LineReader::check(std::string_view line) const {
  if (line.find('\0') != std::string_view::npos)
    throw input_error("{}: a NUL byte; is it text, and in UTF-8?", where());
  if (const auto at = text::first_invalid_utf8(line))
    throw input_error("{}: invalid UTF-8 at byte {} of the line", where(), *at + 1);
}

}  // namespace neurox::io
