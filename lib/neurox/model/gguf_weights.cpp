#include "neurox/model/gguf_weights.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/mapped_file.h"
#include "neurox/model/gguf_blocks.h"

namespace neurox::model {
namespace {

struct KnownLayout {
  const char* name;  ///< general.architecture
  const char* model_type;
  const char* class_name;
  bool side_by_side;  ///< rotary pairs, and so the rows of q and k
};
constexpr KnownLayout layouts[] = {
    {"gemma", "gemma", "GemmaForCausalLM", false},         {"gemma2", "gemma2", "Gemma2ForCausalLM", false},
    {"gemma3", "gemma3_text", "Gemma3ForCausalLM", false}, {"llama", "llama", "LlamaForCausalLM", true},
    {"qwen2", "qwen2", "Qwen2ForCausalLM", false},         {"qwen3", "qwen3", "Qwen3ForCausalLM", false}};

const KnownLayout& layout_of(const GgufFile& file) {
  const std::string& name = file.text("general.architecture");
  std::string known;
  for (const KnownLayout& layout : layouts) {
    if (name == layout.name) return layout;
    known += (known.empty() ? "" : ", ") + std::string(layout.name);
  }
  throw input_error("{}: architecture '{}' is not supported; supported in GGUF files are {}",
                    file.file().string(), name, known);
}

/// Layers of a block: Hugging Face's name and GGUF's.
constexpr std::pair<std::string_view, std::string_view> block_names[] = {
    {"input_layernorm", "attn_norm"},    {"self_attn.q_proj", "attn_q"},
    {"self_attn.k_proj", "attn_k"},      {"self_attn.v_proj", "attn_v"},
    {"self_attn.o_proj", "attn_output"}, {"self_attn.q_norm", "attn_q_norm"},
    {"self_attn.k_norm", "attn_k_norm"}, {"pre_feedforward_layernorm", "ffn_norm"},
    {"mlp.gate_proj", "ffn_gate"},       {"mlp.up_proj", "ffn_up"},
    {"mlp.down_proj", "ffn_down"},       {"post_feedforward_layernorm", "post_ffw_norm"}};

std::string shape_of(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace

ModelConfig gguf_config(const GgufFile& file) {
  const KnownLayout& layout = layout_of(file);
  const std::string scope = std::string(layout.name) + ".";
  const auto integer = [&](const char* key) { return file.integer(scope + key); };
  if (file.integer_or(scope + "expert_count", 0) > 0)
    throw input_error("{}: mixtures of experts are not supported", file.file().string());
  if (file.tensors().contains("rope_freqs.weight"))
    throw input_error("{}: rotary frequencies stored as a tensor are not supported", file.file().string());
  const auto words = file.tensors().find("token_embd.weight");
  if (words == file.tensors().end() || words->second.shape.size() != 2)
    throw input_error("{}: no token_embd.weight", file.file().string());
  const std::int64_t heads = integer("attention.head_count"), width = integer("embedding_length");
  if (heads < 1) throw input_error("{}: {}attention.head_count: {}", file.file().string(), scope, heads);
  const std::int64_t head_width = file.integer_or(scope + "attention.key_length", width / heads);
  nlohmann::json json{{"model_type", layout.model_type},
                      {"architectures", {layout.class_name}},
                      {"vocab_size", words->second.shape[0]},
                      {"hidden_size", width},
                      {"intermediate_size", integer("feed_forward_length")},
                      {"num_hidden_layers", integer("block_count")},
                      {"num_attention_heads", heads},
                      {"num_key_value_heads", file.integer_or(scope + "attention.head_count_kv", heads)},
                      {"head_dim", head_width},
                      {"max_position_embeddings", integer("context_length")},
                      {"rms_norm_eps", file.number_or(scope + "attention.layer_norm_rms_epsilon", 1e-6)},
                      {"tie_word_embeddings", !file.tensors().contains("output.weight")}};
  if (file.has(scope + "rope.freq_base"))
    json["rope_theta"] = file.number_or(scope + "rope.freq_base", 10000);
  if (file.has(scope + "rope.scaling.type") && file.text(scope + "rope.scaling.type") != "none")
    json["rope_scaling"] = {{"rope_type", file.text(scope + "rope.scaling.type")},
                            {"factor", file.number_or(scope + "rope.scaling.factor", 1)}};
  const std::string model_type = layout.model_type;
  if (model_type.starts_with("gemma") && file.has(scope + "attention.sliding_window"))
    json["sliding_window"] = integer("attention.sliding_window");
  if (file.has(scope + "attn_logit_softcapping"))
    json["attn_logit_softcapping"] = file.number_or(scope + "attn_logit_softcapping", 0);
  if (file.has(scope + "final_logit_softcapping"))
    json["final_logit_softcapping"] = file.number_or(scope + "final_logit_softcapping", 0);
  if (layout.side_by_side && file.tensors().contains("blk.0.attn_q.bias")) json["attention_bias"] = true;
  return ModelConfig::parse(json.dump(), file.file() / "metadata");
}

GgufWeights::GgufWeights(const GgufFile& file, const ModelConfig& config, torch::ScalarType dtype,
                         torch::Device device)
    : file_(file),
      config_(config),
      options_(torch::TensorOptions().dtype(dtype).device(device)),
      prefix_(config.architecture->prefix),
      bytes_(std::make_unique<MappedFile>(file.file())) {}

GgufWeights::~GgufWeights() = default;

std::string GgufWeights::stored_name(const std::string& name) const {
  const Architecture::Names& names = config_.architecture->names;
  const std::size_t dot = name.rfind('.');
  const std::string layer = name.substr(0, dot), ending = name.substr(dot);
  if (layer == config_.architecture->heads.lm_out) return "output" + ending;
  if (!layer.starts_with(prefix_)) return {};
  const std::string own = layer.substr(prefix_.size());
  if (own == names.words) return "token_embd" + ending;
  if (own == names.final_norm) return "output_norm" + ending;
  constexpr std::string_view blocks = "layers.";
  const std::size_t end = own.find('.', blocks.size());
  if (!own.starts_with(blocks) || end == std::string::npos) return {};
  const std::string block = "blk." + own.substr(blocks.size(), end - blocks.size()) + ".";
  const std::string part = own.substr(end + 1);
  // Gemma 2 and 3 norm what attention returns under the name that others give the norm before the MLP.
  if (part == "post_attention_layernorm")
    return block + (names.attention_post_norm.empty() ? "ffn_norm" : "post_attention_norm") + ending;
  for (const auto& [theirs, ours] : block_names)
    if (part == theirs) return block + std::string(ours) + ending;
  return {};
}

bool GgufWeights::has(const std::string& name) const {
  return file_.tensors().contains(stored_name(name));
}

torch::Tensor GgufWeights::expanded(const std::string& name, const GgufFile::Tensor& tensor) const {
  const GgufType* type = find_gguf_type(tensor.type);
  if (type == nullptr)
    throw input_error("{}: {} is of type {}, which is not supported; supported are {}", file_.file().string(),
                      name, gguf_type_name(tensor.type), gguf_types_known());
  std::int64_t numbers = 1;
  for (const std::int64_t size : tensor.shape) {
    if (size < 1 || size > (std::int64_t{1} << 40) / numbers)
      throw input_error("{}: {} of an impossible shape {}", file_.file().string(), name,
                        shape_of(tensor.shape));
    numbers *= size;
  }
  const std::int64_t blocks = numbers / type->count;
  const auto need = static_cast<std::uint64_t>(blocks * type->bytes);
  if (tensor.shape.empty() || tensor.shape.back() % type->count != 0)
    throw input_error("{}: {} {} is not made of whole {} blocks", file_.file().string(), name,
                      shape_of(tensor.shape), type->name);
  if (tensor.begin > bytes_->size() || need > bytes_->size() - tensor.begin)
    throw input_error("{}: {} goes beyond the end; is the file complete?", file_.file().string(), name);
  torch::Tensor out = torch::empty(tensor.shape, torch::kFloat32);
  auto* numbers_out = out.data_ptr<float>();
  const std::byte* data = bytes_->data() + tensor.begin;
  at::parallel_for(0, blocks, 1 << 10, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      type->expand(data + i * type->bytes, numbers_out + i * type->count);
  });
  return out;
}

torch::Tensor GgufWeights::take(const std::string& name, const std::vector<std::int64_t>& shape, Init) {
  const std::string stored = stored_name(name);
  const auto found = file_.tensors().find(stored);
  if (found == file_.tensors().end()) {
    problems_.push_back(fmt::format("{} missing", stored.empty() ? name : stored));
    return {};
  }
  taken_.insert(stored);
  const std::vector<std::int64_t>& own = found->second.shape;
  const bool fits = std::equal(own.begin(), own.end(), shape.begin(), shape.end(),
                               [](std::int64_t a, std::int64_t b) { return a == b || b < 0; });
  if (!fits) {
    problems_.push_back(fmt::format("{} {}, expected {}", stored, shape_of(own), shape_of(shape)));
    return {};
  }
  torch::Tensor out = expanded(stored, found->second);
  const bool queries = stored.find(".attn_q.") != std::string::npos,
             keys = stored.find(".attn_k.") != std::string::npos;
  if ((queries || keys) && layout_of(file_).side_by_side)
    out = out.view({queries ? config_.heads : config_.kv_heads, config_.head_width / 2, 2, -1})
              .transpose(1, 2)
              .reshape(own)
              .contiguous();
  if (config_.architecture->norm_plus_one && stored.ends_with("norm.weight")) out = out - 1;
  return out.to(options_);
}

void GgufWeights::finish() {
  for (const auto& [name, tensor] : file_.tensors())
    if (!taken_.contains(name)) problems_.push_back(name + " unknown");
  if (problems_.empty()) return;
  constexpr std::size_t shown = 12;
  const std::size_t n = std::min(shown, problems_.size());
  throw input_error("{}: {} tensors do not fit its metadata: {}{}", file_.file().string(), problems_.size(),
                    fmt::join(problems_.begin(), problems_.begin() + static_cast<std::ptrdiff_t>(n), "; "),
                    problems_.size() > n ? "; and more" : "");
}

}  // namespace neurox::model
