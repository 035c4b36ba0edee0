#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace neurox::io {

/// Bytes kept on disk for the time of a run, in a file without a name: it vanishes with the process, however
/// that ends.
class Spool {
 public:
  /// In the folder of `beside`, or the folder for temporary files when it is empty.
  /// @throws Error{Input} (naming `name`) when it cannot be made, or later when the disk is full
  Spool(const std::filesystem::path& beside, std::filesystem::path name);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void append(const void* bytes, std::size_t size);
  std::int64_t size() const { return written_ + static_cast<std::int64_t>(buffer_.size()); }
  /// Bytes from an offset, all of which were appended.
  void read(std::int64_t offset, void* to, std::size_t size);
  /// Gives the descriptor away, everything flushed; the spool is empty then.
  int release();

 private:
  void flush();

  std::filesystem::path name_;
  int fd_ = -1;
  std::int64_t written_ = 0;
  std::string buffer_;
};

}  // namespace neurox::io
