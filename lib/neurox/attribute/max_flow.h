#pragma once

#include <cstddef>
#include <vector>

namespace neurox::attribute {

/// A directed graph whose edges carry at most so much.
class FlowNetwork {
 public:
  explicit FlowNetwork(std::size_t nodes) : edges_(nodes) {}

  /// @param capacity  >= 0
  /// @throws Error{Usage} for a node that is not there or a capacity below 0
  void add_edge(std::size_t from, std::size_t to, double capacity);

  /// The most that can pass from `source` to `sink` (different nodes); the network is as before afterwards.
  ///
  /// Dinic's algorithm: shortest paths first. What is left of an edge below 1e-13 counts as nothing, so the
  /// result is off by less than that times the number of edges.
  /// Source: Dinitz 1970.
  double max_flow(std::size_t source, std::size_t sink) const;

 private:
  struct Edge {
    std::size_t to;
    std::size_t back;  ///< its reverse among the edges of `to`
    double capacity;
  };
  std::vector<std::vector<Edge>> edges_;
  friend class Dinic;
};

}  // namespace neurox::attribute
