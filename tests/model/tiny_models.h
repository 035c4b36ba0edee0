#pragma once

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/model/model.h"
#include "neurox/model/safetensors.h"
#include "support.h"

/// Tiny models of testdata/models (scripts/fixtures/models.py) and ways to make others from them.
namespace neurox::testing {

/// Every folder of testdata/models, ascending.
inline std::vector<std::string> tiny_models() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(NEUROX_TESTDATA) / "models"))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

inline std::filesystem::path tiny_folder(const std::string& name) {
  return std::filesystem::path(NEUROX_TESTDATA) / "models" / name;
}

inline model::Model tiny(const std::string& name) {
  return model::Model::load(tiny_folder(name));
}

/// What transformers computed with it.
inline model::SafeTensors reference(const std::string& name) {
  return model::SafeTensors::open(tiny_folder(name) / "reference.safetensors");
}

/// The batch that the reference was computed on.
inline model::Batch reference_batch(const std::string& name) {
  const model::SafeTensors file = reference(name);
  model::Batch batch;
  batch.ids = file.tensor("ids");
  const torch::Tensor lengths = file.tensor("lengths");
  batch.lengths.assign(lengths.data_ptr<std::int64_t>(), lengths.data_ptr<std::int64_t>() + lengths.numel());
  if (file.contains("type_ids")) batch.type_ids = file.tensor("type_ids");
  return batch;
}

/// Largest difference over the largest expected value.
inline double relative(const torch::Tensor& found, const torch::Tensor& expected) {
  if (found.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  const torch::Tensor difference = (found.to(torch::kFloat64) - expected.to(torch::kFloat64)).abs();
  return (difference.max() / expected.to(torch::kFloat64).abs().max()).item<double>();
}

inline double largest_difference(const torch::Tensor& found, const torch::Tensor& expected) {
  if (found.sizes() != expected.sizes()) return std::numeric_limits<double>::infinity();
  return (found.to(torch::kFloat64) - expected.to(torch::kFloat64)).abs().max().item<double>();
}

using Tensors = std::map<std::string, torch::Tensor>;

inline Tensors all_tensors(const std::filesystem::path& file) {
  const model::SafeTensors in = model::SafeTensors::open(file);
  Tensors out;
  for (const auto& [name, info] : in.tensors()) out[name] = in.tensor(name).clone();
  return out;
}

inline void write_bytes(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A safetensors file from a header as text and data as bytes, right or wrong.
inline void write_raw(const std::filesystem::path& file, const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i) & 255);
  write_bytes(file, bytes + header + data);
}

/// Float32 tensors as a safetensors file, data aligned to 8 bytes.
inline void write_tensors(const std::filesystem::path& file, const Tensors& tensors) {
  std::string header = "{", data;
  for (const auto& [name, tensor] : tensors) {
    const torch::Tensor x = tensor.to(torch::kFloat32).contiguous();
    const std::size_t begin = data.size();
    data.append(static_cast<const char*>(x.const_data_ptr()), static_cast<std::size_t>(x.nbytes()));
    std::string shape;
    for (const std::int64_t size : x.sizes()) shape += (shape.empty() ? "" : ",") + std::to_string(size);
    header += fmt::format("{}\"{}\":{{\"dtype\":\"F32\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                          header.size() > 1 ? "," : "", name, shape, begin, data.size());
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  write_raw(file, header, data);
}

/// A copy of a tiny model in `folder`, its tensors passed through `change`.
template <class Change>
void write_variant(const std::filesystem::path& folder, const std::string& name, const Change& change) {
  Tensors tensors = all_tensors(tiny_folder(name) / "model.safetensors");
  change(tensors);
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(tiny_folder(name) / "config.json", folder / "config.json",
                             std::filesystem::copy_options::overwrite_existing);
  write_tensors(folder / "model.safetensors", tensors);
}

/// The tensor that passes a site in one forward pass.
inline torch::Tensor at_site(model::Model& model, const model::Batch& batch, Site site) {
  torch::Tensor seen;
  const auto guard = model.hooks().observe(site, [&](const torch::Tensor& x) { seen = x; });
  model.forward(batch);
  return seen;
}

/// A tiny model, its reference batch and its name.
struct Subject {
  explicit Subject(const std::string& folder)
      : name(folder), model(tiny(folder)), batch(reference_batch(folder)) {
    at::set_num_threads(1);  // two would wait for each other longer than they compute
  }
  torch::Tensor at(SiteKind kind, int block = 1) { return at_site(model, batch, {kind, block}); }
  bool norm_first() const { return model.config().architecture->norm_first; }

  std::string name;
  model::Model model;
  model::Batch batch;
};

/// One test over all of testdata/models: starting LibTorch costs more than a tiny model's passes.
template <class Check>
void on_every_family(const Check& check) {
  for (const std::string& name : tiny_models()) {
    SCOPED_TRACE(name);
    Subject subject(name);
    check(subject);
  }
}

}  // namespace neurox::testing
