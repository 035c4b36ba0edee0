#include "neurox/io/hdf5.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "neurox/core/error.h"
#include "neurox/io/output.h"

namespace neurox::io::h5 {
namespace {

// The library is one, and so is its lock.
std::recursive_mutex library;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// The innermost reason, and the errno that the file driver met, if any.
struct Reason {
  std::string text;
  int error_number = 0;
};

herr_t collect(unsigned /*depth*/, const H5E_error2_t* entry, void* to) {
  auto& reason = *static_cast<Reason*>(to);
  const std::string text = entry->desc == nullptr ? "" : entry->desc;
  if (reason.text.empty()) reason.text = text;
  const std::size_t at = text.find("errno = ");
  if (at != std::string::npos)
    std::from_chars(text.data() + at + 8, text.data() + text.size(), reason.error_number);
  return 0;
}

Handle file_access() {
  Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
  H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
  // We have locks of our own (output.h); HDF5's fail on file systems without them.
  H5Pset_file_locking(access, false, true);
  return access;
}

herr_t add_name(hid_t /*group*/, const char* name, const H5L_info_t* /*info*/, void* to) {
  static_cast<std::vector<std::string>*>(to)->emplace_back(name);
  return 0;
}

}  // namespace

Lock::Lock() : held_(library) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}
Lock::~Lock() {
  H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

void fail(const std::filesystem::path& file, const std::string& what) {
  Reason reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, collect, &reason);
  if (reason.error_number == ENOSPC || reason.error_number == EDQUOT || reason.error_number == EFBIG)
    throw_write_error(file, reason.error_number);
  throw input_error("{}: {}{}{}", file.string(), what, reason.text.empty() ? "" : ": ", reason.text);
}

hid_t File::check(hid_t result, const std::string& what) const {
  if (result < 0) fail(path, what);
  return result;
}

File open_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) throw input_error("{}: no such file", path.string());
  if (std::filesystem::is_directory(path, error))
    throw input_error("{}: is a folder, not a file", path.string());
  Lock lock;
  if (H5Fis_hdf5(path.c_str()) <= 0) throw input_error("{}: is not an HDF5 file", path.string());
  const Handle access = file_access();
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, access);
  if (id < 0) fail(path, "cannot be opened");
  return {Handle(id, H5Fclose), path};
}

File create_file(const std::filesystem::path& at, const std::filesystem::path& name) {
  Lock lock;
  const Handle access = file_access();
  H5Pset_alignment(access, 1 << 20, 4096);  // big arrays begin at a page
  const hid_t id = H5Fcreate(at.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (id < 0) fail(name, "cannot be written");
  return {Handle(id, H5Fclose), name};
}

File create_in_memory(const std::filesystem::path& name) {
  Lock lock;
  const Handle access = file_access();
  H5Pset_fapl_core(access, 1 << 20, false);
  const hid_t id = H5Fcreate("neurox-in-memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (id < 0) fail(name, "cannot be made");
  return {Handle(id, H5Fclose), name};
}

std::vector<char> image(const File& file) {
  file.check(H5Fflush(file.id, H5F_SCOPE_LOCAL), "cannot be made");
  const ssize_t size = H5Fget_file_image(file.id, nullptr, 0);
  if (size < 0) fail(file.path, "cannot be made");
  std::vector<char> bytes(static_cast<std::size_t>(size));
  if (H5Fget_file_image(file.id, bytes.data(), bytes.size()) < 0) fail(file.path, "cannot be made");
  return bytes;
}

bool is_hdf5(const std::filesystem::path& path) {
  Lock lock;
  return H5Fis_hdf5(path.c_str()) > 0;
}

bool exists(hid_t group, const std::string& name) {
  return H5Lexists(group, name.c_str(), H5P_DEFAULT) > 0 &&
         H5Oexists_by_name(group, name.c_str(), H5P_DEFAULT) > 0;
}

bool is_group(const File& file, hid_t parent, const std::string& name) {
  const Handle object =
      file.check(H5Oopen(parent, name.c_str(), H5P_DEFAULT), H5Oclose, fmt::format("'{}'", name));
  return H5Iget_type(object) == H5I_GROUP;
}

std::vector<std::string> names(const File& file, hid_t group) {
  std::vector<std::string> found;
  file.check(H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add_name, &found), "a group");
  std::sort(found.begin(), found.end());
  return found;
}

Handle open_group(const File& file, hid_t parent, const std::string& name) {
  return file.check(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose, fmt::format("group '{}'", name));
}

Handle open_dataset(const File& file, hid_t parent, const std::string& name) {
  return file.check(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose, fmt::format("array '{}'", name));
}

Handle make_group(const File& file, hid_t parent, const std::string& name) {
  const Handle creation(H5Pcreate(H5P_GROUP_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  return file.check(H5Gcreate2(parent, name.c_str(), H5P_DEFAULT, creation, H5P_DEFAULT), H5Gclose,
                    fmt::format("group '{}'", name));
}

Handle make_dataset(const File& file, hid_t parent, const std::string& name, hid_t type,
                    const std::vector<hsize_t>& dims, const DatasetLayout& layout) {
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  if (!layout.chunk.empty())
    H5Pset_chunk(creation, static_cast<int>(layout.chunk.size()), layout.chunk.data());
  if (layout.early) {
    H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER);
  }
  const Handle space(
      dims.empty() ? H5Screate(H5S_SCALAR) : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), {}),
      H5Sclose);
  return file.check(H5Dcreate2(parent, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT),
                    H5Dclose, fmt::format("array '{}'", name));
}

std::vector<hsize_t> dims(const File& file, hid_t dataset) {
  const Handle space = file.check(H5Dget_space(dataset), H5Sclose, "an array");
  std::vector<hsize_t> sizes(static_cast<std::size_t>(std::max(0, H5Sget_simple_extent_ndims(space))));
  if (!sizes.empty()) H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  return sizes;
}

Handle string_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, SIZE_MAX);  // H5T_VARIABLE
  H5Tset_cset(type, H5T_CSET_UTF8);
  return type;
}

Handle bool_type() {
  Handle type(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
  const std::int8_t no = 0, yes = 1;
  H5Tenum_insert(type, "FALSE", &no);
  H5Tenum_insert(type, "TRUE", &yes);
  return type;
}

Handle half_type() {
  Handle type(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(type, 15, 10, 5, 0, 10);
  H5Tset_size(type, 2);
  H5Tset_ebias(type, 15);
  return type;
}

bool is_half(hid_t type) {
  return H5Tequal(type, half_type()) > 0;
}

bool is_bool(hid_t type) {
  return H5Tget_class(type) == H5T_ENUM && H5Tget_nmembers(type) == 2;
}

}  // namespace neurox::io::h5
