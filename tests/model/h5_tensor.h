#pragma once

#include <hdf5.h>
#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "neurox/core/error.h"

namespace neurox::testing {

/// A whole data set of numbers as float64, so that every type reads alike.
inline torch::Tensor h5_tensor(const std::filesystem::path& file, const std::string& name) {
  const hid_t in = H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set = in < 0 ? in : H5Dopen2(in, name.c_str(), H5P_DEFAULT);
  if (set < 0) throw input_error("{}: no {}", file.string(), name);
  const hid_t space = H5Dget_space(set);
  std::vector<hsize_t> sizes(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, sizes.data(), nullptr);
  torch::Tensor out = torch::empty(std::vector<std::int64_t>(sizes.begin(), sizes.end()), torch::kFloat64);
  H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.data_ptr());
  H5Sclose(space);
  H5Dclose(set);
  H5Fclose(in);
  return out;
}

}  // namespace neurox::testing
