#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "neurox/core/error.h"

namespace neurox::model {

/// config.json's object with refusals that name the file and the key. A key with null counts as absent.
class ConfigReader {
 public:
  using Json = nlohmann::json;
  ConfigReader(const Json& object, std::string file, std::string within = {});

  const Json* find(std::string_view key) const;
  Error refuse(std::string_view key, const std::string& what) const;
  double number(std::string_view key, double otherwise) const;
  std::int64_t integer(std::string_view key, std::int64_t otherwise) const;
  /// A size: required, from 1 to 2^31 - 1.
  std::int64_t size(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// What stands at a key that is there.
  ConfigReader object(std::string_view key) const;

 private:
  const Json& object_;
  std::string file_, within_;
};

}  // namespace neurox::model
