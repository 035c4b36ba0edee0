#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "neurox/model/architecture.h"

namespace neurox::model {

/// How rotary positions turn: angle(p, i) = p * frequency(i), frequency(i) = theta^(-2i/head_width), scaled.
struct RotaryConfig {
  enum class Scaling { None, Linear, Llama3 };
  double theta = 10000;
  Scaling scaling = Scaling::None;
  double factor = 1;                     ///< Linear, Llama3: slow frequencies are divided by it
  double low_freq_factor = 1;            ///< Llama3
  double high_freq_factor = 4;           ///< Llama3
  double original_max_positions = 8192;  ///< Llama3
};

/// What a folder's config.json says, in one vocabulary for all families.
struct ModelConfig {
  std::filesystem::path file;  ///< the config.json, for messages
  const Architecture* architecture = nullptr;
  std::string model_type;
  std::vector<std::string> class_names;  ///< `architectures`: BertForSequenceClassification

  std::int64_t vocabulary = 0;
  std::int64_t width = 0;  ///< of the residual stream
  std::int64_t mlp_width = 0;
  int blocks = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  ///< fewer than heads where several queries share a key
  std::int64_t head_width = 0;
  std::int64_t max_positions = 0;
  std::int64_t types = 0;                      ///< token types; 0: none
  std::int64_t position_offset = 0;            ///< row of the first position's vector (RoBERTa: pad id + 1)
  std::int64_t pad_id = -1;                    ///< -1: none
  std::optional<std::int64_t> sliding_window;  ///< longer sentences are refused, the window is not computed

  double norm_eps = 0;
  std::string activation;  ///< as config.json names it: gelu, gelu_new, silu, ...
  bool causal = false;
  bool tied = false;  ///< output weights are the word embeddings
  bool attention_bias = false, output_bias = false, mlp_bias = false;  ///< on q, k, v; on W_O; on the MLP
  bool scale_attention = true, scale_by_block = false;                 ///< GPT-2's two switches
  bool sinusoidal = false;  ///< random init fills the position vectors with sines and cosines (DistilBERT)
  RotaryConfig rotary;
  double initializer_range = 0.02;
  std::vector<std::string> labels;  ///< id2label in order of id; empty where config.json has none

  /// @throws Error{Input} for a file that is missing or not JSON, a model_type or switch that is not
  /// supported (with the nearest that is), a missing or impossible number
  static ModelConfig load(const std::filesystem::path& folder);
  /// As load, from text; `file` is what messages name.
  static ModelConfig parse(const std::string& json, const std::filesystem::path& file);

  /// What scores are multiplied by before the softmax in a block: 1/sqrt(head_width) but for GPT-2's
  /// switches.
  double attention_scale(int block) const;
  /// Whether `architectures` names a class that ends so: `ForTokenClassification`.
  bool is_class(std::string_view ending) const;
};

}  // namespace neurox::model
