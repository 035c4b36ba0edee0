#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "neurox/model/config.h"
#include "neurox/model/safetensors.h"

namespace neurox::model {

/// How a tensor is drawn when weights are not read.
enum class Init {
  Normal,     ///< mean 0, standard deviation initializer_range
  Residual,   ///< the same over sqrt(2 blocks): GPT-2's projections into the residual stream
  Sinusoids,  ///< sines and cosines of the row number: DistilBERT's positions
  Zeros,
  Ones
};

/// Where layers get their tensors from, by name.
class Weights {
 public:
  virtual ~Weights() = default;
  /// The prefix that this checkpoint puts before the names of Architecture::Names.
  virtual const std::string& prefix() const = 0;
  virtual bool has(const std::string& name) const = 0;
  /// Undefined when it is missing or of another shape, which finish() then reports. A size of -1 fits any.
  virtual torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape, Init init) = 0;
  /// To be called when everything is taken.
  /// @throws Error{Input} that names every tensor missing, of another shape or left over
  virtual void finish() = 0;
};

/// A checkpoint's tensors, widened to `dtype`; no copy where file and memory agree.
class CheckpointWeights final : public Weights {
 public:
  CheckpointWeights(const SafeTensors& file, const ModelConfig& config, torch::ScalarType dtype,
                    torch::Device device);
  const std::string& prefix() const override { return prefix_; }
  bool has(const std::string& name) const override { return names_.contains(name); }
  torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape, Init init) override;
  void finish() override;

 private:
  const SafeTensors& file_;
  const ModelConfig& config_;
  torch::TensorOptions options_;
  std::string prefix_;
  std::map<std::string, std::string> names_;  // as asked for -> as the file has it
  std::set<std::string> taken_;
  std::vector<std::string> missing_, misshapen_;
};

/// Tensors drawn from a seed. Each depends on the seed, its name and its shape only, so the number of threads
/// and the order of loading do not matter.
class RandomWeights final : public Weights {
 public:
  RandomWeights(const ModelConfig& config, std::uint64_t seed, torch::ScalarType dtype, torch::Device device);
  const std::string& prefix() const override { return prefix_; }
  bool has(const std::string&) const override { return false; }
  torch::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape, Init init) override;
  void finish() override {}

 private:
  const ModelConfig& config_;
  std::uint64_t seed_;
  torch::TensorOptions options_;
  std::string prefix_;
};

}  // namespace neurox::model
