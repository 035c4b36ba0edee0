#include "neurox/model/choose_token.h"

#include <algorithm>
#include <limits>

namespace neurox::model {

torch::Tensor sampling_probabilities(const torch::Tensor& logits, const SamplingOptions& options) {
  torch::Tensor scores = logits.to(torch::kCPU, torch::kFloat64) / options.temperature;
  constexpr double out = -std::numeric_limits<double>::infinity();
  const std::int64_t size = scores.size(0);
  if (options.top_k > 0 && options.top_k < size) {
    const torch::Tensor least = std::get<0>(scores.topk(options.top_k))[options.top_k - 1];
    scores = scores.masked_fill(scores < least, out);
  }
  if (options.top_p < 1) {
    const auto [sorted, order] = scores.sort(/*stable=*/true, 0, /*descending=*/true);
    const torch::Tensor p = sorted.softmax(0);
    // What comes before a token does not reach top_p yet: the token that does is kept.
    const torch::Tensor kept = (p.cumsum(0) - p) < options.top_p;
    scores = scores.masked_fill(torch::zeros_like(kept).scatter_(0, order, kept).logical_not(), out);
  }
  return scores.softmax(0);
}

std::int64_t draw_token(const torch::Tensor& probabilities, Random& random) {
  const double place = static_cast<double>(random.next() >> 11U) * 0x1p-53;
  const torch::Tensor p = probabilities.contiguous();
  const auto* begin = p.const_data_ptr<double>();
  double sum = 0;
  std::int64_t last = 0;
  for (std::int64_t i = 0; i < p.size(0); ++i) {
    if (begin[i] <= 0) continue;
    sum += begin[i];
    last = i;
    if (place < sum) return i;
  }
  return last;  // rounding: the sum fell short of 1
}

}  // namespace neurox::model
