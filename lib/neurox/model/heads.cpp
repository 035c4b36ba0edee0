#include "neurox/model/heads.h"

#include <string>
#include <vector>

namespace neurox::model {
namespace {

struct Presence {
  bool sequence = false, token = false, span = false, masked_lm = false, causal_lm = false;
};

/// Of a checkpoint, by its tensors; of a model to be drawn, by its class.
Presence find_heads(const ModelConfig& config, const Weights& weights) {
  const Architecture::HeadNames& names = config.architecture->heads;
  const auto has = [&](std::string_view layer) {
    return !layer.empty() && weights.has(std::string(layer) + ".weight");
  };
  const bool of_sequences = config.is_class("ForSequenceClassification");
  const bool of_tokens = config.is_class("ForTokenClassification");
  const bool of_spans =
      config.is_class("ForQuestionAnswering") || config.is_class("ForQuestionAnsweringSimple");
  const bool of_words = config.is_class("ForMaskedLM") || config.is_class("ForPreTraining") ||
                        config.is_class("ForCausalLM") || config.is_class("LMHeadModel") ||
                        config.is_class("ForConditionalGeneration") || config.is_class("MTModel") ||
                        config.is_class("WithLMHeadModel");
  Presence out;
  if (!weights.has(weights.prefix() + std::string(config.architecture->names.words) + ".weight")) {
    out.sequence = of_sequences;
    out.token = of_tokens;
    out.span = of_spans;
    (config.causal ? out.causal_lm : out.masked_lm) = of_words;
    return out;
  }
  out.sequence = has(names.sequence_out);
  out.token = has(names.token_out);
  if (out.sequence && out.token) {  // one name, two meanings
    const bool summary =
        has(names.sequence_dense) || has(weights.prefix() + std::string(names.pooler)) ||
        (config.architecture->causal && !weights.has(std::string(names.token_out) + ".bias"));
    out.token = of_tokens || (!of_sequences && !summary);
    out.sequence = !out.token;
  }
  out.span = has(names.span_out);
  const bool tied_output = names.lm_dense.empty() && config.tied && !out.sequence && !out.token && !out.span;
  const bool lm = has(names.lm_dense.empty() ? names.lm_out : names.lm_dense) || tied_output || of_words;
  (config.causal ? out.causal_lm : out.masked_lm) = lm;
  return out;
}

Heads::Sequence load_sequence(const ModelConfig& config, Weights& weights) {
  const Architecture::HeadNames& names = config.architecture->heads;
  Heads::Sequence head;
  if (!names.sequence_dense.empty()) {
    head.dense = Linear::load(weights, std::string(names.sequence_dense),
                              {.inputs = config.width, .outputs = config.width});
    head.activation = find_activation(names.sequence_activation);
  } else if (!names.pooler.empty()) {
    head.dense = Linear::load(weights, weights.prefix() + std::string(names.pooler),
                              {.inputs = config.width, .outputs = config.width});
    head.activation = find_activation("tanh");
  }
  head.out = Linear::load(weights, std::string(names.sequence_out),
                          {.inputs = config.width, .outputs = -1, .bias = !config.architecture->causal});
  return head;
}

Heads::LanguageModel load_lm(const ModelConfig& config, Weights& weights, const torch::Tensor& words) {
  const Architecture::HeadNames& names = config.architecture->heads;
  Heads::LanguageModel head;
  torch::Tensor weight, bias;
  if (!names.lm_dense.empty()) {
    head.dense = Linear::load(weights, std::string(names.lm_dense),
                              {.inputs = config.width, .outputs = config.embedding_width});
    head.activation =
        find_activation(names.lm_activation.empty() ? config.activation : std::string(names.lm_activation));
    head.norm = Norm::load(weights, std::string(names.lm_norm), config, config.embedding_width);
  }
  if (!names.lm_bias.empty())
    bias = weights.take(std::string(names.lm_bias), {config.vocabulary}, Init::Zeros);
  if (const std::string row(names.lm_bias_row); !row.empty() && weights.has(row))
    if (const torch::Tensor found = weights.take(row, {1, config.vocabulary}, Init::Zeros); found.defined())
      bias = found.view({-1});
  const std::string out = std::string(names.lm_out) + ".weight";
  if (config.tied && !weights.has(out)) {
    weight = words;
  } else {
    weight = weights.take(out, {config.vocabulary, config.embedding_width}, Init::Normal);
    // A tied checkpoint may hold the same numbers twice: keep one.
    if (config.tied && weight.defined() && words.defined() && at::equal(weight, words)) weight = words;
  }
  // A scale of the hidden states in front of the head (T5): the same products.
  if (config.output_scale != 1 && weight.defined()) weight = weight * config.output_scale;
  head.out = Linear(weight, bias);
  head.logit_cap = config.logit_cap;
  return head;
}

}  // namespace

Heads Heads::load(const ModelConfig& config, Weights& weights, const torch::Tensor& word_embeddings) {
  const Architecture::HeadNames& names = config.architecture->heads;
  const Presence present = find_heads(config, weights);
  Heads heads;
  if (present.sequence) heads.sequence = load_sequence(config, weights);
  if (present.token)
    heads.token =
        Linear::load(weights, std::string(names.token_out), {.inputs = config.width, .outputs = -1});
  if (present.span)
    heads.span = Linear::load(weights, std::string(names.span_out), {.inputs = config.width, .outputs = 2});
  if (present.causal_lm || present.masked_lm) heads.lm = load_lm(config, weights, word_embeddings);
  return heads;
}

torch::Tensor sequence_logits(const Heads::Sequence& head, const torch::Tensor& hidden, const Batch& batch,
                              bool causal) {
  std::vector<std::int64_t> rows = batch.offsets();
  if (causal) {
    rows.erase(rows.begin());
    for (std::int64_t& row : rows) --row;
  } else {
    rows.pop_back();
  }
  torch::Tensor x = hidden.index_select(0, torch::tensor(rows, torch::kInt64).to(hidden.device()));
  if (head.dense) x = head.activation(head.dense(x));
  return head.out(x);
}

torch::Tensor vocabulary_logits(const Heads::LanguageModel& head, const torch::Tensor& hidden) {
  torch::Tensor x = hidden;
  if (head.dense) x = head.norm(head.activation(head.dense(x)));
  x = head.out(x);
  return head.logit_cap > 0 ? at::tanh(x / head.logit_cap) * head.logit_cap : x;
}

}  // namespace neurox::model
