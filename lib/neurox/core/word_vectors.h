#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "neurox/core/mapped_file.h"

namespace neurox {

/// Word vectors as text, one word a line and its numbers behind it with spaces between: word2vec's and
/// fastText's with a first line `WORDS WIDTH`, GloVe's without.
///
/// The file is mapped and read line by line: what it holds is nowhere copied as text. A word may hold spaces
/// (some of GloVe's do): the last `width` fields are the numbers.
class WordVectorsFile {
 public:
  /// One word's line.
  struct Line {
    std::string_view word, numbers;
    std::int64_t number;  ///< of the line in the file, from 1
  };

  /// Whether a file begins as one.
  static bool is_one(const std::filesystem::path& path);
  /// @throws Error{Input} for a file that cannot be read or does not begin as one
  explicit WordVectorsFile(const std::filesystem::path& path);

  std::int64_t width() const { return width_; }
  /// The next word; nothing at the end.
  /// @throws Error{Input} with the line's number for one of too few fields, and at the end for a file of
  /// other words than its first line says
  std::optional<Line> next();
  /// Numbers of a line into `out`, `width` of them. May be called from several threads.
  /// @throws Error{Input} with the line's number for what is no number
  void read(const Line& line, float* out) const;

 private:
  std::string name_;
  MappedFile file_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::int64_t width_ = 0, announced_ = -1, line_ = 0, words_ = 0;
};

}  // namespace neurox
