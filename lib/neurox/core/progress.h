#pragma once

#include <cstdint>
#include <string_view>

namespace neurox {

/// Where long work says how far it is. The library never prints; commands pass one that draws on a terminal.
class Progress {
 public:
  virtual ~Progress() = default;
  /// Begins a stage of `total` units (0 when unknown), e.g. ("extract", 12544, "sentences").
  virtual void stage(std::string_view /*what*/, std::int64_t /*total*/, std::string_view /*unit*/) {}
  /// `done` units of the stage so far; cheap, may be called often.
  virtual void advance_to(std::int64_t /*done*/) {}
};

}  // namespace neurox
