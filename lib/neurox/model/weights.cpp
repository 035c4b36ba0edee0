#include "neurox/model/weights.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "neurox/core/error.h"

namespace neurox::model {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(size < 0 ? "?" : std::to_string(size));
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

bool fits(const std::vector<std::int64_t>& found, const std::vector<std::int64_t>& expected) {
  return std::equal(found.begin(), found.end(), expected.begin(), expected.end(),
                    [](std::int64_t a, std::int64_t b) { return a == b || b < 0; });
}

/// Checkpoints converted from TensorFlow call a norm's parameters gamma and beta; families have their own.
std::string modern(std::string name, const Architecture& row) {
  for (const auto& [old, now] : row.renames)
    if (name.starts_with(old)) name.replace(0, old.size(), now);
  for (const auto& [old, now] : {std::pair{".gamma", ".weight"}, std::pair{".beta", ".bias"}})
    if (name.ends_with(old)) name.replace(name.size() - std::string_view(old).size(), std::string::npos, now);
  return name;
}

/// What stands before the word embeddings' name in this file: the family's prefix, nothing, or another.
std::string find_prefix(const std::map<std::string, std::string>& names, const Architecture& row) {
  const std::string words = std::string(row.names.words) + ".weight";
  for (const std::string& prefix : {std::string(row.prefix), std::string()})
    if (names.contains(prefix + words)) return prefix;
  for (const auto& [name, in_file] : names)
    if (name.ends_with("." + words)) return name.substr(0, name.size() - words.size());
  // The word embeddings themselves are missing: what the rest goes by.
  const auto after = names.lower_bound(std::string(row.prefix));
  return after != names.end() && after->first.starts_with(row.prefix) ? std::string(row.prefix)
                                                                      : std::string();
}

bool is_ours(std::string_view name, const ModelConfig& config, const std::string& prefix) {
  const Architecture& row = *config.architecture;
  for (const std::string_view ending : row.ignored)
    if (name.ends_with(ending)) return true;
  // Heads that this class of model does not use, and the copies that tied output weights leave.
  const Architecture::HeadNames& h = row.heads;
  if (!h.pooler.empty() && name.starts_with(prefix + std::string(h.pooler) + ".")) return true;
  for (const std::string_view head :
       {h.sequence_dense, h.sequence_out, h.token_out, h.span_out, h.lm_dense, h.lm_norm, h.lm_out})
    if (!head.empty() && name.starts_with(head) && name.substr(head.size()).starts_with('.')) return true;
  return (!h.lm_bias.empty() && name == h.lm_bias) || (!h.lm_bias_row.empty() && name == h.lm_bias_row);
}

/// "2 missing (a, b)", of at most a dozen names.
void add_group(std::vector<std::string>& groups, const std::vector<std::string>& names,
               std::string_view what) {
  constexpr std::size_t shown = 12;
  if (names.empty()) return;
  const std::size_t n = std::min(shown, names.size());
  std::string list =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(n), ", "));
  if (names.size() > n) list += fmt::format(", and {} more", names.size() - n);
  groups.push_back(fmt::format("{} {} ({})", names.size(), what, list));
}

/// sin and cos of position / 10000^(2i / width) in the even and odd columns (Vaswani et al. 2017).
torch::Tensor sinusoids(std::int64_t positions, std::int64_t width) {
  const torch::Tensor rates =
      torch::pow(10000.0, -torch::arange(0, width, 2).to(torch::kFloat64) / static_cast<double>(width));
  const torch::Tensor angles = torch::outer(torch::arange(positions).to(torch::kFloat64), rates);
  return at::stack({angles.sin(), angles.cos()}, -1).view({positions, -1}).narrow(1, 0, width);
}

std::uint64_t mix(std::uint64_t x) {  // splitmix64's finaliser (Steele, Lea and Flood 2014)
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

/// A number in (0, 1] from position i of stream `key`.
double uniform(std::uint64_t key, std::uint64_t i) {
  return static_cast<double>((mix(key + (i + 1) * 0x9e3779b97f4a7c15U) >> 11) + 1) * 0x1p-53;
}

}  // namespace

CheckpointWeights::CheckpointWeights(const SafeTensors& file, const ModelConfig& config,
                                     torch::ScalarType dtype, torch::Device device)
    : file_(file), config_(config), options_(torch::TensorOptions().dtype(dtype).device(device)) {
  for (const auto& [name, info] : file.tensors()) names_.emplace(modern(name, *config.architecture), name);
  prefix_ = find_prefix(names_, *config.architecture);
}

torch::Tensor CheckpointWeights::take(const std::string& name, const std::vector<std::int64_t>& shape, Init) {
  const auto found = names_.find(name);
  if (found == names_.end()) {
    missing_.push_back(fmt::format("{} {}", name, shape_text(shape)));
    return {};
  }
  taken_.insert(name);
  const SafeTensors::Info& info = file_.tensors().at(found->second);
  if (!fits(info.shape, shape)) {
    misshapen_.push_back(fmt::format("{}: {}, expected {}", name, shape_text(info.shape), shape_text(shape)));
    return {};
  }
  const torch::Tensor tensor = file_.tensor(found->second);
  if (!tensor.is_floating_point()) {
    misshapen_.push_back(fmt::format("{}: {}, expected a floating type", name, info.dtype));
    return {};
  }
  return tensor.to(options_);
}

void CheckpointWeights::finish() {
  std::vector<std::string> unknown;
  for (const auto& [name, in_file] : names_)
    if (!taken_.contains(name) && !is_ours(name, config_, prefix_))
      unknown.push_back(fmt::format("{} {}", in_file, shape_text(file_.tensors().at(in_file).shape)));
  std::vector<std::string> groups;
  add_group(groups, missing_, "missing");
  add_group(groups, misshapen_, "of another shape or type");
  add_group(groups, unknown, "unknown");
  if (groups.empty()) return;
  throw input_error("{}: tensors do not fit {}: {}", file_.files().front().parent_path().string(),
                    config_.file.filename().string(), fmt::join(groups, "; "));
}

RandomWeights::RandomWeights(const ModelConfig& config, std::uint64_t seed, torch::ScalarType dtype,
                             torch::Device device)
    : config_(config),
      seed_(seed),
      options_(torch::TensorOptions().dtype(dtype).device(device)),
      prefix_(config.architecture->prefix) {}

torch::Tensor RandomWeights::take(const std::string& name, const std::vector<std::int64_t>& shape,
                                  Init init) {
  std::vector<std::int64_t> sizes = shape;
  for (std::int64_t& size : sizes)
    if (size < 0) size = config_.labels.empty() ? 2 : static_cast<std::int64_t>(config_.labels.size());
  if (init == Init::Zeros) return torch::zeros(sizes, options_);
  if (init == Init::Ones) return torch::ones(sizes, options_);
  if (init == Init::Sinusoids) return sinusoids(sizes[0], sizes[1]).to(options_);
  const double deviation = init == Init::Residual
                               ? config_.initializer_range / std::sqrt(2.0 * config_.blocks)
                               : config_.initializer_range;
  std::uint64_t key = mix(seed_ ^ 0x9e3779b97f4a7c15U);
  for (const char c : name) key = mix(key ^ static_cast<unsigned char>(c));
  torch::Tensor drawn = torch::empty(sizes, torch::kFloat32);
  auto* out = drawn.data_ptr<float>();
  // Box and Muller 1958: two uniforms make two normals.
  at::parallel_for(0, (drawn.numel() + 1) / 2, 1 << 14, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i) {
      const auto u = static_cast<std::uint64_t>(2 * i);
      const double radius = deviation * std::sqrt(-2 * std::log(uniform(key, u)));
      const double angle = 2 * M_PI * uniform(key, u + 1);
      out[2 * i] = static_cast<float>(radius * std::cos(angle));
      if (2 * i + 1 < drawn.numel()) out[2 * i + 1] = static_cast<float>(radius * std::sin(angle));
    }
  });
  return drawn.to(options_);
}

}  // namespace neurox::model
