#include "neurox/model/config_reader.h"

#include <fmt/format.h>

#include <utility>

namespace neurox::model {

ConfigReader::ConfigReader(const Json& object, std::string file, std::string within)
    : object_(object), file_(std::move(file)), within_(std::move(within)) {}

const ConfigReader::Json* ConfigReader::find(std::string_view key) const {
  const auto found = object_.find(std::string(key));
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

Error ConfigReader::refuse(std::string_view key, const std::string& what) const {
  return input_error("{}: {}{}: {}", file_, within_, key, what);
}

double ConfigReader::number(std::string_view key, double otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number()) throw refuse(key, fmt::format("{} is no number", value->dump()));
  return value->get<double>();
}

std::int64_t ConfigReader::integer(std::string_view key, std::int64_t otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_number_integer()) throw refuse(key, fmt::format("{} is no integer", value->dump()));
  return value->get<std::int64_t>();
}

std::int64_t ConfigReader::size(std::string_view key) const {
  if (find(key) == nullptr) throw input_error("{}: no {}{}", file_, within_, key);
  const std::int64_t value = integer(key, 0);
  if (value < 1 || value > 2147483647) throw refuse(key, fmt::format("{} is no possible size", value));
  return value;
}

bool ConfigReader::flag(std::string_view key, bool otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) throw refuse(key, fmt::format("{} is neither true nor false", value->dump()));
  return value->get<bool>();
}

std::string ConfigReader::text(std::string_view key, std::string_view otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) throw refuse(key, fmt::format("{} is no string", value->dump()));
  return value->get<std::string>();
}

ConfigReader ConfigReader::object(std::string_view key) const {
  if (!find(key)->is_object()) throw refuse(key, "not an object");
  return {*find(key), file_, within_ + std::string(key) + "."};
}

}  // namespace neurox::model
