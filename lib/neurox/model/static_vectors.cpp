#include "neurox/model/static_vectors.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "neurox/core/word_vectors.h"

namespace neurox::model {

StaticVectors::StaticVectors(const std::filesystem::path& path, torch::ScalarType dtype,
                             torch::Device device) {
  WordVectorsFile file(path);
  std::vector<WordVectorsFile::Line> lines;
  while (const auto line = file.next()) lines.push_back(*line);
  const std::int64_t width = file.width();
  const auto words = static_cast<std::int64_t>(lines.size());
  vectors_ = torch::empty({words + 1, width}, torch::kFloat32);
  auto* out = vectors_.data_ptr<float>();
  std::fill_n(out + words * width, width, 0.0F);
  at::parallel_for(0, words, 1024, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      file.read(lines[static_cast<std::size_t>(i)], out + i * width);
  });
  vectors_ = vectors_.to(device, dtype);
  sites_.push_back({"embed", 0, static_cast<int>(width), 0});
}

torch::Tensor StaticVectors::run(const torch::Tensor& words, const Batch&, const Hooks& hooks,
                                 std::optional<Site>) const {
  return hooks(SiteKind::Module, 0, words);
}

}  // namespace neurox::model
