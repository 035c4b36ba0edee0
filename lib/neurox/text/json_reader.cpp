#include "neurox/text/json_reader.h"

#include <fstream>
#include <iterator>
#include <limits>

#include "neurox/text/utf8.h"

namespace neurox::text {

Error JsonValue::error(std::string_view message) const {
  return input_error("{}: {}: {}", file_, path_, message);
}

Error JsonValue::expected(std::string_view what) const {
  std::string found = value_->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (found.size() > 40) found = found.substr(0, 37) + "...";
  return error(fmt::format("{} is expected, {} was found", what, replace_invalid_utf8(found)));
}

JsonValue JsonValue::at(const std::string& key) const {
  if (!value_->is_object()) throw expected("an object");
  const auto member = value_->find(key);
  if (member == value_->end()) throw error(fmt::format("\"{}\" is missing", key));
  return {*member, file_, path_ + "." + key};
}

std::optional<JsonValue> JsonValue::find(const std::string& key) const {
  if (!value_->is_object()) throw expected("an object");
  const auto member = value_->find(key);
  if (member == value_->end() || member->is_null()) return std::nullopt;
  return JsonValue(*member, file_, path_ + "." + key);
}

std::string JsonValue::string() const {
  if (!value_->is_string()) throw expected("a string");
  return value_->get<std::string>();
}

bool JsonValue::boolean() const {
  if (!value_->is_boolean()) throw expected("true or false");
  return value_->get<bool>();
}

bool JsonValue::boolean_or(const std::string& key, bool otherwise) const {
  const auto member = find(key);
  return member ? member->boolean() : otherwise;
}

double JsonValue::number() const {
  if (!value_->is_number()) throw expected("a number");
  return value_->get<double>();
}

std::int32_t JsonValue::natural() const {
  if (!value_->is_number_integer() || value_->get<std::int64_t>() < 0 ||
      value_->get<std::int64_t>() > std::numeric_limits<std::int32_t>::max())
    throw expected("a whole number of 0 or more");
  return value_->get<std::int32_t>();
}

char32_t JsonValue::character() const {
  const std::string text = string();
  std::size_t end = 0;
  const char32_t c = text.empty() ? 0 : next_code_point(text, end);
  if (text.empty() || end != text.size()) throw expected("a string of one character");
  return c;
}

std::vector<JsonValue> JsonValue::elements() const {
  if (!value_->is_array()) throw expected("a list");
  std::vector<JsonValue> out;
  out.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i)
    out.emplace_back((*value_)[i], file_, fmt::format("{}[{}]", path_, i));
  return out;
}

const nlohmann::json& JsonValue::object() const {
  if (!value_->is_object()) throw expected("an object");
  return *value_;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw input_error("{}: cannot be opened", path);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (in.bad()) throw input_error("{}: cannot be read", path);
  return content;
}

nlohmann::json parse_json(const std::string& content, const std::string& file) {
  try {
    return nlohmann::json::parse(content);
  } catch (const nlohmann::json::parse_error& e) {
    throw input_error("{}: no JSON at byte {} of {}; is the file complete?", file, e.byte, content.size());
  }
}

}  // namespace neurox::text
