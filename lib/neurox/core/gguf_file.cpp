#include "neurox/core/gguf_file.h"

#include <cstring>
#include <fstream>

#include "neurox/core/error.h"

namespace neurox {
namespace {

enum ValueType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

/// Reads forward; more than the file holds is refused before it is asked for.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file) : file_(file), in_(file, std::ios::binary) {
    if (!in_) throw input_error("{}: cannot be read", file.string());
    left_ = std::filesystem::file_size(file);
  }

  template <class T>
  T take() {
    T out{};
    bytes(reinterpret_cast<char*>(&out), sizeof out);
    return out;
  }
  std::string string() {
    const auto size = count(1);
    std::string out(size, '\0');
    bytes(out.data(), size);
    return out;
  }
  /// A number of things that take at least `each` bytes.
  std::uint64_t count(std::uint64_t each) {
    const auto n = take<std::uint64_t>();
    if (n > left_ / each) throw broken();
    return n;
  }
  std::uint64_t at() { return static_cast<std::uint64_t>(in_.tellg()); }
  Error broken() {
    return input_error("{}: breaks off at byte {} of its header; is the file complete?", file_.string(),
                       at());
  }

 private:
  void bytes(char* out, std::uint64_t size) {
    if (size > left_) throw broken();
    in_.read(out, static_cast<std::streamsize>(size));
    left_ -= size;
  }

  const std::filesystem::path& file_;
  std::ifstream in_;
  std::uint64_t left_ = 0;
};

std::int64_t take_integer(Reader& in, std::uint32_t type) {
  switch (type) {
    case U8:
      return in.take<std::uint8_t>();
    case I8:
      return in.take<std::int8_t>();
    case U16:
      return in.take<std::uint16_t>();
    case I16:
      return in.take<std::int16_t>();
    case U32:
      return in.take<std::uint32_t>();
    case I32:
      return in.take<std::int32_t>();
    case Bool:
      return in.take<std::uint8_t>();
    default:
      return in.take<std::int64_t>();
  }
}

double take_real(Reader& in, std::uint32_t type) {
  return type == F32 ? static_cast<double>(in.take<float>()) : in.take<double>();
}

GgufFile::Value take_value(Reader& in, std::uint32_t type) {
  if (type == String) return in.string();
  if (type == F32 || type == F64) return take_real(in, type);
  if (type == Bool) return take_integer(in, type) != 0;
  if (type != Array) return take_integer(in, type);
  const auto kind = in.take<std::uint32_t>();
  if (kind > F64 || kind == Array) throw in.broken();
  const std::uint64_t n = in.count(kind == String ? 8 : 1);
  const auto list = [&](const auto& one) {
    std::vector<decltype(one())> out;
    out.reserve(n);
    for (std::uint64_t i = 0; i < n; ++i) out.push_back(one());
    return out;
  };
  if (kind == String) return list([&] { return in.string(); });
  if (kind == F32 || kind == F64) return list([&] { return take_real(in, kind); });
  return list([&] { return take_integer(in, kind); });
}

/// The name of part `no` (from 0), where `known` is the name of part `of_known`; empty where that is named
/// otherwise.
std::filesystem::path part_file(const std::filesystem::path& known, std::int64_t of_known, std::int64_t no,
                                std::int64_t parts) {
  const auto ending = [&](std::int64_t part) { return fmt::format("-{:05}-of-{:05}.gguf", part + 1, parts); };
  const std::string name = known.filename().string(), end = ending(of_known);
  if (!name.ends_with(end)) return {};
  return known.parent_path() / (name.substr(0, name.size() - end.size()) + ending(no));
}

}  // namespace

bool GgufFile::is_one(const std::filesystem::path& file) {
  char magic[4] = {};
  std::ifstream(file, std::ios::binary).read(magic, 4);
  return std::memcmp(magic, "GGUF", 4) == 0;
}

GgufFile GgufFile::open(const std::filesystem::path& file) {
  GgufFile out = read(file);
  if (out.integer_or("split.count", 1) > 1) out.join_parts();
  return out;
}

void GgufFile::join_parts() {
  const std::filesystem::path first = file();
  const std::int64_t parts = integer("split.count"), no = integer_or("split.no", 0);
  if (no != 0) {
    const std::filesystem::path wanted = part_file(first, no, 0, parts);
    throw input_error("{}: part {} of {} of a model that was split; give the first part{}", first.string(),
                      no + 1, parts, wanted.empty() ? "" : ", " + wanted.string());
  }
  if (part_file(first, 0, 0, parts).empty())
    throw input_error(
        "{}: part 1 of {} of a model that was split, whose name does not end in -00001-of-{:05}.gguf, by "
        "which the others are found; give the parts their names back",
        first.string(), parts, parts);
  for (std::int64_t i = 1; i < parts; ++i) {
    const std::filesystem::path file = part_file(first, 0, i, parts);
    if (!std::filesystem::exists(file))
      throw input_error("{}: part {} of {} is missing: no {} beside it", first.string(), i + 1, parts,
                        file.filename().string());
    GgufFile part = read(file);
    const std::int64_t its_no = part.integer_or("split.no", -1),
                       its_count = part.integer_or("split.count", -1);
    if (its_no != i || its_count != parts)
      throw input_error("{}: split.no {} and split.count {}, where {} and {} are expected by its name",
                        file.string(), its_no, its_count, i, parts);
    for (auto& [name, tensor] : part.tensors_) {
      tensor.part = files_.size();
      if (!tensors_.emplace(name, tensor).second)
        throw input_error("{}: {} is in another part too", file.string(), name);
    }
    files_.push_back(file);
  }
  const auto held = static_cast<std::int64_t>(tensors_.size());
  if (const std::int64_t said = integer_or("split.tensors.count", held); said != held)
    throw input_error(
        "{}: its {} parts hold {} tensors, but split.tensors.count is {}; are they one model's?",
        first.string(), parts, held, said);
}

GgufFile GgufFile::read(const std::filesystem::path& file) {
  Reader in(file);
  GgufFile out;
  out.files_ = {file};
  if (in.take<std::uint32_t>() != 0x46554747U) throw input_error("{}: no GGUF file", file.string());
  if (const auto version = in.take<std::uint32_t>(); version != 2 && version != 3)
    throw input_error("{}: GGUF of version {} is not supported, only 2 and 3", file.string(), version);
  const std::uint64_t tensors = in.count(24), entries = in.count(12);
  for (std::uint64_t i = 0; i < entries; ++i) {
    std::string key = in.string();
    const auto type = in.take<std::uint32_t>();
    if (type > F64) throw input_error("{}: {} is of an unknown type {}", file.string(), key, type);
    out.values_.insert_or_assign(std::move(key), take_value(in, type));
  }
  for (std::uint64_t i = 0; i < tensors; ++i) {
    std::string name = in.string();
    Tensor tensor;
    const auto dimensions = in.take<std::uint32_t>();
    if (dimensions > 4) throw in.broken();
    for (std::uint32_t d = 0; d < dimensions; ++d)
      tensor.shape.insert(tensor.shape.begin(), in.take<std::int64_t>());
    tensor.type = in.take<std::uint32_t>();
    tensor.begin = in.take<std::uint64_t>();
    out.tensors_.insert_or_assign(std::move(name), tensor);
  }
  const std::int64_t alignment = out.integer_or("general.alignment", 32);
  if (alignment < 1) throw input_error("{}: general.alignment: {}", file.string(), alignment);
  const auto step = static_cast<std::uint64_t>(alignment);
  const std::uint64_t data = (in.at() + step - 1) / step * step;
  for (auto& [name, tensor] : out.tensors_) tensor.begin += data;
  return out;
}

template <class T>
const T& GgufFile::get(const std::string& key, const char* kind) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw input_error("{}: no {}", file().string(), key);
  const T* value = std::get_if<T>(&found->second);
  if (value == nullptr) throw input_error("{}: {} is no {}", file().string(), key, kind);
  return *value;
}

std::int64_t GgufFile::integer(const std::string& key) const {
  return get<std::int64_t>(key, "integer");
}
std::int64_t GgufFile::integer_or(const std::string& key, std::int64_t otherwise) const {
  return has(key) ? integer(key) : otherwise;
}
double GgufFile::number_or(const std::string& key, double otherwise) const {
  return has(key) ? get<double>(key, "number") : otherwise;
}
bool GgufFile::flag_or(const std::string& key, bool otherwise) const {
  return has(key) ? get<bool>(key, "boolean") : otherwise;
}
const std::string& GgufFile::text(const std::string& key) const {
  return get<std::string>(key, "string");
}
const std::vector<std::string>& GgufFile::texts(const std::string& key) const {
  return get<std::vector<std::string>>(key, "list of strings");
}
const std::vector<std::int64_t>& GgufFile::integers(const std::string& key) const {
  return get<std::vector<std::int64_t>>(key, "list of integers");
}
const std::vector<double>& GgufFile::numbers(const std::string& key) const {
  return get<std::vector<double>>(key, "list of numbers");
}

}  // namespace neurox
