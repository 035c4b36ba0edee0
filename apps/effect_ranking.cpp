#include "effect_ranking.h"

#include <algorithm>
#include <utility>

#include "neurox/io/neuron_table.h"
#include "neurox/rank/scores.h"

namespace neurox::apps {

io::AnnData effect_ranking(const NeuronAxis& axis, const std::vector<std::string>& concepts,
                           const MatrixD& scores) {
  MatrixF ranks(scores.rows(), scores.cols());
  for (Index c = 0; c < scores.cols(); ++c) {
    const NeuronList order = order_by_score(scores.col(c));
    for (std::size_t k = 0; k < order.size(); ++k) ranks(order[k], c) = static_cast<float>(k + 1);
  }
  io::AnnData out;
  out.obs = io::neuron_table(axis);
  out.var.row_names = concepts;
  out.var.rows = static_cast<std::int64_t>(concepts.size());
  out.X = scores.cast<float>();
  out.layers.emplace_back("rank", std::move(ranks));
  out.uns["sites"] = io::sites_tree(axis);
  return out;
}

std::vector<std::vector<nlohmann::ordered_json>> top_effects(const NeuronAxis& axis, const VectorD& scores) {
  std::vector<std::vector<nlohmann::ordered_json>> out;
  const NeuronList order = order_by_score(scores);
  for (std::size_t k = 0; k < std::min<std::size_t>(10, order.size()); ++k)
    out.push_back({k + 1, axis.address(static_cast<std::size_t>(order[k])), scores(order[k])});
  return out;
}

}  // namespace neurox::apps
