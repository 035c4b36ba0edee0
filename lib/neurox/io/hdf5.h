#pragma once

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

/// The HDF5 C library, as much of it as neurox needs: handles that close themselves, one kind of error. Only
/// files in io/ include this.
namespace neurox::io::h5 {

/// H5S_ALL: every element.
inline constexpr hid_t whole = 0;

/// HDF5 as Debian builds it is not thread-safe, so whoever calls it holds this lock. Silences the library's
/// own printing of errors meanwhile.
class Lock {
 public:
  Lock();
  ~Lock();
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> held_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
};

/// A hid_t that closes itself.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Closer close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }  // NOLINT(*-explicit-constructor): what every HDF5 function takes

 private:
  hid_t id_ = -1;
  Closer close_ = nullptr;
};

/// Throws what HDF5's error stack says: Error{Input} `FILE: WHAT: REASON`; a full disk as throw_write_error.
[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what);

/// An open file and its name for messages.
struct File {
  Handle id;
  std::filesystem::path path;

  /// The id if it is one, else fail().
  hid_t check(hid_t result, const std::string& what) const;
  Handle check(hid_t result, Handle::Closer close, const std::string& what) const {
    return {check(result, what), close};
  }
};

/// Opens a file to read. @throws Error{Input}: no such file, a folder, not HDF5, truncated
File open_file(const std::filesystem::path& path);
/// Creates (truncates) a file at `at`, called `name` in messages, in the HDF5 1.8 format.
File create_file(const std::filesystem::path& at, const std::filesystem::path& name);
/// A file that lives in memory until image() is asked for.
File create_in_memory(const std::filesystem::path& name);
std::vector<char> image(const File& file);

bool is_hdf5(const std::filesystem::path& path);
/// Whether `name` is a link in the group and leads to an object.
bool exists(hid_t group, const std::string& name);
bool is_group(const File& file, hid_t parent, const std::string& name);
std::vector<std::string> names(const File& file, hid_t group);  ///< in byte order

Handle open_group(const File& file, hid_t parent, const std::string& name);
Handle open_dataset(const File& file, hid_t parent, const std::string& name);
Handle make_group(const File& file, hid_t parent, const std::string& name);

struct DatasetLayout {
  std::vector<hsize_t> chunk;  ///< empty: contiguous
  bool early = false;          ///< allocate now and leave unwritten
};
Handle make_dataset(const File& file, hid_t parent, const std::string& name, hid_t type,
                    const std::vector<hsize_t>& dims, const DatasetLayout& layout = {});

std::vector<hsize_t> dims(const File& file, hid_t dataset);

// Types. File types are little-endian; memory types are the machine's.
Handle string_type();  ///< variable-length UTF-8, as anndata writes
Handle bool_type();    ///< enum FALSE, TRUE over int8, as h5py writes
Handle half_type();    ///< IEEE half, as h5py writes
bool is_half(hid_t type);
bool is_bool(hid_t type);

}  // namespace neurox::io::h5
