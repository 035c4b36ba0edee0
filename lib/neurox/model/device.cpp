#include "neurox/model/device.h"

#include <torch/cuda.h>

#include <charconv>

#include "neurox/core/error.h"

namespace neurox::model {

torch::Device parse_device(const std::string& text) {
  const auto gpus = static_cast<int>(
      torch::cuda::device_count());  // NOLINT(bugprone-signed-char-misuse): small, 0 at least
  if (text == "cpu" || (text == "auto" && gpus == 0)) return torch::kCPU;
  int index = 0;
  if (text.starts_with("cuda:")) {
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 5, last, index);
    if (error != std::errc{} || end != last || index < 0) index = -1;
  } else if (text != "cuda" && text != "auto") {
    index = -1;
  }
  if (index < 0) throw usage_error("device '{}': write cpu, cuda, cuda:0 or auto", text);
  if (gpus == 0)
    throw usage_error("device '{}': LibTorch sees no GPU (a build without CUDA, or none here); use cpu",
                      text);
  if (index >= gpus) throw usage_error("device '{}': there are {} GPUs, numbered from 0", text, gpus);
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(index)};
}

}  // namespace neurox::model
