#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/core/error.h"

namespace neurox::text {

/// A value of a JSON file that knows where it stands, so that what is wrong with it is said with its file and
/// path: `tokenizer.json: $.model.vocab: an object is expected, a string was found`.
class JsonValue {
 public:
  JsonValue(const nlohmann::json& value, std::string file, std::string path = "$")
      : value_(&value), file_(std::move(file)), path_(std::move(path)) {}

  /// A member. @throws Error{Input} when there is none or this is no object
  JsonValue at(const std::string& key) const;
  /// A member that is there and not null.
  std::optional<JsonValue> find(const std::string& key) const;
  bool has(const std::string& key) const { return value_->is_object() && value_->contains(key); }
  bool is_null() const { return value_->is_null(); }
  bool is_string() const { return value_->is_string(); }
  bool is_array() const { return value_->is_array(); }

  std::string string() const;
  bool boolean() const;
  double number() const;
  bool boolean_or(const std::string& key, bool otherwise) const;
  /// A whole number of 0 to 2^31 - 1.
  std::int32_t natural() const;
  /// The one character of a string of one character.
  char32_t character() const;
  std::vector<JsonValue> elements() const;
  const nlohmann::json& object() const;

  /// `FILE: PATH: MESSAGE`
  Error error(std::string_view message) const;

 private:
  Error expected(std::string_view what) const;

  const nlohmann::json* value_;
  std::string file_, path_;
};

/// A file's content, whole. @throws Error{Input} when it cannot be read
std::string read_file(const std::string& path);

/// @throws Error{Input} naming the file and the byte when it is no JSON
nlohmann::json parse_json(const std::string& content, const std::string& file);

}  // namespace neurox::text
