#include "neurox/model/generate.h"

#include <algorithm>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/model/beam_search.h"
#include "neurox/model/next_logits.h"

namespace neurox::model {
namespace {

void check(const Model& model, std::span<const TokenIds> prompts, const GenerationOptions& o) {
  if (!model.has_causal_lm())
    throw usage_error("{} is no causal language model: it does not write text",
                      model.config().file.parent_path().string());
  for (std::size_t i = 0; i < prompts.size(); ++i)
    if (prompts[i].empty()) throw usage_error("prompt {}: no token to go on from", i + 1);
  if (model.has_encoder() && o.sources.size() != prompts.size())
    throw usage_error("generation: {} lengths of sources for {} prompts", o.sources.size(), prompts.size());
  if (o.most_tokens < 1) throw usage_error("generation of {} tokens", o.most_tokens);
  if (o.beams < 1) throw usage_error("generation with {} beams", o.beams);
  if (!(o.history.repetition_penalty > 0) || !(o.history.encoder_repetition_penalty > 0))
    throw usage_error("generation with a repetition penalty of {}: not above 0",
                      std::min(o.history.repetition_penalty, o.history.encoder_repetition_penalty));
  if (o.beams > 1 && o.sampling) throw usage_error("beams are searched, not sampled: take one of the two");
  if (!o.sampling) return;
  if (!(o.sampling->temperature > 0))
    throw usage_error("temperature {}: not above 0", o.sampling->temperature);
  if (!(o.sampling->top_p > 0 && o.sampling->top_p <= 1))
    throw usage_error("top-p {}: not in (0, 1]", o.sampling->top_p);
  if (o.sampling->top_k < 0) throw usage_error("top-k {}: below 0", o.sampling->top_k);
}

}  // namespace

std::vector<Continuation> generate(const Model& model, std::span<const TokenIds> prompts,
                                   const GenerationOptions& options) {
  check(model, prompts, options);
  const c10::InferenceMode no_gradients;
  std::vector<Continuation> out(prompts.size());
  if (prompts.empty()) return out;
  if (options.beams > 1) {
    for (std::size_t i = 0; i < prompts.size(); ++i)
      out[i] = search_beams(model, prompts[i], options.first_number + static_cast<std::int64_t>(i), options);
    return out;
  }
  std::vector<std::int64_t> open(prompts.size());
  std::iota(open.begin(), open.end(), 0);
  std::vector<Random> random;
  std::vector<std::int64_t> numbers;
  for (const std::int64_t i : open) {
    numbers.push_back(options.first_number + i);
    random.emplace_back(
        Random::mix(options.seed ^ Random::mix(static_cast<std::uint64_t>(numbers.back()) + 1)));
  }
  NextLogits next(model, options, {prompts.begin(), prompts.end()}, numbers);
  for (std::int64_t step = 0; step < options.most_tokens && !open.empty(); ++step) {
    const torch::Tensor logits = next.logits();
    const torch::Tensor allowed = next.allowed(logits);
    const auto [most, places] = allowed.max(1);
    const torch::Tensor likeliest = places.to(torch::kCPU);
    if (!most.isfinite().all().item<bool>())
      throw numeric_error("generation: after {} tokens the rules of writing forbid every token", step);
    const torch::Tensor total = at::logsumexp(logits, {1}).to(torch::kCPU, torch::kFloat64);
    std::vector<std::int64_t> kept, chosen;
    for (std::size_t row = 0; row < open.size(); ++row) {
      const auto r = static_cast<std::int64_t>(row);
      const auto prompt = static_cast<std::size_t>(open[row]);
      const std::int64_t token =
          options.sampling ? draw_token(sampling_probabilities(allowed[r], *options.sampling), random[prompt])
                           : likeliest[r].item<std::int64_t>();
      out[prompt].ids.push_back(token);
      out[prompt].log_probability += logits[r][token].item<double>() - total[r].item<double>();
      if (std::find(options.stop_ids.begin(), options.stop_ids.end(), token) != options.stop_ids.end())
        continue;
      kept.push_back(r);
      chosen.push_back(token);
    }
    std::vector<std::int64_t> still;
    for (const std::int64_t r : kept) still.push_back(open[static_cast<std::size_t>(r)]);
    open = std::move(still);
    if (!open.empty() && step + 1 < options.most_tokens) next.go_on(kept, chosen);
  }
  return out;
}

}  // namespace neurox::model
