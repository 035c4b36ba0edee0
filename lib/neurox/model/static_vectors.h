#pragma once

#include <torch/types.h>

#include <filesystem>
#include <vector>

#include "neurox/model/network.h"

namespace neurox::model {

/// Word vectors from a text file (WordVectorsFile) as a model of one site, `embed`: a word's vector, the same
/// in every sentence. Words that are not listed have the last row, which is zero unless the file lists
/// `<unk>` itself (text/tokenizer_files.h).
class StaticVectors final : public Network {
 public:
  /// @throws Error{Input} as WordVectorsFile
  StaticVectors(const std::filesystem::path& file, torch::ScalarType dtype, torch::Device device);

  const std::vector<SiteColumns>& sites() const override { return sites_; }
  bool has_words(std::size_t) const override { return true; }
  bool is_cut(std::size_t) const override { return true; }
  Task task() const override { return Task::None; }
  std::int64_t classes() const override { return vectors_.size(1); }
  const torch::Tensor& word_embeddings() const override { return vectors_; }
  std::string embedding() const override { return "embed"; }
  bool mixes_lengths() const override { return true; }
  torch::Tensor run(const torch::Tensor& words, const Batch& batch, const Hooks& hooks,
                    std::optional<Site> stop_after) const override;

 private:
  std::vector<SiteColumns> sites_;
  torch::Tensor vectors_;
};

}  // namespace neurox::model
