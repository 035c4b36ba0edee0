#pragma once

#include <hdf5.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "neurox/core/matrix.h"

/// Plain readers of the peers' numbers: small HDF5 data sets and JSON files.
namespace neurox::testing {

class Hdf5File {
 public:
  explicit Hdf5File(const std::filesystem::path& path)
      : id_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {}
  ~Hdf5File() { H5Fclose(id_); }
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  /// A two-dimensional data set; one dimension is a column.
  MatrixF matrix(const std::string& name) const {
    const hid_t set = H5Dopen2(id_, name.c_str(), H5P_DEFAULT), space = H5Dget_space(set);
    hsize_t shape[2] = {0, 1};
    H5Sget_simple_extent_dims(space, shape, nullptr);
    MatrixF out(static_cast<Index>(shape[0]), static_cast<Index>(shape[1]));
    H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data());
    H5Sclose(space);
    H5Dclose(set);
    return out;
  }

  std::vector<int> integers(const std::string& name) const {
    const MatrixF values = matrix(name);
    std::vector<int> out;
    for (Index i = 0; i < values.rows(); ++i) out.push_back(static_cast<int>(values(i, 0)));
    return out;
  }

  /// Variable-length strings.
  std::vector<std::string> strings(const std::string& name) const {
    const hid_t set = H5Dopen2(id_, name.c_str(), H5P_DEFAULT), space = H5Dget_space(set),
                type = H5Dget_type(set);
    std::vector<char*> raw(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data());
    std::vector<std::string> out(raw.begin(), raw.end());
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
    return out;
  }

 private:
  hid_t id_;
};

inline nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  return nlohmann::json::parse(in);
}

}  // namespace neurox::testing
