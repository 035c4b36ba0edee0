#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "neurox/core/neurons.h"
#include "neurox/core/site.h"
#include "neurox/model/batch.h"
#include "neurox/model/config.h"
#include "neurox/model/hooks.h"

namespace neurox::model {

struct BlockLayers;
struct Heads;
struct Norm;
struct SparseAutoencoder;

class Network;

struct LoadOptions {
  std::string device = "cpu";  ///< cpu, cuda, cuda:i, auto
  /// Draw the weights from this seed as config.json says, instead of reading them; heads are then those that
  /// `architectures` names.
  std::optional<std::uint64_t> random_init = std::nullopt;
  torch::ScalarType dtype = torch::kFloat32;  ///< of weights and activations; float16 files are widened
};

/// A Transformer with its heads, from a folder as Hugging Face writes it or a GGUF file; or a Network: a
/// folder with a recurrent or convolutional network, a TorchScript file, or static vectors. Of these
/// `forward` ends at the output itself, so that the head's function is the identity.
///
/// Every family runs through one Transformer on the packed layout (Batch). Nothing here switches autograd
/// off: wrap calls in torch::InferenceMode or torch::NoGradGuard where no gradient is wanted. Weights never
/// require gradients; inputs and edits may.
class Model {
 public:
  /// @throws Error{Input} for a config.json or weights that cannot be read, are not supported or do not fit
  /// each other (every missing, misshapen and unknown tensor in one message); Error{Usage} for the device
  /// @param path  a folder, a GGUF file, a TorchScript file, or a text file of word vectors
  static Model load(const std::filesystem::path& path, const LoadOptions& options = {});
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();

  /// Of a network: no blocks, `width` and `vocabulary` of its word embeddings, `mlp_width` the neurons of all
  /// sites together; the model_type of a TorchScript file is `torchscript`, of word vectors `word-vectors`.
  const ModelConfig& config() const;
  /// The network behind it; nullptr for a Transformer.
  const Network* network() const;
  /// Whether it is an encoder with a decoder: a sentence of a batch is then a source with the target behind
  /// it (Batch::type_ids), its rows the encoder's and the decoder's. `config`, `layers` and `final_norm` are
  /// the decoder's, and what is said of causal language models holds for the target.
  bool has_encoder() const { return config().encoder != nullptr; }
  /// Whether a pass may begin at a block (forward_from).
  bool starts_at_blocks() const { return network() == nullptr && !has_encoder(); }
  /// Whether a batch may hold sentences of several lengths while somebody listens.
  bool mixes_lengths() const;
  /// Whether Batch::cache spares the tokens before.
  bool keeps_state() const;
  torch::Device device() const;
  torch::ScalarType dtype() const;
  /// Every site in the order of computation. attn_pattern has width 0: its columns depend on the sentence.
  std::vector<SiteColumns> sites() const;
  Hooks& hooks();

  /// Makes the features of what is at `host` a site of the model: `blocks.5.hook_resid_post.sae`, in the
  /// block of its host (the last norm's in the last block). Observers see f(x); edits of it change what is at
  /// the host to x + (f' - f) W_dec, and come before edits of the host itself.
  /// @throws Error{Usage} for a model that is not one stack of blocks and a host that it lacks; Error{Input}
  /// when the autoencoder takes another width than the host has
  void add_features(Site host, SparseAutoencoder autoencoder);

  /// Hidden states of the last block, after the final norm where there is one: #tokens x width.
  /// With `stop_after`, the pass ends right after that site and returns what is there (undefined for
  /// attn_pattern); sites that come later are not computed.
  /// @throws Error{Input} for a token id or a length that the model does not have; Error{Usage} when the
  /// model has no site `stop_after`; LibTorch's own failures come as Error{Numeric}
  torch::Tensor forward(const Batch& batch, std::optional<Site> stop_after = {}) const;

  /// Word embeddings alone, #tokens x embedding_width: before positions, token types and norm.
  torch::Tensor embed(const Batch& batch) const;
  /// As forward, from word embeddings (#tokens x embedding_width) that need not be any word's; gradients flow
  /// to them.
  torch::Tensor forward_embeddings(const torch::Tensor& word_embeddings, const Batch& batch,
                                   std::optional<Site> stop_after = {}) const;
  /// As forward, from what block `block` receives (#tokens x width): the blocks before it are not computed.
  torch::Tensor forward_from(int block, const torch::Tensor& resid_pre, const Batch& batch,
                             std::optional<Site> stop_after = {}) const;

  bool has_sequence_classifier() const;
  bool has_token_classifier() const;
  bool has_causal_lm() const;
  bool has_masked_lm() const;
  bool has_question_answering() const;

  /// Logits of the heads from `forward`'s result. Each throws Error{Usage} when the folder holds no such
  /// head. #sentences x classes, from the first token, or from the last one for causal families.
  torch::Tensor classify(const torch::Tensor& hidden, const Batch& batch) const;
  /// #tokens x classes
  torch::Tensor token_logits(const torch::Tensor& hidden) const;
  /// #tokens x vocabulary; of a causal LM, row i is about the token after i
  torch::Tensor lm_logits(const torch::Tensor& hidden) const;
  /// Start and end logits, #tokens each
  std::pair<torch::Tensor, torch::Tensor> span_logits(const torch::Tensor& hidden) const;

  /// Names of the classes of the sequence or token classifier: id2label, else LABEL_0, LABEL_1, ...; empty
  /// without one.
  std::vector<std::string> labels() const;

  /// The layers themselves, for what reads weights (model/transformer.h, heads.h): of block `block`, the
  /// final norm (empty where there is none), the heads.
  const BlockLayers& layers(int block) const;
  const Norm& final_norm() const;
  /// The encoder's, where there is one.
  const BlockLayers& encoder_layers(int block) const;
  const Norm& encoder_final_norm() const;
  const Heads& heads() const;

  /// Takes another Transformer's heads, final norm and blocks from `first_block` on for its own; -1: the
  /// embeddings too. Tensors are shared, the fingerprint stays.
  /// @throws Error{Usage} unless both are of one config.json's sizes
  void take_layers(const Model& other, int first_block);

  /// SHA-256 that stands for config.json and the weight files' bytes (random init: for config.json and the
  /// seed). Computed at the first call.
  const std::string& fingerprint() const;

 private:
  struct State;
  static Model load_network(const std::filesystem::path& path, const LoadOptions& options);
  explicit Model(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace neurox::model
