#include "neurox/attribute/baselines.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "neurox/core/error.h"
#include "neurox/core/nearest.h"
#include "neurox/io/npy.h"
#include "neurox/model/safetensors.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

constexpr std::string_view file_prefix = "file:";

Tensor embedding_of(const model::Model& model, std::int64_t id) {
  return model.embed(model::Batch::of({std::vector<std::int64_t>{id}}));
}

Tensor mean_embedding(const model::Model& model) {
  // A batch without targets is read by the encoder, where there is one.
  const std::int64_t words =
      model.has_encoder() ? model.config().encoder->vocabulary : model.config().vocabulary;
  Tensor sum = at::zeros({1, model.config().embedding_width}, torch::kFloat64);
  for (std::int64_t first = 0; first < words; first += 4096) {
    model::Batch batch;
    batch.ids = at::arange(first, std::min(words, first + 4096), torch::kInt64);
    batch.lengths.assign(static_cast<std::size_t>(batch.ids.size(0)), 1);
    sum += model.embed(batch).to(torch::kCPU, torch::kFloat64).sum(0, true);
  }
  return sum / words;
}

Tensor from_safetensors(const std::string& path) {
  const auto file = model::SafeTensors::open(path);
  if (file.tensors().size() != 1 && !file.contains("baseline"))
    throw input_error("{}: {} tensors and none named 'baseline'", path, file.tensors().size());
  const std::string name = file.contains("baseline") ? "baseline" : file.tensors().begin()->first;
  const Tensor x = file.tensor(name).to(torch::kFloat32);
  if (!x.isfinite().all().item<bool>()) throw input_error("{}: a number is not finite", path);
  return x.dim() == 1 ? x.unsqueeze(0) : x;
}

Tensor from_file(const std::string& path, std::int64_t width) {
  Tensor x;
  if (std::filesystem::path(path).extension() == ".safetensors") {
    x = from_safetensors(path);
  } else if (std::filesystem::path(path).extension() == ".npy") {
    MatrixF numbers = io::read_npy(path);
    x = torch::from_blob(numbers.data(), {numbers.rows(), numbers.cols()}, torch::kFloat32).clone();
  } else {
    throw usage_error("baseline 'file:{}': a .npy or .safetensors file is expected", path);
  }
  if (x.dim() != 2 || x.size(0) < 1 || x.size(1) != width)
    throw input_error("{}: numbers of shape ({}), but a word's embedding has {}; give {} or tokens x {}",
                      path, fmt::join(x.sizes().begin(), x.sizes().end(), ", "), width, width, width);
  return x;
}

}  // namespace

Baselines::Baselines(const model::Model& model, const text::Tokenizer& tokenizer,
                     std::vector<std::string> names)
    : names_(std::move(names)) {
  const torch::NoGradGuard no_gradients;
  const std::vector<std::string> known{"pad", "mask", "zero", "mean", "file:PATH"};
  if (names_.empty()) names_ = {tokenizer.pad_id() ? "pad" : "zero"};
  for (auto it = names_.begin(); it != names_.end(); ++it) {
    const std::string& name = *it;
    if (std::find(names_.begin(), it, name) != it) throw usage_error("baseline '{}': named twice", name);
    Tensor fill;
    if (name == "pad" || name == "mask") {
      const auto id = name == "pad" ? tokenizer.pad_id() : tokenizer.mask_id();
      if (!id) throw usage_error("baseline '{}': the tokenizer has no such token; take zero or mean", name);
      fill = embedding_of(model, *id);
    } else if (name == "zero") {
      fill = at::zeros({1, model.config().embedding_width}, torch::kFloat32);
    } else if (name == "mean") {
      fill = mean_embedding(model);
    } else if (name.starts_with(file_prefix)) {
      fill = from_file(name.substr(file_prefix.size()), model.config().embedding_width);
    } else {
      throw usage_error("baseline '{}': there are {}{}", name, fmt::join(known, ", "),
                        did_you_mean(name, known));
    }
    whole_.push_back(name == "zero" || fill.size(0) > 1);
    fills_.push_back(fill.to(model.device(), model.dtype()));
  }
}

std::vector<std::string> Baselines::files(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names)
    if (name.starts_with(file_prefix)) out.push_back(name.substr(file_prefix.size()));
  return out;
}

std::vector<Tensor> Baselines::of(const Tensor& words, const std::vector<std::int64_t>& special,
                                  const std::string& where) const {
  std::vector<Tensor> out;
  for (std::size_t b = 0; b < names_.size(); ++b) {
    const Tensor& fill = fills_[b];
    if (fill.size(0) > 1 && fill.size(0) != words.size(0))
      throw input_error(
          "{}: baseline '{}' is of {} tokens, but the text has {}; one vector of {} numbers fits every text",
          where, names_[b], fill.size(0), words.size(0), fill.size(1));
    Tensor baseline = fill.size(0) > 1 ? fill.clone() : fill.expand({words.size(0), -1}).clone();
    if (!whole_[b])
      for (const std::int64_t p : special) baseline[p].copy_(words[p]);
    out.push_back(std::move(baseline));
  }
  return out;
}

}  // namespace neurox::attribute
