#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/model/config.h"
#include "neurox/model/network.h"
#include "neurox/model/recurrent_cell.h"

namespace neurox::model {

/// config.json of a folder with a recurrent or convolutional network (docs/networks.md).
struct NetworkConfig {
  enum class Pooling {
    Max,   ///< over a text's words
    Mean,  ///< likewise
    Last   ///< the state behind the last word read: the text's last one, and its first one backwards
  };
  ModelConfig common;  ///< file, model_type, vocabulary, sizes, labels; what messages and random weights need
  bool recurrent = true;
  CellKind cell = CellKind::Lstm;
  Network::Task task = Network::Task::Next;
  bool pair = false;       ///< two texts: their vectors p, h become [p, h, |p - h|, p h]
  std::int64_t width = 0;  ///< of one direction; filters of one window
  std::int64_t layers = 0;
  std::int64_t source = 0;  ///< ids below are of the source, that an encoder reads; 0: there is none
  bool bidirectional = false, bias = true;
  std::vector<std::int64_t> windows;  ///< words that each window sees, of a CNN
  Pooling pooling = Pooling::Max;
  std::int64_t hidden = 0;   ///< ReLU layer behind the pool; 0: none
  std::int64_t classes = 0;  ///< -1: as many as the output's weight has

  /// Whether a folder's config.json names one of these.
  static bool is_one(const std::filesystem::path& folder);
  /// @throws Error{Input} for a value that is missing, impossible or not supported
  static NetworkConfig load(const std::filesystem::path& folder);
};

/// The model_types there are.
std::span<const std::string_view> network_types();

}  // namespace neurox::model
