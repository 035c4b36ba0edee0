#include "neurox/io/hdf5_values.h"

#include <algorithm>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/float16.h"

namespace neurox::io::h5 {

template <>
struct NumberType<std::int8_t> {
  static hid_t memory() { return H5T_NATIVE_INT8; }
  static hid_t file() { return H5T_STD_I8LE; }
};
template <>
struct NumberType<std::int16_t> {
  static hid_t memory() { return H5T_NATIVE_INT16; }
  static hid_t file() { return H5T_STD_I16LE; }
};
template <>
struct NumberType<std::int32_t> {
  static hid_t memory() { return H5T_NATIVE_INT32; }
  static hid_t file() { return H5T_STD_I32LE; }
};
template <>
struct NumberType<std::int64_t> {
  static hid_t memory() { return H5T_NATIVE_INT64; }
  static hid_t file() { return H5T_STD_I64LE; }
};
template <>
struct NumberType<std::uint64_t> {
  static hid_t memory() { return H5T_NATIVE_UINT64; }
  static hid_t file() { return H5T_STD_U64LE; }
};
template <>
struct NumberType<float> {
  static hid_t memory() { return H5T_NATIVE_FLOAT; }
  static hid_t file() { return H5T_IEEE_F32LE; }
};
template <>
struct NumberType<double> {
  static hid_t memory() { return H5T_NATIVE_DOUBLE; }
  static hid_t file() { return H5T_IEEE_F64LE; }
};

namespace {

Handle scalar_space() {
  return {H5Screate(H5S_SCALAR), H5Sclose};
}

Handle make_attribute(const File& file, hid_t object, const std::string& name, hid_t type, hid_t space) {
  return file.check(H5Acreate2(object, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                    fmt::format("attribute '{}'", name));
}

std::vector<const char*> pointers(std::span<const std::string> values) {
  std::vector<const char*> out(values.size());
  std::transform(values.begin(), values.end(), out.begin(), [](const std::string& s) { return s.c_str(); });
  return out;
}

std::optional<Handle> open_attribute(hid_t object, const std::string& name) {
  if (H5Aexists(object, name.c_str()) <= 0) return std::nullopt;
  Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
  if (attribute < 0) return std::nullopt;
  return attribute;
}

/// `n` strings that `read` puts into a buffer of the file's own string type, variable or fixed in length.
template <class Read>
std::vector<std::string> take_strings(hid_t file_type, hid_t space, std::size_t n, Read&& read) {
  std::vector<std::string> out(n);
  if (n == 0) return out;
  if (H5Tis_variable_str(file_type) > 0) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, SIZE_MAX);
    H5Tset_cset(type, H5Tget_cset(file_type));
    std::vector<char*> raw(n, nullptr);
    if (!read(type, raw.data())) return {};
    for (std::size_t i = 0; i < n; ++i)
      if (raw[i] != nullptr) out[i] = raw[i];
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, raw.data());
  } else {
    const std::size_t width = H5Tget_size(file_type);
    std::vector<char> raw(n * width);
    if (!read(file_type, raw.data())) return {};
    for (std::size_t i = 0; i < n; ++i) {
      const char* begin = raw.data() + i * width;
      out[i].assign(begin, std::find(begin, begin + width, '\0'));
    }
  }
  return out;
}

std::size_t count(const std::vector<hsize_t>& sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

void put_attribute(const File& file, hid_t object, const std::string& name, const std::string& value) {
  const Handle type = string_type();
  const Handle attribute = make_attribute(file, object, name, type, scalar_space());
  const char* text = value.c_str();
  file.check(H5Awrite(attribute, type, &text), name);
}

void put_attribute(const File& file, hid_t object, const std::string& name, bool value) {
  const Handle type = bool_type();
  const Handle attribute = make_attribute(file, object, name, type, scalar_space());
  const std::int8_t number = value ? 1 : 0;
  file.check(H5Awrite(attribute, type, &number), name);
}

void put_attribute(const File& file, hid_t object, const std::string& name,
                   const std::vector<std::string>& values) {
  const Handle type = string_type();
  const hsize_t size = values.size();
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle attribute = make_attribute(file, object, name, type, space);
  if (!values.empty()) file.check(H5Awrite(attribute, type, pointers(values).data()), name);
}

std::optional<std::vector<std::string>> texts_attribute(hid_t object, const std::string& name) {
  const auto attribute = open_attribute(object, name);
  if (!attribute) return std::nullopt;
  const Handle space(H5Aget_space(*attribute), H5Sclose);
  const hssize_t n = H5Sget_simple_extent_npoints(space);
  if (n <= 0) return std::vector<std::string>{};
  const Handle type(H5Aget_type(*attribute), H5Tclose);
  if (H5Tget_class(type) != H5T_STRING) return std::nullopt;
  bool read = true;
  auto values = take_strings(type, space, static_cast<std::size_t>(n), [&](hid_t memory, void* to) {
    return read = H5Aread(*attribute, memory, to) >= 0;
  });
  if (!read) return std::nullopt;
  return values;
}

std::optional<std::string> text_attribute(hid_t object, const std::string& name) {
  auto values = texts_attribute(object, name);
  if (!values || values->size() != 1) return std::nullopt;
  return std::move(values->front());
}

bool bool_attribute(hid_t object, const std::string& name, bool otherwise) {
  const auto attribute = open_attribute(object, name);
  if (!attribute) return otherwise;
  const Handle type(H5Aget_type(*attribute), H5Tclose);
  std::int8_t value = 0;
  if (!is_bool(type) || H5Tget_size(type) != 1 || H5Aread(*attribute, type, &value) < 0) return otherwise;
  return value != 0;
}

void mark(const File& file, hid_t object, const std::string& type, const std::string& version) {
  put_attribute(file, object, "encoding-type", type);
  put_attribute(file, object, "encoding-version", version);
}

template <class T>
void put_array(const File& file, hid_t parent, const std::string& name, std::span<const T> values,
               const std::vector<hsize_t>& dims) {
  const Handle dataset = make_dataset(file, parent, name, NumberType<T>::file(), dims);
  if (!values.empty())
    file.check(H5Dwrite(dataset, NumberType<T>::memory(), whole, whole, H5P_DEFAULT, values.data()), name);
  mark(file, dataset, "array", "0.2.0");
}

void put_bools(const File& file, hid_t parent, const std::string& name, const std::vector<bool>& values) {
  const Handle type = bool_type();
  const Handle dataset = make_dataset(file, parent, name, type, {values.size()});
  const std::vector<std::int8_t> numbers(values.begin(), values.end());
  if (!values.empty()) file.check(H5Dwrite(dataset, type, whole, whole, H5P_DEFAULT, numbers.data()), name);
  mark(file, dataset, "array", "0.2.0");
}

void write_strings(const File& file, hid_t dataset, hsize_t first, std::span<const std::string> values) {
  if (values.empty()) return;
  const hsize_t n = values.size();
  const Handle space = file.check(H5Dget_space(dataset), H5Sclose, "strings");
  H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, nullptr, &n, nullptr);
  const Handle memory(H5Screate_simple(1, &n, nullptr), H5Sclose);
  file.check(H5Dwrite(dataset, string_type(), memory, space, H5P_DEFAULT, pointers(values).data()),
             "strings");
}

void put_strings(const File& file, hid_t parent, const std::string& name,
                 std::span<const std::string> values) {
  const Handle dataset = make_dataset(file, parent, name, string_type(), {values.size()});
  write_strings(file, dataset, 0, values);
  mark(file, dataset, "string-array", "0.2.0");
}

template <class T>
void put_scalar(const File& file, hid_t parent, const std::string& name, T value) {
  const Handle dataset = make_dataset(file, parent, name, NumberType<T>::file(), {});
  file.check(H5Dwrite(dataset, NumberType<T>::memory(), whole, whole, H5P_DEFAULT, &value), name);
  mark(file, dataset, "numeric-scalar", "0.2.0");
}

void put_bool(const File& file, hid_t parent, const std::string& name, bool value) {
  const Handle type = bool_type();
  const Handle dataset = make_dataset(file, parent, name, type, {});
  const std::int8_t number = value ? 1 : 0;
  file.check(H5Dwrite(dataset, type, whole, whole, H5P_DEFAULT, &number), name);
  mark(file, dataset, "numeric-scalar", "0.2.0");
}

void put_string(const File& file, hid_t parent, const std::string& name, const std::string& value) {
  const Handle type = string_type();
  const Handle dataset = make_dataset(file, parent, name, type, {});
  const char* text = value.c_str();
  file.check(H5Dwrite(dataset, type, whole, whole, H5P_DEFAULT, &text), name);
  mark(file, dataset, "string", "0.2.0");
}

template <class T>
std::vector<T> read_numbers(const File& file, hid_t dataset) {
  std::vector<T> values(count(dims(file, dataset)));
  if (values.empty()) return values;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const auto read = [&](hid_t memory, void* to) {
    file.check(H5Dread(dataset, memory, whole, whole, H5P_DEFAULT, to), "an array cannot be read");
  };
  if (is_half(type)) {
    std::vector<std::uint16_t> half(values.size());
    read(type, half.data());
    std::vector<float> x(values.size());
    half_to_float(half.data(), x.data(), static_cast<std::int64_t>(x.size()));
    std::transform(x.begin(), x.end(), values.begin(), [](float v) { return static_cast<T>(v); });
  } else if (is_bool(type)) {
    std::vector<std::int8_t> flags(values.size());
    read(type, flags.data());
    std::copy(flags.begin(), flags.end(), values.begin());
  } else {
    read(NumberType<T>::memory(), values.data());
  }
  return values;
}

std::vector<std::string> read_strings(const File& file, hid_t dataset) {
  const std::size_t n = count(dims(file, dataset));
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tget_class(type) != H5T_STRING)
    throw input_error("{}: an array of strings holds something else", file.path.string());
  const Handle space(H5Dget_space(dataset), H5Sclose);
  return take_strings(type, space, n, [&](hid_t memory, void* to) {
    file.check(H5Dread(dataset, memory, whole, whole, H5P_DEFAULT, to), "strings cannot be read");
    return true;
  });
}

ValueKind value_kind(hid_t dataset) {
  const Handle type(H5Dget_type(dataset), H5Tclose);
  const std::size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_FLOAT:
      return size <= 4 ? ValueKind::Float32 : ValueKind::Float64;
    case H5T_INTEGER: {
      const bool is_unsigned = H5Tget_sign(type) == H5T_SGN_NONE;
      if (size < 4 || (size == 4 && !is_unsigned)) return ValueKind::Int32;
      return size == 8 && is_unsigned ? ValueKind::Uint64 : ValueKind::Int64;
    }
    case H5T_ENUM:
      return is_bool(type) && size == 1 ? ValueKind::Bool : ValueKind::Unknown;
    case H5T_STRING:
      return ValueKind::Text;
    default:
      return ValueKind::Unknown;
  }
}

template void put_array(const File&, hid_t, const std::string&, std::span<const std::int8_t>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const std::int16_t>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const std::int32_t>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const std::int64_t>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const std::uint64_t>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const float>,
                        const std::vector<hsize_t>&);
template void put_array(const File&, hid_t, const std::string&, std::span<const double>,
                        const std::vector<hsize_t>&);
template void put_scalar(const File&, hid_t, const std::string&, std::int64_t);
template void put_scalar(const File&, hid_t, const std::string&, std::uint64_t);
template void put_scalar(const File&, hid_t, const std::string&, double);
template std::vector<std::int32_t> read_numbers(const File&, hid_t);
template std::vector<std::int64_t> read_numbers(const File&, hid_t);
template std::vector<std::uint64_t> read_numbers(const File&, hid_t);
template std::vector<float> read_numbers(const File&, hid_t);
template std::vector<double> read_numbers(const File&, hid_t);

}  // namespace neurox::io::h5
