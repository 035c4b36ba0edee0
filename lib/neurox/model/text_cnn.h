#pragma once

#include <vector>

#include "neurox/model/native_network.h"

namespace neurox::model {

/// Convolutions over words, the maximum over a text, classes (Kim 2014). The sites of window k, which sees
/// the words i - (n - 1) / 2 to i + n / 2 around word i (nothing beyond the text's ends):
///
///     windows.k.hook_pre    sum over its words of W_j x_(i + j) + b
///     windows.k.hook_post   relu(hook_pre)
class TextCnn final : public NativeNetwork {
 public:
  TextCnn(const NetworkConfig& config, Weights& weights);

  struct Window {
    torch::Tensor weight, bias;  ///< filters x width x words
    int pre;                     ///< number of its first site
    std::int64_t words() const { return weight.size(2); }
    /// Zeros in front of a text and behind it, so that there is a value for each word.
    std::int64_t before() const { return (words() - 1) / 2; }
    std::int64_t behind() const { return words() - 1 - before(); }
  };
  const std::vector<Window>& windows() const { return windows_; }

 private:
  torch::Tensor encode(const torch::Tensor& words, const Batch& batch,
                       const std::vector<std::int64_t>& lengths, Pass& pass) const override;

  std::vector<Window> windows_;
};

/// The products of a window with #texts x #words x width, without the bias: #texts x #words x filters.
torch::Tensor window_products(const TextCnn::Window& window, const torch::Tensor& texts);

}  // namespace neurox::model
