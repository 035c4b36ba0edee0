#include "neurox/attribute/max_flow.h"

#include <algorithm>
#include <limits>

#include "neurox/core/error.h"

namespace neurox::attribute {

namespace {
constexpr double nothing = 1e-13;
}  // namespace

void FlowNetwork::add_edge(std::size_t from, std::size_t to, double capacity) {
  if (from >= edges_.size() || to >= edges_.size() || from == to)
    throw usage_error("flow: an edge from {} to {} among {} nodes", from, to, edges_.size());
  if (!(capacity >= 0)) throw usage_error("flow: a capacity of {}", capacity);
  edges_[from].push_back({to, edges_[to].size(), capacity});
  edges_[to].push_back({from, edges_[from].size() - 1, 0});
}

/// One computation, on a copy of the capacities.
class Dinic {
 public:
  Dinic(const FlowNetwork& network, std::size_t source, std::size_t sink)
      : edges_(network.edges_), source_(source), sink_(sink) {}

  double run() {
    double total = 0;
    while (number_levels()) {
      next_.assign(edges_.size(), 0);
      while (true) {
        const double sent = send(source_, std::numeric_limits<double>::infinity());
        if (sent <= 0) break;
        total += sent;
      }
    }
    return total;
  }

 private:
  /// Steps from the source to every node; whether the sink can be reached.
  bool number_levels() {
    level_.assign(edges_.size(), -1);
    level_[source_] = 0;
    std::vector<std::size_t> queue{source_};
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const auto& edge : edges_[queue[i]])
        if (edge.capacity > nothing && level_[edge.to] < 0) {
          level_[edge.to] = level_[queue[i]] + 1;
          queue.push_back(edge.to);
        }
    return level_[sink_] >= 0;
  }

  /// Sends up to `most` along one path of rising levels. As deep as the graph has layers.
  double send(std::size_t node, double most) {
    if (node == sink_) return most;
    for (std::size_t& i = next_[node]; i < edges_[node].size(); ++i) {
      auto& edge = edges_[node][i];
      if (edge.capacity <= nothing || level_[edge.to] != level_[node] + 1) continue;
      const double sent = send(edge.to, std::min(most, edge.capacity));
      if (sent <= 0) continue;
      edge.capacity -= sent;
      edges_[edge.to][edge.back].capacity += sent;
      return sent;
    }
    return 0;
  }

  std::vector<std::vector<FlowNetwork::Edge>> edges_;
  std::size_t source_, sink_;
  std::vector<int> level_;
  std::vector<std::size_t> next_;
};

double FlowNetwork::max_flow(std::size_t source, std::size_t sink) const {
  if (source >= edges_.size() || sink >= edges_.size() || source == sink)
    throw usage_error("flow: from node {} to {} among {} nodes", source, sink, edges_.size());
  return Dinic(*this, source, sink).run();
}

}  // namespace neurox::attribute
