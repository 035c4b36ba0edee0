#include "neurox/io/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/io/output.h"

namespace neurox::io {
namespace {

constexpr std::size_t buffer_size = 1 << 20;

int open_unnamed(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
#endif
  std::string name = (folder / ".neurox-XXXXXX").string();
  const int named = ::mkstemp(name.data());
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

Spool::Spool(const std::filesystem::path& beside, std::filesystem::path name) : name_(std::move(name)) {
  std::filesystem::path folder =
      beside.empty() ? std::filesystem::temp_directory_path() : beside.parent_path();
  if (folder.empty()) folder = ".";
  fd_ = open_unnamed(folder);
  if (fd_ < 0)
    throw input_error("{}: no temporary file can be made in '{}': {}", name_.string(), folder.string(),
                      std::strerror(errno));
}

Spool::~Spool() {
  if (fd_ >= 0) ::close(fd_);
}

void Spool::append(const void* bytes, std::size_t size) {
  buffer_.append(static_cast<const char*>(bytes), size);
  if (buffer_.size() >= buffer_size) flush();
}

void Spool::flush() {
  write_at(fd_, buffer_.data(), buffer_.size(), written_, name_);
  written_ += static_cast<std::int64_t>(buffer_.size());
  buffer_.clear();
}

void Spool::read(std::int64_t offset, void* to, std::size_t size) {
  if (!buffer_.empty()) flush();
  char* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t n = ::pread(fd_, at, size, offset);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw input_error("{}: its temporary file cannot be read back", name_.string());
    at += n;
    offset += n;
    size -= static_cast<std::size_t>(n);
  }
}

int Spool::release() {
  flush();
  return std::exchange(fd_, -1);
}

}  // namespace neurox::io
