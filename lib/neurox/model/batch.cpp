#include "neurox/model/batch.h"

#include <algorithm>
#include <numeric>

namespace neurox::model {

Batch Batch::of(std::span<const std::vector<std::int64_t>> sentences) {
  Batch batch;
  std::vector<std::int64_t> all;
  for (const std::vector<std::int64_t>& ids : sentences) {
    batch.lengths.push_back(static_cast<std::int64_t>(ids.size()));
    all.insert(all.end(), ids.begin(), ids.end());
  }
  batch.ids = torch::tensor(all, torch::kInt64);
  return batch;
}

Batch Batch::of(std::initializer_list<std::vector<std::int64_t>> sentences) {
  return of(std::span<const std::vector<std::int64_t>>(sentences.begin(), sentences.size()));
}

void Batch::mark_sources(std::span<const std::int64_t> sources) {
  type_ids = torch::ones({tokens()}, torch::kInt64);
  std::int64_t row = 0;
  for (std::size_t s = 0; s < lengths.size(); ++s) {
    type_ids.narrow(0, row, std::min(sources[s], lengths[s])).zero_();
    row += lengths[s];
  }
}

std::int64_t Batch::tokens() const {
  return std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
}

std::vector<std::int64_t> Batch::offsets() const {
  std::vector<std::int64_t> out{0};
  for (const std::int64_t length : lengths) out.push_back(out.back() + length);
  return out;
}

std::vector<Run> Batch::runs() const {
  std::vector<Run> out;
  std::int64_t sentence = 0, token = 0;
  for (const std::int64_t length : lengths) {
    if (!out.empty() && out.back().length == length)
      ++out.back().sentences;
    else
      out.push_back({sentence, 1, length, token});
    ++sentence;
    token += length;
  }
  return out;
}

}  // namespace neurox::model
