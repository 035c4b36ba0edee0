#include "neurox/model/gguf_weights.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/mapped_file.h"
#include "neurox/model/gguf_blocks.h"
#include "neurox/model/rotary.h"

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
  if (const std::string key = name + ".expert_count"; file.integer_or(key, 0) > 0)
    throw input_error(
        "{}: {} is {}: mixtures of experts are not supported; take a model whose MLPs all tokens share",
        file.file().string(), key, file.integer(key));
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

const char* const frequency_factors = "rope_freqs.weight";

std::string shape_of(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace

ModelConfig gguf_config(const GgufFile& file) {
  const KnownLayout& layout = layout_of(file);
  const std::string scope = std::string(layout.name) + ".";
  const auto integer = [&](const char* key) { return file.integer(scope + key); };
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
  const GgufRotary rotary = gguf_rotary(file, layout.name);
  if (rotary.kind == GgufRotary::Kind::Linear)
    json["rope_scaling"] = {{"rope_type", "linear"}, {"factor", rotary.factor}};
  if (const auto turned = file.integer_or(scope + "rope.dimension_count", head_width); turned != head_width)
    throw input_error(
        "{}: {}rope.dimension_count is {}: that not all {} columns of a head are turned is not supported",
        file.file().string(), scope, turned, head_width);
  const std::string model_type = layout.model_type;
  if (model_type.starts_with("gemma") && file.has(scope + "attention.sliding_window"))
    json["sliding_window"] = integer("attention.sliding_window");
  if (file.has(scope + "attn_logit_softcapping"))
    json["attn_logit_softcapping"] = file.number_or(scope + "attn_logit_softcapping", 0);
  if (file.has(scope + "final_logit_softcapping"))
    json["final_logit_softcapping"] = file.number_or(scope + "final_logit_softcapping", 0);
  if (layout.side_by_side && file.tensors().contains("blk.0.attn_q.bias")) json["attention_bias"] = true;
  if (layout.side_by_side && file.tensors().contains("blk.0.ffn_up.bias")) json["mlp_bias"] = true;
  ModelConfig out = ModelConfig::parse(json.dump(), file.file() / "metadata");
  if (rotary.kind == GgufRotary::Kind::Yarn && out.local_rotary)
    throw input_error("{}: {}rope.scaling.type 'yarn' is not supported in {}", file.file().string(), scope,
                      layout.name);
  // Queries and keys, each larger by a factor, are scores larger by its square.
  out.query_width /= std::pow(rotary.attention_factor, 4);
  return out;
}

GgufWeights::GgufWeights(const GgufFile& file, const ModelConfig& config, torch::ScalarType dtype,
                         torch::Device device)
    : file_(file),
      config_(config),
      options_(torch::TensorOptions().dtype(dtype).device(device)),
      prefix_(config.architecture->prefix),
      rotary_(gguf_rotary(file, layout_of(file).name)) {
  for (const std::filesystem::path& part : file.files()) bytes_.push_back(std::make_unique<MappedFile>(part));
}

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
  if (name == rotary_divisors)
    return file_.tensors().contains(frequency_factors) || rotary_.kind == GgufRotary::Kind::Yarn;
  return file_.tensors().contains(stored_name(name));
}

torch::Tensor GgufWeights::expanded(const std::string& name, const GgufFile::Tensor& tensor) const {
  const std::string place = file_.files()[tensor.part].string();
  const MappedFile& bytes = *bytes_[tensor.part];
  const GgufType* type = find_gguf_type(tensor.type);
  if (type == nullptr)
    throw input_error("{}: {} is of type {}, which is not supported; supported are {}", place, name,
                      gguf_type_name(tensor.type), gguf_types_known());
  std::int64_t numbers = 1;
  for (const std::int64_t size : tensor.shape) {
    if (size < 1 || size > (std::int64_t{1} << 40) / numbers)
      throw input_error("{}: {} of an impossible shape {}", place, name, shape_of(tensor.shape));
    numbers *= size;
  }
  const std::int64_t blocks = numbers / type->count;
  const auto need = static_cast<std::uint64_t>(blocks * type->bytes);
  if (tensor.shape.empty() || tensor.shape.back() % type->count != 0)
    throw input_error("{}: {} {} is not made of whole {} blocks", place, name, shape_of(tensor.shape),
                      type->name);
  if (tensor.begin > bytes.size() || need > bytes.size() - tensor.begin)
    throw input_error("{}: {} goes beyond the end; is the file complete?", place, name);
  torch::Tensor out = torch::empty(tensor.shape, torch::kFloat32);
  auto* numbers_out = out.data_ptr<float>();
  const std::byte* data = bytes.data() + tensor.begin;
  at::parallel_for(0, blocks, 1 << 10, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i < last; ++i)
      type->expand(data + i * type->bytes, numbers_out + i * type->count);
  });
  return out;
}

torch::Tensor GgufWeights::divisors(std::int64_t frequencies) {
  torch::Tensor out = torch::ones(frequencies);
  if (const auto stored = file_.tensors().find(frequency_factors); stored != file_.tensors().end()) {
    taken_.insert(frequency_factors);
    if (stored->second.shape != std::vector{frequencies}) {
      problems_.push_back(fmt::format("{} {}, expected [{}]", frequency_factors,
                                      shape_of(stored->second.shape), frequencies));
      return {};
    }
    out = expanded(frequency_factors, stored->second);
    if (!(out > 0).all().item<bool>() || !out.isfinite().all().item<bool>())
      throw input_error("{}: {} holds numbers that are not above 0", file_.file().string(),
                        frequency_factors);
  }
  if (rotary_.kind == GgufRotary::Kind::Yarn)
    out = out * torch::tensor(yarn_divisors(rotary_, config_.rotary.theta, 2 * frequencies));
  return out;
}

torch::Tensor GgufWeights::take(const std::string& name, const std::vector<std::int64_t>& shape, Init) {
  if (name == rotary_divisors) return divisors(shape[0]);
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
