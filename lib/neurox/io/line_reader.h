#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace neurox::io {

/// Lines of a text file, plain or gzip, of any size. A byte order mark is dropped; lines end in LF, CRLF or
/// CR.
///
/// @throws Error{Input} one line: no such file; compressed data that is damaged or ends early; `FILE:LINE:
/// invalid UTF-8 at
///         byte B of the line` (B from 1); a NUL byte
class LineReader {
 public:
  explicit LineReader(const std::string& path);
  /// Reads an open file from its beginning, called `name` in messages; takes the descriptor over.
  LineReader(int fd, std::string name);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// The next line without its end; false at the end of the file.
  bool next(std::string& line);
  std::int64_t number() const { return number_; }  ///< of the line that next() gave, from 1
  std::string where() const;                       ///< `FILE:LINE`
  const std::string& name() const { return name_; }
  void rewind();

 private:
  struct Stream;
  bool fill();
  void check(std::string_view line) const;

  std::string name_;
  std::unique_ptr<Stream> stream_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool after_cr_ = false;
  std::int64_t number_ = 0;
};

}  // namespace neurox::io
