#include "neurox/model/packed_order.h"

#include <algorithm>
#include <numeric>

namespace neurox::model {
namespace {

torch::Tensor index_tensor(const std::vector<std::int64_t>& numbers, torch::Device device) {
  return torch::tensor(numbers, torch::kInt64).to(device);
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& order) {
  std::vector<std::int64_t> out(order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    out[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  return out;
}

}  // namespace

PackedOrder::PackedOrder(const std::vector<std::int64_t>& lengths, bool backwards, torch::Device device) {
  const auto length = [&](std::int64_t sentence) { return lengths[static_cast<std::size_t>(sentence)]; };
  std::vector<std::int64_t> firsts(lengths.size());
  std::exclusive_scan(lengths.begin(), lengths.end(), firsts.begin(), std::int64_t{0});
  std::vector<std::int64_t> sentences(lengths.size());
  std::iota(sentences.begin(), sentences.end(), 0);
  std::stable_sort(sentences.begin(), sentences.end(),
                   [&](std::int64_t a, std::int64_t b) { return length(a) > length(b); });
  std::vector<std::int64_t> to;
  auto standing = static_cast<std::int64_t>(sentences.size());
  for (std::int64_t step = 0; step < length(sentences.front()); ++step) {
    while (length(sentences[static_cast<std::size_t>(standing - 1)]) <= step) --standing;
    firsts_.push_back(static_cast<std::int64_t>(to.size()));
    sizes_.push_back(standing);
    for (std::int64_t i = 0; i < standing; ++i) {
      const std::int64_t s = sentences[static_cast<std::size_t>(i)];
      to.push_back(firsts[static_cast<std::size_t>(s)] + (backwards ? length(s) - 1 - step : step));
    }
  }
  to_ = index_tensor(to, device);
  back_ = index_tensor(inverse(to), device);
  sentences_to_ = index_tensor(sentences, device);
  sentences_back_ = index_tensor(inverse(sentences), device);
}

}  // namespace neurox::model
