#include "neurox/extract/packing.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "neurox/model/network.h"

namespace neurox::extract {
namespace {

model::Batch pack(std::span<const Segment* const> segments) {
  model::Batch batch;
  std::vector<std::int64_t> ids, types;
  for (const Segment* s : segments) {
    ids.insert(ids.end(), s->ids.begin(), s->ids.end());
    types.insert(types.end(), s->type_ids.begin(), s->type_ids.end());
    batch.lengths.push_back(static_cast<std::int64_t>(s->ids.size()));
  }
  batch.ids = torch::tensor(ids, torch::kInt64);
  if (std::any_of(types.begin(), types.end(), [](std::int64_t t) { return t != 0; }))
    batch.type_ids = torch::tensor(types, torch::kInt64);
  return batch;
}

std::int64_t second_text(const Segment& s) {
  return std::count(s.type_ids.begin(), s.type_ids.end(), 1);
}

/// Of a pair, of both texts.
bool same_lengths(const Segment& a, const Segment& b) {
  return a.ids.size() == b.ids.size() && second_text(a) == second_text(b);
}

}  // namespace

Packing::Packing(std::span<const SentencePlan> plans, std::int64_t batch_tokens, Lengths lengths) {
  std::vector<const Segment*> segments;
  std::vector<std::vector<Flow>> flows;  // per segment, pieces counted from its own first
  for (std::size_t p = 0; p < plans.size(); ++p) {
    first_segment_.push_back(static_cast<std::int64_t>(segments.size()));
    for (const Segment& s : plans[p].segments) {
      segments.push_back(&s);
      plan_of_segment_.push_back(static_cast<std::int64_t>(p));
    }
    flows.resize(segments.size());
    for (const PlannedRow& row : plans[p].rows) {
      const auto groups = static_cast<std::int64_t>(row.groups.size());
      cells_of_row_.emplace_back(cells_, groups);
      maximum_.push_back(row.maximum);
      for (const std::vector<Place>& group : row.groups) {
        const float weight = 1.0F / static_cast<float>(group.size());
        for (const Place& place : group)
          flows[static_cast<std::size_t>(first_segment_.back() + place.segment)].push_back(
              {place.piece, cells_, weight});
        ++cells_;
      }
      if (groups == 0) ++cells_;  // stays zero
    }
  }
  std::vector<std::size_t> order(segments.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return segments[a]->ids.size() < segments[b]->ids.size();
  });
  for (std::size_t begin = 0; begin < order.size();) {
    PackedBatch& packed = batches_.emplace_back();
    std::vector<const Segment*> together;
    std::int64_t tokens = 0;
    for (; begin < order.size(); ++begin) {
      const std::size_t s = order[begin];
      const auto length = static_cast<std::int64_t>(segments[s]->ids.size());
      if (!together.empty() && tokens + length > batch_tokens) break;
      if (lengths == Lengths::Equal && !together.empty() && !same_lengths(*together.front(), *segments[s]))
        break;
      for (const Flow& flow : flows[s]) packed.flows.push_back({tokens + flow.piece, flow.cell, flow.weight});
      together.push_back(segments[s]);
      packed.segments.push_back(static_cast<std::int64_t>(s));
      tokens += length;
    }
    packed.batch = pack(together);
  }
}

std::int64_t batch_factor(const model::Model& model) {
  const model::Network* network = model.network();
  if (network == nullptr || !network->mixes_lengths()) return 1;
  // Rows of many classes are kept for every word.
  constexpr std::int64_t most = 8, numbers = 8192;
  return network->task() == model::Network::Task::Text
             ? most
             : std::clamp<std::int64_t>(numbers / network->classes(), 1, most);
}

Lengths lengths_for(const model::Model& model) {
  return model.mixes_lengths() ? Lengths::Mixed : Lengths::Equal;
}

MatrixF Packing::join(MatrixF cells) const {
  const auto rows = static_cast<Index>(cells_of_row_.size());
  if (cells.rows() == rows) return cells;
  MatrixF out = MatrixF::Zero(rows, cells.cols());
  for (Index r = 0; r < rows; ++r) {
    const auto [first, count] = cells_of_row_[static_cast<std::size_t>(r)];
    if (count == 0) continue;
    if (maximum_[static_cast<std::size_t>(r)])
      out.row(r) = cells.middleRows(first, count).colwise().maxCoeff();
    else
      out.row(r) = cells.middleRows(first, count).colwise().sum() / static_cast<float>(count);
  }
  return out;
}

void pour(const torch::Tensor& values, std::span<const Flow> flows, MatrixF& cells, std::int64_t column) {
  const torch::Tensor on_host = values.to(torch::kCPU, torch::kFloat32).contiguous();
  const auto* source = on_host.const_data_ptr<float>();
  const std::int64_t width = on_host.size(1);
  // Threads share the columns, so that no two write to one cell.
  at::parallel_for(
      0, width, std::max<std::int64_t>(64, width / 2), [&](std::int64_t begin, std::int64_t end) {
        for (const Flow& flow : flows) {
          const float* from = source + flow.piece * width;
          float* to = cells.data() + flow.cell * cells.cols() + column;
          if (flow.weight == 1.0F) {
            std::memcpy(to + begin, from + begin, static_cast<std::size_t>(end - begin) * sizeof(float));
          } else {
            for (std::int64_t i = begin; i < end; ++i) to[i] += flow.weight * from[i];
          }
        }
      });
}

}  // namespace neurox::extract
