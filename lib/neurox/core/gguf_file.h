#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace neurox {

/// What a GGUF file says about itself and its tensors; their bytes stay where they are.
///
/// On disk, little-endian: `GGUF`, version (2 or 3), number of tensors, number of entries; entries of key,
/// type and value; tensors as name, sizes (innermost first), type, place; from the next multiple of
/// `general.alignment` on, the data. A model may be split over files NAME-00001-of-00003.gguf, ...: the first
/// one says what there is to say and is the one to open; `split.no` (from 0), `split.count` and
/// `split.tensors.count` tell them apart. Source: the GGUF specification of ggml.
class GgufFile {
 public:
  using Value = std::variant<std::int64_t, double, bool, std::string, std::vector<std::int64_t>,
                             std::vector<double>, std::vector<std::string>>;
  struct Tensor {
    std::vector<std::int64_t> shape;  ///< outermost first
    std::uint32_t type = 0;           ///< ggml's number
    std::uint64_t begin = 0;          ///< byte of its file
    std::size_t part = 0;             ///< which of files() it is in
  };

  /// With all its parts, where it was split.
  /// @throws Error{Input}, one line naming the file and what is wrong, for whatever breaks the format, for a
  /// part that is missing or another model's, and for a part that is not the first
  static GgufFile open(const std::filesystem::path& file);
  static bool is_one(const std::filesystem::path& file);  ///< by its first four bytes

  const std::filesystem::path& file() const { return files_.front(); }
  const std::vector<std::filesystem::path>& files() const { return files_; }
  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  bool has(const std::string& key) const { return values_.contains(key); }
  /// Each throws Error{Input} when the key is missing or of another kind; with `otherwise`, only the latter.
  std::int64_t integer(const std::string& key) const;
  std::int64_t integer_or(const std::string& key, std::int64_t otherwise) const;
  double number_or(const std::string& key, double otherwise) const;
  bool flag_or(const std::string& key, bool otherwise) const;
  const std::string& text(const std::string& key) const;
  const std::vector<std::string>& texts(const std::string& key) const;
  const std::vector<std::int64_t>& integers(const std::string& key) const;
  const std::vector<double>& numbers(const std::string& key) const;

 private:
  template <class T>
  const T& get(const std::string& key, const char* kind) const;
  static GgufFile read(const std::filesystem::path& file);
  void join_parts();

  std::vector<std::filesystem::path> files_;
  std::map<std::string, Value> values_;
  std::map<std::string, Tensor> tensors_;
};

}  // namespace neurox
