#include "neurox/attribute/attention_graph.h"

#include "neurox/attribute/attention.h"
#include "neurox/attribute/max_flow.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

/// Graphs of the layers that the target is behind.
std::vector<Tensor> graph_of(const SentenceFunction& f, const TargetPlace& place) {
  return layer_graph(attention_probabilities(f, place.patterns).maps);
}

RowAttribution rows_of(const Example& example, const Tensor& shares) {
  const SentenceFunction& f = *example.function;
  return {
      join_rows(shares.unsqueeze(1), example, Join::Sum), {}, f.value(f.embeddings()), no_value, no_value, 1};
}

}  // namespace

std::vector<Tensor> layer_graph(std::span<const Tensor> probabilities) {
  std::vector<Tensor> out;
  for (const Tensor& heads : probabilities) {
    const Tensor mean = heads.to(torch::kCPU, torch::kFloat64).mean(0);
    const Tensor own = at::where(mean.sum(1) > 0, 0.5, 1.0);
    out.push_back(0.5 * mean + at::diag(own.to(torch::kFloat64)));
  }
  return out;
}

Tensor attention_rollout(std::span<const Tensor> layers) {
  if (layers.empty()) throw usage_error("attention-rollout: no block of attention");
  Tensor out = layers.front();
  for (const Tensor& layer : layers.subspan(1)) out = layer.matmul(out);
  return out;
}

std::vector<double> attention_flow(std::span<const Tensor> layers, std::int64_t to) {
  if (layers.empty()) throw usage_error("attention-flow: no block of attention");
  const std::int64_t n = layers.front().size(0);
  if (to < 0 || to >= n) throw usage_error("attention-flow: position {} of {} tokens", to, n);
  const auto node = [&](std::size_t layer, std::int64_t i) {
    return layer * static_cast<std::size_t>(n) + static_cast<std::size_t>(i);
  };
  FlowNetwork network((layers.size() + 1) * static_cast<std::size_t>(n));
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const Tensor layer = layers[l].contiguous();
    const auto weight = layer.accessor<double, 2>();
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j)
        if (weight[i][j] > 0) network.add_edge(node(l + 1, i), node(l, j), weight[i][j]);
  }
  std::vector<double> out;
  for (std::int64_t j = 0; j < n; ++j) out.push_back(network.max_flow(node(layers.size(), to), node(0, j)));
  return out;
}

TargetPlace place_of(const SentenceFunction& f) {
  const Target& target = f.target();
  const std::vector<Site> all = attention_patterns(f.model());
  if (all.empty())
    throw usage_error("attention-rollout, attention-flow: {} has no attention whose place is known",
                      f.model().config().file.parent_path().string());
  const bool causal = f.model().config().causal;
  TargetPlace out{{target.position}, all};
  if (target.kind == Target::Kind::Class) out.positions = {causal ? f.tokens() - 1 : 0};
  if (target.kind == Target::Kind::Span) out.positions.push_back(target.end);
  if (target.kind == Target::Kind::Tokens)
    for (std::size_t i = 1; i < target.tokens.size(); ++i)
      out.positions.push_back(target.position + static_cast<std::int64_t>(i));
  if (target.kind == Target::Kind::Unit)
    std::erase_if(out.patterns, [&](Site pattern) { return !(pattern < target.site); });
  if (out.patterns.empty())
    throw usage_error("attention-rollout, attention-flow: no attention comes before {}",
                      full_name(target.site));
  return out;
}

RowAttribution rollout_of_rows(const Example& example, const MethodOptions&) {
  const TargetPlace place = place_of(*example.function);
  const Tensor all = attention_rollout(graph_of(*example.function, place));
  return rows_of(example, all.index_select(0, torch::tensor(place.positions, torch::kInt64)).mean(0));
}

RowAttribution flow_of_rows(const Example& example, const MethodOptions&) {
  const TargetPlace place = place_of(*example.function);
  const std::vector<Tensor> layers = graph_of(*example.function, place);
  Tensor shares = at::zeros({example.function->tokens()}, torch::kFloat64);
  for (const std::int64_t p : place.positions) {
    const Tensor flow = torch::tensor(attention_flow(layers, p), torch::kFloat64);
    shares += flow / flow.sum() / static_cast<double>(place.positions.size());
  }
  return rows_of(example, shares);
}

}  // namespace neurox::attribute
