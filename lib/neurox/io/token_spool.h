#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "neurox/io/activation_writer.h"
#include "neurox/io/hdf5.h"
#include "neurox/io/spool.h"

namespace neurox::io {

/// Strings numbered as they come.
class Dictionary {
 public:
  /// -1 for the empty string.
  std::int32_t code(const std::string& text);
  /// The strings in byte order, and for each number the place of its string there.
  std::pair<std::vector<std::string>, std::vector<std::int32_t>> sorted() const;

 private:
  std::unordered_map<std::string, std::int32_t> codes_;
};

/// The names of TokenStatus, in its order.
const std::vector<std::string>& status_names();

/// Rows of obs and sentences of a corpus whose size is not known yet: numbers on disk, only distinct strings
/// in memory.
class TokenSpool {
 public:
  TokenSpool(const std::filesystem::path& target, std::vector<std::string> label_sets);

  void add_sentence(std::string_view text, std::string_view second);
  /// @throws Error{Usage} when the columns differ in length
  void add_rows(const TokenRows& rows);
  std::int64_t rows() const { return rows_; }

  /// Writes the group obs, and `sentences` (and `second_sentences`, if there are any) into the group uns.
  void write(const h5::File& file, hid_t uns);

 private:
  void write_obs(const h5::File& file);
  void write_texts(const h5::File& file, hid_t uns, const std::string& name, Spool& texts) const;

  std::vector<std::string> label_sets_;
  std::vector<Dictionary> dictionaries_;  // of `token`, then of each label set
  Spool numbers_;                         // per row: 8 columns, status, label codes; int32 each
  Spool texts_, seconds_;                 // per sentence: length (uint32), bytes
  std::int64_t rows_ = 0, sentences_ = 0;
  bool pairs_ = false;
};

}  // namespace neurox::io
