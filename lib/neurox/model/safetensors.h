#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace neurox {
class MappedFile;
}

namespace neurox::model {

/// Tensors of a safetensors file, or of the files that `model.safetensors.index.json` lists, memory-mapped.
///
/// On disk: 8 bytes little-endian length n of the header; n bytes of JSON, {name: {dtype, shape,
/// data_offsets: [begin, end)}} with offsets from the end of the header; the data. Opening checks n against
/// the file, every byte range against its shape and dtype, and that the ranges fill the data without hole or
/// overlap; nothing else is read. Source: the safetensors format of Hugging Face.
class SafeTensors {
 public:
  struct Info {
    std::string dtype;  ///< as the file writes it: F32
    std::vector<std::int64_t> shape;
    std::size_t file = 0;               ///< index into files()
    std::uint64_t begin = 0, size = 0;  ///< bytes from the start of that file
  };

  /// @throws Error{Input}, one line naming file and place, for whatever breaks the format
  static SafeTensors open(const std::filesystem::path& file);
  /// `model.safetensors` of a folder, else the files of its index.
  /// @throws Error{Input} as open; when the folder holds neither, or only `pytorch_model.bin` (with the one
  /// line of Python that converts it)
  static SafeTensors open_folder(const std::filesystem::path& folder);

  /// By name, ascending.
  const std::map<std::string, Info>& tensors() const { return tensors_; }
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  /// The files that were mapped, in the order of their names.
  const std::vector<std::filesystem::path>& files() const { return files_; }

  /// A view of the mapped bytes in the file's own dtype, which keeps the mapping alive; a write into it stays
  /// in memory. (A copy where the file does not align the data.)
  /// @throws Error{Input} when there is no such tensor or LibTorch has no such dtype
  torch::Tensor tensor(const std::string& name) const;

 private:
  void add_file(const std::filesystem::path& file);

  std::vector<std::filesystem::path> files_;
  std::vector<std::shared_ptr<const MappedFile>> mappings_;
  std::map<std::string, Info> tensors_;
};

}  // namespace neurox::model
