#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "neurox/core/gguf_file.h"
#include "neurox/model/gguf_rotary.h"
#include "neurox/model/weights.h"

namespace neurox::model {

/// The config.json that a GGUF file's metadata amount to: Llama (and Mistral), Qwen 2 and 3, Gemma 1 to 3.
/// @throws Error{Input} for another architecture (with those that are known), missing or impossible numbers,
/// mixtures of experts, positions stretched otherwise than gguf_rotary.h says
ModelConfig gguf_config(const GgufFile& file);

/// Its tensors under Hugging Face's names, expanded to `dtype`. Llama's rotary pairs, which GGUF keeps side
/// by side, are put back in halves; Gemma's norms get back the 1 that GGUF adds. What rotary frequencies are
/// divided by (rotary_divisors of rotary.h) is `rope_freqs.weight`, times what YaRN asks for.
class GgufWeights final : public Weights {
 public:
  GgufWeights(const GgufFile& file, const ModelConfig& config, torch::ScalarType dtype, torch::Device device);
  ~GgufWeights() override;
  const std::string& prefix() const override { return prefix_; }
  bool has(const std::string& name) const override;
  torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape, Init init) override;
  void finish() override;

 private:
  std::string stored_name(const std::string& name) const;
  torch::Tensor expanded(const std::string& name, const GgufFile::Tensor& tensor) const;
  torch::Tensor divisors(std::int64_t frequencies);

  const GgufFile& file_;
  const ModelConfig& config_;
  torch::TensorOptions options_;
  std::string prefix_;
  GgufRotary rotary_;
  std::vector<std::unique_ptr<const class MappedFile>> bytes_;  ///< by part
  std::set<std::string> taken_;
  std::vector<std::string> problems_;
};

}  // namespace neurox::model
