#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "neurox/io/table.h"

namespace neurox::io {

class LineReader;

/// The entries (text, name of its array) of NeuroX's `sentence_to_index`, in the order of the file, which is
/// that of the corpus. ` (Occurrence N)` is taken off texts that occurred before.
/// @throws Error{Input} naming `where`
std::vector<std::pair<std::string, std::string>> parse_sentence_index(std::string_view json,
                                                                      const std::string& where);

/// The words of a text that NeuroX joined: split at single spaces, so that an empty word stays.
std::vector<std::string> split_tokens(std::string_view text);
/// The texts again, words joined by one space.
std::vector<std::string> joined(const std::vector<std::vector<std::string>>& tokens);

/// obs of words in sentences: token, sentence, position, char_begin, char_end, status (`dropped` where the
/// token is empty).
Table token_table(const std::vector<std::vector<std::string>>& tokens);

/// NeuroX's JSON lines, one sentence at a time.
class NeuroxJson {
 public:
  explicit NeuroxJson(const std::filesystem::path& path);
  ~NeuroxJson();
  /// Reads the next sentence into `tokens` and `values`; false at the end.
  /// @throws Error{Input} `FILE:LINE: ...`
  bool next();

  std::vector<std::string> tokens;
  std::vector<float> values;             ///< #tokens x (layers * width), layer by layer in a row
  std::int64_t layers = -1, width = -1;  ///< of the first token; all others must agree

 private:
  std::unique_ptr<LineReader> lines_;
};

}  // namespace neurox::io
