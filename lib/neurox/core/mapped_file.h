#pragma once

#include <cstddef>
#include <filesystem>

namespace neurox {

/// A whole file in memory, read by the kernel when touched. Writes into it stay in this process.
class MappedFile {
 public:
  /// @throws Error{Input} when it cannot be opened or mapped
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace neurox
