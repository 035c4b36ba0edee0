#include "neurox/model/sparse_autoencoder.h"

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "neurox/core/error.h"
#include "neurox/core/hash.h"
#include "neurox/model/config_reader.h"
#include "neurox/model/safetensors.h"

namespace neurox::model {
namespace {

std::filesystem::path weights_file(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder))
    throw input_error("{}: no such folder of a sparse autoencoder", folder.string());
  for (const char* name : {"sae_weights.safetensors", "sae.safetensors"})
    if (std::filesystem::exists(folder / name)) return folder / name;
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".safetensors") found.push_back(entry.path());
  if (found.size() != 1)
    throw input_error("{}: no sae_weights.safetensors, and {} other safetensors files", folder.string(),
                      found.size());
  return found.front();
}

nlohmann::json config_of(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return nlohmann::json::object();
  std::ifstream in(file);
  nlohmann::json config = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) throw input_error("{}: is no JSON object", file.string());
  return config;
}

/// A tensor of one of these names, in float32.
torch::Tensor take(const SafeTensors& file, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (file.contains(name)) return file.tensor(name).to(torch::kFloat32).contiguous();
  std::string known;
  for (const auto& [name, info] : file.tensors()) known += (known.empty() ? "" : ", ") + name;
  throw input_error("{}: no tensor {}; it has {}", file.files().front().string(), *names.begin(), known);
}

std::string shape_of(const torch::Tensor& x) {
  std::string out;
  for (const std::int64_t n : x.sizes()) out += (out.empty() ? "" : " x ") + std::to_string(n);
  return out;
}

/// Refuses what the config says of things that are not done here.
void refuse_other_kinds(const ConfigReader& config) {
  const std::string architecture = config.text("architecture", "standard");
  static constexpr std::array known{"standard", "jumprelu", "topk", "gated"};
  if (std::find(known.begin(), known.end(), architecture) == known.end())
    throw config.refuse("architecture", "'" + architecture + "' is none of standard, jumprelu, topk, gated");
  const std::string scaling = config.text("normalize_activations", "none");
  if (scaling != "none")
    throw config.refuse("normalize_activations",
                        "'" + scaling + "' is not done; fold the scaling into the weights");
  for (const char* key : {"finetuning_scaling_factor", "rescale_acts_by_decoder_norm", "transcode", "signed"})
    if (config.flag(key, false)) throw config.refuse(key, "true is not done; fold it into the weights");
  if (config.find("hook_head_index") != nullptr)
    throw config.refuse("hook_head_index", "an autoencoder of one head is not taken");
}

std::int64_t kept_features(const ConfigReader& config) {
  std::int64_t k = config.integer("k", 0);
  if (config.find("activation_fn_kwargs") != nullptr)
    k = config.object("activation_fn_kwargs").integer("k", k);
  std::string activation;
  for (const char* key : {"activation_fn_str", "activation_fn", "activation"}) {
    if (config.find(key) == nullptr) continue;
    activation = config.text(key, "");
    if (activation != "relu" && activation != "topk" && activation != "jumprelu")
      throw config.refuse(key, "'" + activation + "' is none of relu, topk, jumprelu");
  }
  const bool is_topk = activation == "topk" || config.text("architecture", "") == "topk";
  if (is_topk && k < 1) throw config.refuse("k", "top k without a number");
  return is_topk || activation.empty() ? k : 0;
}

/// The vectors of a gate, all of #features.
struct Gate {
  torch::Tensor b_gate, b_mag, r_mag;

  /// exp(r_mag) z + b_mag where z + b_gate > 0 is what is above b_mag - exp(r_mag) b_gate: a JumpReLU.
  void fold_into(SparseAutoencoder& out) const {
    const torch::Tensor scale = at::exp(r_mag);
    out.W_enc = out.W_enc * scale;
    out.b_enc = b_mag;
    out.threshold = b_mag - scale * b_gate;
  }
};

}  // namespace

SparseAutoencoder SparseAutoencoder::load(const std::filesystem::path& folder) {
  SparseAutoencoder out;
  out.folder = folder;
  const std::filesystem::path path = weights_file(folder);
  const SafeTensors file = SafeTensors::open(path);
  const nlohmann::json json = config_of(folder / "cfg.json");
  const ConfigReader config(json, (folder / "cfg.json").string());
  refuse_other_kinds(config);
  const std::string architecture = config.text("architecture", file.contains("b_gate") ? "gated" : "");
  const bool is_gated = architecture == "gated";
  const bool rows_are_features = file.contains("encoder.weight");
  out.W_enc = take(file, {"W_enc", "encoder.weight"});
  out.W_dec = take(file, {"W_dec"});
  out.b_dec = take(file, {"b_dec"});
  Gate gate;
  if (is_gated)
    gate = {take(file, {"b_gate"}), take(file, {"b_mag"}), take(file, {"r_mag"})};
  else
    out.b_enc = take(file, {"b_enc", "encoder.bias"});
  if (out.W_enc.dim() == 2 && rows_are_features) out.W_enc = out.W_enc.t().contiguous();
  if (!is_gated && file.contains("threshold")) out.threshold = take(file, {"threshold"});
  if (architecture == "jumprelu" && !out.threshold.defined())
    throw input_error("{}: a JumpReLU autoencoder without a tensor threshold", path.string());
  out.k = kept_features(config);
  if (is_gated && out.k > 0) throw config.refuse("k", "the largest of gated features are not taken");
  out.centred = config.flag("apply_b_dec_to_input", true);
  out.site = config.text("hook_name", config.text("hook_point", ""));
  if (config.find("metadata") != nullptr) out.site = config.object("metadata").text("hook_name", out.site);

  const auto refuse = [&](const char* name, const torch::Tensor& x, const std::string& wanted) {
    return input_error("{}: {} is {}, but {} is needed with W_enc of {}", path.string(), name, shape_of(x),
                       wanted, shape_of(out.W_enc));
  };
  if (out.W_enc.dim() != 2)
    throw input_error("{}: W_enc is {}, no matrix of inputs x features", path.string(), shape_of(out.W_enc));
  const std::int64_t n = out.inputs(), m = out.features();
  if (out.W_dec.sizes() != torch::IntArrayRef({m, n}))
    throw refuse("W_dec", out.W_dec, std::to_string(m) + " x " + std::to_string(n));
  const std::array<std::pair<const char*, const torch::Tensor&>, 6> vectors{{{"b_enc", out.b_enc},
                                                                             {"threshold", out.threshold},
                                                                             {"b_gate", gate.b_gate},
                                                                             {"b_mag", gate.b_mag},
                                                                             {"r_mag", gate.r_mag},
                                                                             {"b_dec", out.b_dec}}};
  for (const auto& [name, x] : vectors) {
    const std::int64_t wanted = &x == &out.b_dec ? n : m;
    if (x.defined() && x.sizes() != torch::IntArrayRef({wanted}))
      throw refuse(name, x, std::to_string(wanted));
  }
  for (const auto& [key, size] : {std::pair{"d_in", n}, std::pair{"d_sae", m}})
    if (const std::int64_t said = config.integer(key, size); said != size)
      throw config.refuse(key, std::to_string(said) + ", but W_enc is " + shape_of(out.W_enc));
  if (out.k > m) throw config.refuse("k", std::to_string(out.k) + " of " + std::to_string(m) + " features");
  if (is_gated) gate.fold_into(out);
  out.fingerprint = sha256_file(path);
  return out;
}

torch::Tensor SparseAutoencoder::encode(const torch::Tensor& x) const {
  const torch::Tensor before = at::addmm(b_enc, centred ? x - b_dec : x, W_enc);
  torch::Tensor active = at::relu(before);
  if (threshold.defined()) active = at::where(before > threshold, active, torch::zeros({}, active.options()));
  if (k == 0) return active;
  const auto [values, places] = active.topk(k, -1);
  return at::zeros_like(active).scatter(-1, places, values);
}

void SparseAutoencoder::to(torch::Device device, torch::ScalarType dtype) {
  for (torch::Tensor* x : {&W_enc, &W_dec, &b_enc, &b_dec, &threshold})
    if (x->defined()) *x = x->to(device, dtype);
}

Hooks::Guard show_features(Hooks& hooks, Site host, const std::string& name, SparseAutoencoder autoencoder) {
  const int number = hooks.add_site(name);
  return hooks.edit_rows(host, [all = &hooks, number, sae = std::move(autoencoder)](const torch::Tensor& x,
                                                                                    const torch::Tensor&) {
    const bool edits = all->edits(number);
    if (!edits && !all->observes(number)) return x;
    const torch::Tensor f = sae.encode(x);
    const torch::Tensor changed = edits ? all->edited(number, f) : f;
    all->show(number, changed);
    return edits ? x + at::matmul(changed - f, sae.W_dec) : x;
  });
}

}  // namespace neurox::model
