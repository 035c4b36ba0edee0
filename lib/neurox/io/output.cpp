#include "neurox/io/output.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "neurox/core/error.h"
#include "neurox/core/memory_size.h"

namespace neurox::io {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path() : fs::path(".");
}

std::string reason(int error_number) {
  return std::generic_category().message(error_number);
}

void sync_folder(const fs::path& target) {
  const int fd = ::open(folder_of(target).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // the rename itself has succeeded; not every file system lets a folder be opened
  ::fsync(fd);
  ::close(fd);
}

}  // namespace

fs::path partial_path(const fs::path& target) {
  return folder_of(target) / ("." + target.filename().string() + ".partial");
}

void check_output(const fs::path& target, const WriteOptions& options) {
  if (target.empty() || !target.has_filename() || target.filename() == "." || target.filename() == "..")
    throw usage_error("'{}' is no name of a file to write", target.string());
  std::error_code error;
  if (fs::is_directory(target, error)) throw input_error("{}: is a folder, not a file", target.string());
  for (const fs::path& input : options.inputs)
    if (target == input || fs::equivalent(target, input, error))
      throw input_error("{}: is an input of this command too; give another name to -o", target.string());
  if (fs::exists(fs::symlink_status(target, error)) && !options.force)
    throw input_error("{}: exists; give --force to replace it", target.string());
  const fs::path folder = folder_of(target);
  if (!fs::is_directory(folder, error))
    throw input_error("{}: there is no folder '{}'", target.string(), folder.string());
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    throw input_error("{}: cannot write in folder '{}': {}", target.string(), folder.string(), reason(errno));
}

void throw_write_error(const fs::path& target, int error_number, std::int64_t bytes) {
  if (error_number == ENOSPC || error_number == EDQUOT) {
    const fs::path folder = folder_of(target);
    struct statvfs store {};
    std::string sizes;
    if (bytes >= 0) sizes = format_memory_size(bytes) + " to write";
    if (::statvfs(folder.c_str(), &store) == 0) {
      const auto free = static_cast<std::int64_t>(store.f_bavail) * static_cast<std::int64_t>(store.f_frsize);
      sizes += fmt::format("{}{} free in '{}'", sizes.empty() ? "" : ", ", format_memory_size(free),
                           folder.string());
    }
    throw input_error("{}: {} ({})", target.string(),
                      error_number == EDQUOT ? "disk quota exceeded" : "no space left", sizes);
  }
  throw input_error("{}: cannot be written: {}", target.string(), reason(error_number));
}

void write_at(int fd, const void* bytes, std::size_t size, std::int64_t offset, const fs::path& target) {
  const char* from = static_cast<const char*>(bytes);
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::pwrite(fd, from + done, size - done, offset + static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_write_error(target, errno, static_cast<std::int64_t>(size - done));
    done += static_cast<std::size_t>(n);
  }
}

void rename_when_complete(int fd, const fs::path& partial, const fs::path& target) {
  if (::fsync(fd) != 0) throw_write_error(target, errno);
  if (::rename(partial.c_str(), target.c_str()) != 0) throw_write_error(target, errno);
  sync_folder(target);
}

int open_partial(const fs::path& target, bool truncate) {
  const fs::path partial = partial_path(target);
  const int fd = ::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) throw_write_error(target, errno);
  // Not every network file system has locks; then two runs with one target are the user's to avoid.
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(fd);
    throw input_error("{}: another run is writing it", target.string());
  }
  if (truncate && ::ftruncate(fd, 0) != 0) {
    const int error_number = errno;
    ::close(fd);
    throw_write_error(target, error_number);
  }
  return fd;
}

OutputFile::OutputFile(fs::path target, const WriteOptions& options)
    : target_(std::move(target)), partial_(partial_path(target_)), force_(options.force) {
  check_output(target_, options);
  fd_ = open_partial(target_, true);  // NOLINT(cppcoreguidelines-prefer-member-initializer): after the check
}

OutputFile::~OutputFile() {
  if (fd_ < 0) return;
  ::unlink(partial_.c_str());
  ::close(fd_);
}

void OutputFile::write(std::string_view bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_write_error(target_, errno, static_cast<std::int64_t>(bytes.size() - done));
    done += static_cast<std::size_t>(n);
  }
}

void OutputFile::commit() {
  if (!force_ && fs::exists(fs::symlink_status(target_)))
    throw input_error("{}: exists since this run began; give --force to replace it", target_.string());
  rename_when_complete(fd_, partial_, target_);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace neurox::io
