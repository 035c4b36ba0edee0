#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "neurox/core/matrix.h"
#include "neurox/io/hdf5.h"

/// Attributes and arrays of HDF5 as C++ values, with the marks (`encoding-type`, `encoding-version`) that
/// AnnData puts on each. The caller holds h5::Lock.
namespace neurox::io::h5 {

// Attributes. The readers give nothing when there is no such attribute, or it is of another kind.
void put_attribute(const File& file, hid_t object, const std::string& name, const std::string& value);
void put_attribute(const File& file, hid_t object, const std::string& name, bool value);
void put_attribute(const File& file, hid_t object, const std::string& name,
                   const std::vector<std::string>& values);
std::optional<std::string> text_attribute(hid_t object, const std::string& name);
std::optional<std::vector<std::string>> texts_attribute(hid_t object, const std::string& name);
bool bool_attribute(hid_t object, const std::string& name, bool otherwise);

/// Sets `encoding-type` and `encoding-version`.
void mark(const File& file, hid_t object, const std::string& type, const std::string& version);

/// HDF5's types of a C++ number: in memory, and little-endian in the file.
template <class T>
struct NumberType;

/// Writes an array of numbers (`dims` multiplied give its size) marked as `array`.
template <class T>
void put_array(const File& file, hid_t parent, const std::string& name, std::span<const T> values,
               const std::vector<hsize_t>& dims);
void put_bools(const File& file, hid_t parent, const std::string& name, const std::vector<bool>& values);
void put_strings(const File& file, hid_t parent, const std::string& name,
                 std::span<const std::string> values);
template <class T>
void put_scalar(const File& file, hid_t parent, const std::string& name, T value);
void put_bool(const File& file, hid_t parent, const std::string& name, bool value);
void put_string(const File& file, hid_t parent, const std::string& name, const std::string& value);

/// Writes strings to elements first, first+1, ... of a one-dimensional dataset of strings.
void write_strings(const File& file, hid_t dataset, hsize_t first, std::span<const std::string> values);

/// All numbers of a dataset in storage order; halves are converted by us (HDF5 is slow at it).
template <class T>
std::vector<T> read_numbers(const File& file, hid_t dataset);
std::vector<std::string> read_strings(const File& file, hid_t dataset);

/// What a dataset holds, for readers that take any.
enum class ValueKind { Float32, Float64, Int32, Int64, Uint64, Bool, Text, Unknown };
ValueKind value_kind(hid_t dataset);

}  // namespace neurox::io::h5
