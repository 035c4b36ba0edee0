#include "neurox/model/safetensors_writer.h"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

const char* name_of(torch::ScalarType dtype, const std::string& tensor) {
  switch (dtype) {
    case torch::kFloat32:
      return "F32";
    case torch::kFloat16:
      return "F16";
    case torch::kBFloat16:
      return "BF16";
    case torch::kFloat64:
      return "F64";
    case torch::kInt64:
      return "I64";
    case torch::kInt32:
      return "I32";
    case torch::kUInt8:
      return "U8";
    case torch::kBool:
      return "BOOL";
    default:
      throw usage_error("{}: a safetensors file has no numbers of kind {}", tensor, torch::toString(dtype));
  }
}

}  // namespace

void write_safetensors(const std::filesystem::path& file,
                       const std::map<std::string, torch::Tensor>& tensors) {
  nlohmann::ordered_json header{{"__metadata__", {{"format", "pt"}}}};
  std::uint64_t place = 0;
  for (const auto& [name, tensor] : tensors) {
    const std::uint64_t end = place + tensor.nbytes();
    header[name] = {{"dtype", name_of(tensor.scalar_type(), name)},
                    {"shape", std::vector<std::int64_t>(tensor.sizes().begin(), tensor.sizes().end())},
                    {"data_offsets", {place, end}}};
    place = end;
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');  // data begin at a multiple of 8
  std::array<char, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<char>((text.size() >> (8 * i)) & 0xFFU);
  std::ofstream out(file, std::ios::binary);
  out.write(length.data(), 8);
  out << text;
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor bytes = tensor.contiguous();
    out.write(static_cast<const char*>(bytes.const_data_ptr()), static_cast<std::streamsize>(bytes.nbytes()));
  }
  out.close();
  if (!out) throw input_error("{}: cannot be written", file.string());
}

}  // namespace neurox::model
