#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "neurox/model/architecture.h"

namespace neurox::model {

/// How rotary positions turn: angle(p, i) = p * frequency(i), frequency(i) = theta^(-2i/head_width), scaled.
struct RotaryConfig {
  enum class Scaling { None, Linear, Llama3 };
  double theta = 10000;
  double part = 1;  ///< of each head's columns, the first ones, that are turned
  Scaling scaling = Scaling::None;
  double factor = 1;                     ///< Linear, Llama3: slow frequencies are divided by it
  double low_freq_factor = 1;            ///< Llama3
  double high_freq_factor = 4;           ///< Llama3
  double original_max_positions = 8192;  ///< Llama3
};

/// DeBERTa's relative positions.
struct DebertaConfig {
  std::int64_t span = 0;     ///< rows of its table: 2 span
  std::int64_t buckets = 0;  ///< distances beyond half of them are on a logarithmic scale; 0: none are
  std::int64_t max_distance = 0;
  bool share_keys = false;  ///< the blocks' own projections serve the table too
  bool content_to_position = false, position_to_content = false;
  bool norm = false;  ///< of the table
};

/// What a folder's config.json says, in one vocabulary for all families.
struct ModelConfig {
  std::filesystem::path file;  ///< the config.json, for messages
  const Architecture* architecture = nullptr;
  std::string model_type;
  std::vector<std::string> class_names;  ///< `architectures`: BertForSequenceClassification

  std::int64_t vocabulary = 0;
  std::int64_t width = 0;            ///< of the residual stream
  std::int64_t embedding_width = 0;  ///< of word embeddings, before they are projected to the width
  int groups = 0;                    ///< of blocks that share their layers (ALBERT)
  std::int64_t mlp_width = 0;
  int blocks = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;  ///< fewer than heads where several queries share a key
  std::int64_t head_width = 0;
  std::int64_t max_positions = 0;
  std::int64_t types = 0;                      ///< token types; 0: none
  std::int64_t position_offset = 0;            ///< row of the first position's vector (RoBERTa: pad id + 1)
  std::int64_t pad_id = -1;                    ///< -1: none
  std::optional<std::int64_t> sliding_window;  ///< a query sees so many keys, itself the last
  std::vector<bool> slides;                    ///< by block; empty without a window

  double norm_eps = 0;
  std::string activation;  ///< as config.json names it: gelu, gelu_new, silu, ...
  bool causal = false;
  bool tied = false;  ///< output weights are the word embeddings
  bool attention_bias = false, output_bias = false, mlp_bias = false;  ///< on q, k, v; on W_O; on the MLP
  bool scale_attention = true, scale_by_block = false;                 ///< GPT-2's two switches
  bool parallel = false;           ///< attention and MLP both read resid_pre
  double query_width = 0;          ///< scores are divided by its root; head_width but for Gemma
  double score_cap = 0;            ///< scores become cap tanh(score / cap); 0: no cap
  double logit_cap = 0;            ///< of the language model head, likewise
  double embedding_scale = 1;      ///< what word embeddings are multiplied by
  bool positions_in_input = true;  ///< false: no position vectors are added to words (DeBERTa)
  bool sinusoidal = false;  ///< random init fills the position vectors with sines and cosines (DistilBERT)
  RotaryConfig rotary;
  std::int64_t clamp_length = 0;  ///< XLNet: longest distance; 0: none
  DebertaConfig deberta;
  RelativeKind relative = RelativeKind::None;
  std::optional<RotaryConfig> local_rotary;  ///< of sliding blocks, where it is another (Gemma 3)
  double initializer_range = 0.02;
  /// Of an encoder with a decoder, what is said of the encoder; all else here is the decoder's.
  std::shared_ptr<const ModelConfig> encoder;
  SinusoidKind sinusoid = SinusoidKind::None;
  std::int64_t relative_buckets = 0, relative_distance = 0;  ///< T5: buckets, and where the last begins
  double output_scale = 1;                                   ///< of the tied output weights (T5: width^-0.5)
  std::vector<std::string> labels;  ///< id2label in order of id; empty where config.json has none

  /// @throws Error{Input} for a file that is missing or not JSON, a model_type or switch that is not
  /// supported (with the nearest that is), a missing or impossible number
  static ModelConfig load(const std::filesystem::path& folder);
  /// As load, from text; `file` is what messages name.
  static ModelConfig parse(const std::string& json, const std::filesystem::path& file);

  /// What scores are multiplied by before the softmax in a block: 1/sqrt(query_width) but for GPT-2's
  /// switches.
  double attention_scale(int block) const;
  /// Keys that a query of this block sees, itself the last; 0: all.
  std::int64_t window(int block) const;
  /// Whether the sequence classifier reads each sentence's last token instead of the first.
  bool reads_last() const { return architecture->causal || architecture->last_token; }
  /// Whether every position has a vector of its own, so that sentences have a longest length.
  bool has_position_table() const;
  /// The group of blocks that `block` shares its layers with.
  int group(int block) const { return block * groups / blocks; }
  /// Whether `architectures` names a class that ends so: `ForTokenClassification`.
  bool is_class(std::string_view ending) const;
};

}  // namespace neurox::model
