#include "neurox/cluster/cluster_examples.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace neurox {
namespace {

constexpr Index kExampleBand = 1024;  // rows

}  // namespace

MatrixD cluster_centres(const RowSource& X, std::span<const int> clusters, int count) {
  MatrixD sums = MatrixD::Zero(count, X.cols());
  VectorD sizes = VectorD::Zero(count);
  for_each_band(X, kExampleBand, [&](Index first, const MatrixFRef& band) {
    for (Index i = 0; i < band.rows(); ++i) {
      const int c = clusters[static_cast<std::size_t>(first + i)];
      if (c < 0) continue;
      sums.row(c) += band.row(i).cast<double>();
      sizes(c) += 1;
    }
  });
  return sizes.cwiseMax(1.0).cwiseInverse().asDiagonal() * sums;
}

std::vector<std::vector<Index>> central_rows(const RowSource& X, std::span<const int> clusters,
                                             const MatrixD& centres, std::span<const std::int32_t> sentences,
                                             std::size_t most) {
  std::vector<std::vector<std::pair<double, Index>>> by_distance(static_cast<std::size_t>(centres.rows()));
  for_each_band(X, kExampleBand, [&](Index first, const MatrixFRef& band) {
    for (Index i = 0; i < band.rows(); ++i)
      if (const int c = clusters[static_cast<std::size_t>(first + i)]; c >= 0)
        by_distance[static_cast<std::size_t>(c)].emplace_back(
            (band.row(i).cast<double>() - centres.row(c)).squaredNorm(), first + i);
  });
  std::vector<std::vector<Index>> out;
  for (auto& rows : by_distance) {
    std::sort(rows.begin(), rows.end());
    std::set<std::int32_t> seen;
    std::vector<Index>& chosen = out.emplace_back();
    for (const auto& [distance, row] : rows) {
      if (chosen.size() == most) break;
      if (seen.insert(sentences[static_cast<std::size_t>(row)]).second) chosen.push_back(row);
    }
  }
  return out;
}

std::vector<std::vector<TypeCount>> common_types(std::span<const int> clusters, std::span<const int> types,
                                                 int count, std::size_t most) {
  std::vector<std::map<int, Index>> counts(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < clusters.size(); ++i)
    if (clusters[i] >= 0) ++counts[static_cast<std::size_t>(clusters[i])][types[i]];
  std::vector<std::vector<TypeCount>> out;
  for (const auto& of_cluster : counts) {
    std::vector<TypeCount>& chosen = out.emplace_back();
    for (const auto& [type, n] : of_cluster) chosen.push_back({type, n});
    std::stable_sort(chosen.begin(), chosen.end(),
                     [](const TypeCount& a, const TypeCount& b) { return a.count > b.count; });
    if (chosen.size() > most) chosen.resize(most);
  }
  return out;
}

}  // namespace neurox
