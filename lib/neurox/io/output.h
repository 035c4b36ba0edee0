#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace neurox::io {

/// What every command that writes a file knows about it.
struct WriteOptions {
  bool force = false;  ///< replace an existing target
  /// Files (or folders) read, none of which may be the target.
  std::vector<std::filesystem::path> inputs = {};
};

/// Refuses a target before any work is done: it exists and `force` is off, it is one of the inputs (also by
/// another name or a link), it is a folder, its folder is missing or cannot be written.
/// @throws Error{Input}: `out.h5ad: exists; give --force to replace it`
void check_output(const std::filesystem::path& target, const WriteOptions& options);

/// `.NAME.partial` beside the target: where it is written until it is complete.
std::filesystem::path partial_path(const std::filesystem::path& target);

/// A file that is there whole or not at all. It is written under partial_path(), gets its name in commit(),
/// and leaves nothing when it is destroyed before that.
///
///     OutputFile out("report.html", options);
///     out.write(html);
///     out.commit();
///
/// @throws Error{Input} from every member: as check_output; another run is writing the same target; a full
/// disk,
///         with the bytes needed and free
class OutputFile {
 public:
  OutputFile(std::filesystem::path target, const WriteOptions& options);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::filesystem::path& target() const { return target_; }
  const std::filesystem::path& partial() const { return partial_; }

  /// Appends bytes.
  void write(std::string_view bytes);
  /// Flushes to the disk and renames to the target.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path partial_;
  int fd_ = -1;
  bool force_ = false;
};

/// Opens partial_path(target) for one run alone. @throws Error{Input} when another run holds it
int open_partial(const std::filesystem::path& target, bool truncate);

/// The Error for a failed write: `out.h5ad: no space left (4.2 GB to write, 1.1 GB free in FOLDER)`, or what
/// `error_number` says. `bytes` is what was to be written, -1 if unknown.
[[noreturn]] void throw_write_error(const std::filesystem::path& target, int error_number,
                                    std::int64_t bytes = -1);

/// Writes all bytes at an offset, or throws as throw_write_error.
void write_at(int fd, const void* bytes, std::size_t size, std::int64_t offset,
              const std::filesystem::path& target);

/// fsync of a file that is done, rename to the target, fsync of the folder.
void rename_when_complete(int fd, const std::filesystem::path& partial, const std::filesystem::path& target);

}  // namespace neurox::io
