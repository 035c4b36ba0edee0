#include "neurox/model/safetensors.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "neurox/core/error.h"
#include "neurox/core/mapped_file.h"

namespace neurox::model {
namespace {

using Json = nlohmann::json;

struct DType {
  std::string_view name;
  std::uint64_t bytes;
  std::optional<torch::ScalarType> type;  // nothing: sized, but not read
};
constexpr DType dtypes[] = {
    {"F64", 8, torch::kFloat64},
    {"F32", 4, torch::kFloat32},
    {"F16", 2, torch::kFloat16},
    {"I64", 8, torch::kInt64},
    {"BF16", 2, torch::kBFloat16},
    {"I32", 4, torch::kInt32},
    {"I16", 2, torch::kInt16},
    {"I8", 1, torch::kInt8},
    {"U8", 1, torch::kUInt8},
    {"BOOL", 1, torch::kBool},
    {"U64", 8, {}},
    {"U32", 4, {}},
    {"U16", 2, {}},
    {"F8_E4M3", 1, {}},
    {"F8_E5M2", 1, {}},
};

const DType* find_dtype(std::string_view name) {
  for (const DType& dtype : dtypes)
    if (dtype.name == name) return &dtype;
  return nullptr;
}

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // the format's own limit

/// The header as JSON, and where the data begin.
std::pair<Json, std::uint64_t> read_header(const MappedFile& file, const std::string& name) {
  if (file.size() < length_bytes)
    throw input_error("{}: {} bytes, too short for a safetensors file", name, file.size());
  std::uint64_t length = 0;
  for (std::uint64_t i = length_bytes; i-- > 0;)
    length = length << 8 | std::to_integer<std::uint64_t>(file.data()[i]);
  if (length > longest_header || length > file.size() - length_bytes)
    throw input_error(
        "{}: byte 0: header of {} bytes in a file of {} bytes; truncated, or no safetensors file", name,
        length, file.size());
  const char* text = reinterpret_cast<const char*>(file.data()) + length_bytes;
  std::vector<std::set<std::string>> keys;  // of the objects around the place being parsed
  const auto refuse_repeats = [&](int, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(value.get<std::string>()).second)
      throw input_error("{}: header: '{}' occurs twice", name, value.get<std::string>());
    return true;
  };
  try {
    Json header = Json::parse(text, text + length, refuse_repeats);
    if (!header.is_object()) throw input_error("{}: header: not a JSON object", name);
    return {std::move(header), length_bytes + length};
  } catch (const Json::exception& e) {
    throw input_error("{}: header: {}", name, e.what());
  }
}

bool unsigned_array(const Json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& x) {
           return x.is_number_unsigned() &&
                  x.get<std::uint64_t>() <=
                      static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
         });
}

/// One entry of the header, its byte range checked against shape, dtype and the bytes there are.
SafeTensors::Info read_entry(const std::string& file, const std::string& tensor, const Json& entry,
                             std::uint64_t data_begin, std::uint64_t data_size) {
  const auto refuse = [&](const std::string& what) {
    return input_error("{}: header: tensor {}: {}", file, tensor, what);
  };
  if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
      !entry.contains("data_offsets") || !entry["dtype"].is_string())
    throw refuse("needs dtype, shape and data_offsets");
  const Json& shape = entry["shape"];
  const Json& offsets = entry["data_offsets"];
  if (!unsigned_array(shape)) throw refuse("shape is no list of sizes");
  if (!unsigned_array(offsets) || offsets.size() != 2) throw refuse("data_offsets is no pair of offsets");
  SafeTensors::Info info;
  info.dtype = entry["dtype"].get<std::string>();
  const DType* dtype = find_dtype(info.dtype);
  if (dtype == nullptr) throw refuse(fmt::format("unknown dtype {}", info.dtype));
  std::uint64_t bytes = dtype->bytes;
  for (const Json& size : shape) {
    info.shape.push_back(size.get<std::int64_t>());
    if (__builtin_mul_overflow(bytes, size.get<std::uint64_t>(), &bytes)) throw refuse("shape is too large");
  }
  const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
  if (begin > end || end > data_size)
    throw refuse(fmt::format("bytes {} to {} of {} bytes of data; truncated?", begin, end, data_size));
  if (end - begin != bytes)
    throw refuse(fmt::format("{} bytes, but its shape in {} needs {}", end - begin, info.dtype, bytes));
  info.begin = data_begin + begin;
  info.size = bytes;
  return info;
}

/// The ranges must fill the data from end to end: a hole or an overlap means a header that lies.
void check_ranges(const std::string& file,
                  std::vector<std::pair<const SafeTensors::Info*, const std::string*>> entries,
                  std::uint64_t data_begin, std::uint64_t file_size) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first->begin, a.first->size) < std::pair(b.first->begin, b.first->size);
  });
  std::uint64_t expected = data_begin;
  const std::string* before = nullptr;
  for (const auto& [info, tensor] : entries) {
    if (info->begin < expected)
      throw input_error("{}: header: tensors {} and {} overlap", file, *before, *tensor);
    if (info->begin > expected)
      throw input_error("{}: header: {} bytes before tensor {} belong to none", file, info->begin - expected,
                        *tensor);
    expected = info->begin + info->size;
    before = tensor;
  }
  if (expected != file_size)
    throw input_error("{}: {} bytes, but the header describes {}", file, file_size, expected);
}

Json read_index(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw input_error("{}: cannot be read", file.string());
  try {
    Json index = Json::parse(in);
    if (index.is_object() && index.contains("weight_map") && index["weight_map"].is_object() &&
        !index["weight_map"].empty())
      return index["weight_map"];
  } catch (const Json::exception& e) {
    throw input_error("{}: {}", file.string(), e.what());
  }
  throw input_error("{}: no weight_map", file.string());
}

}  // namespace

void SafeTensors::add_file(const std::filesystem::path& file) {
  const std::string name = file.string();
  const auto mapping = std::make_shared<const MappedFile>(file);
  const auto [header, data_begin] = read_header(*mapping, name);
  std::vector<std::pair<const Info*, const std::string*>> entries;
  for (const auto& [tensor, entry] : header.items()) {
    if (tensor == "__metadata__") continue;
    Info info = read_entry(name, tensor, entry, data_begin, mapping->size() - data_begin);
    info.file = files_.size();
    const auto [place, fresh] = tensors_.emplace(tensor, std::move(info));
    if (!fresh)
      throw input_error("{}: tensor {} is also in {}", name, tensor, files_[place->second.file].string());
    entries.emplace_back(&place->second, &place->first);
  }
  check_ranges(name, std::move(entries), data_begin, mapping->size());
  files_.push_back(file);
  mappings_.push_back(mapping);
}

SafeTensors SafeTensors::open(const std::filesystem::path& file) {
  SafeTensors out;
  out.add_file(file);
  return out;
}

SafeTensors SafeTensors::open_folder(const std::filesystem::path& folder) {
  const std::filesystem::path single = folder / "model.safetensors";
  const std::filesystem::path index = folder / "model.safetensors.index.json";
  if (std::filesystem::exists(single)) return open(single);
  if (!std::filesystem::exists(index)) {
    const std::filesystem::path pickled = folder / "pytorch_model.bin";
    if (std::filesystem::exists(pickled) || std::filesystem::exists(folder / "pytorch_model.bin.index.json"))
      throw input_error(
          "{0}: only pytorch_model.bin, which is not read; convert it: python3 -c \"import glob, torch, "
          "safetensors.torch as s; s.save_file({{k: v.clone().contiguous() for f in "
          "glob.glob('{0}/pytorch_model*.bin') for k, v in torch.load(f, weights_only=True).items()}}, "
          "'{0}/model.safetensors')\"",
          folder.string());
    throw input_error("{}: no model.safetensors and no model.safetensors.index.json", folder.string());
  }
  SafeTensors out;
  const Json map = read_index(index);
  std::set<std::string> names;
  for (const auto& [tensor, file] : map.items()) {
    if (!file.is_string() || file.get<std::string>().find('/') != std::string::npos)
      throw input_error("{}: weight_map: {}: not a file name", index.string(), tensor);
    names.insert(file.get<std::string>());
  }
  for (const std::string& name : names) out.add_file(folder / name);
  for (const auto& [tensor, file] : map.items()) {
    const auto found = out.tensors_.find(tensor);
    if (found == out.tensors_.end() || out.files_[found->second.file].filename() != file.get<std::string>())
      throw input_error("{}: weight_map: tensor {} is not in {}", index.string(), tensor,
                        file.get<std::string>());
  }
  return out;
}

torch::Tensor SafeTensors::tensor(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end())
    throw input_error("{}: no tensor {}", files_.empty() ? std::string() : files_.front().string(), name);
  const Info& info = found->second;
  const DType& dtype = *find_dtype(info.dtype);
  if (!dtype.type)
    throw input_error("{}: tensor {}: dtype {} is not read", files_[info.file].string(), name, info.dtype);
  std::byte* data = mappings_[info.file]->data() + info.begin;
  if (info.begin % dtype.bytes == 0)
    return torch::from_blob(
        data, info.shape, [mapping = mappings_[info.file]](void*) mutable { mapping.reset(); }, *dtype.type);
  torch::Tensor copy = torch::empty(info.shape, *dtype.type);
  if (info.size > 0) std::memcpy(copy.data_ptr(), data, info.size);
  return copy;
}

}  // namespace neurox::model
