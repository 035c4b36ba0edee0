#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "neurox/core/site.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

/// A sparse autoencoder: features of what is at one site.
///
///     f(x) = act((x - b_dec) W_enc + b_enc)        without `centred`: of x W_enc + b_enc
///     act     relu; with thresholds z where z > threshold and z > 0, else 0; with k the k largest, relu of
///     them
///
/// A gated one, exp(r_mag) z + b_mag where that is > 0 and z + b_gate > 0, z = (x - b_dec) W_enc, else 0, is
/// kept as the JumpReLU that it equals: W_enc exp(r_mag), b_enc = b_mag, threshold b_mag - exp(r_mag) b_gate.
///
/// Row j of W_dec is what a unit of feature j writes. A site is edited through it as x + (f' - f) W_dec: what
/// it does not reconstruct stays, so that features left as they are change nothing.
///
/// Sources: Cunningham et al., ICLR 2024; JumpReLU: Rajamanoharan et al. 2024; top k: Gao et al. 2024; gated:
/// Rajamanoharan et al., NeurIPS 2024.
struct SparseAutoencoder {
  torch::Tensor W_enc;      ///< #inputs x #features
  torch::Tensor W_dec;      ///< #features x #inputs
  torch::Tensor b_enc;      ///< #features
  torch::Tensor b_dec;      ///< #inputs
  torch::Tensor threshold;  ///< #features, or undefined
  std::int64_t k = 0;       ///< features that are kept of a token; 0: all
  bool centred = true;
  std::string site;         ///< where its config says that it belongs; empty: it does not say
  std::string fingerprint;  ///< SHA-256 of the weights' file
  std::filesystem::path folder;

  /// A folder as SAELens writes it (cfg.json, sae_weights.safetensors with W_enc, W_dec, b_enc, b_dec,
  /// threshold; of gated ones b_gate, b_mag, r_mag instead of b_enc) or as EleutherAI's sparsify does
  /// (cfg.json, sae.safetensors with encoder.weight, encoder.bias, W_dec, b_dec). Without cfg.json: relu,
  /// thresholds or gates where there are any.
  /// @throws Error{Input} for missing files and tensors, shapes that do not fit each other or the config (one
  /// line), and what is computed otherwise: transcoders, activations that are scaled first
  static SparseAutoencoder load(const std::filesystem::path& folder);

  std::int64_t inputs() const { return W_enc.size(0); }
  std::int64_t features() const { return W_enc.size(1); }

  /// @param x  #tokens x #inputs
  /// @return #tokens x #features, >= 0
  torch::Tensor encode(const torch::Tensor& x) const;

  void to(torch::Device device, torch::ScalarType dtype);
};

/// Makes features a site of these hooks, under this name: they are computed where somebody listens to them.
/// @param hooks  must live as long as the guard
Hooks::Guard show_features(Hooks& hooks, Site host, const std::string& name, SparseAutoencoder autoencoder);

}  // namespace neurox::model
