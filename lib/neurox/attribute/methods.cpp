#include "neurox/attribute/methods.h"

#include <cmath>

#include "neurox/attribute/attention_graph.h"
#include "neurox/attribute/decomposition.h"
#include "neurox/attribute/lime.h"
#include "neurox/attribute/method_settings.h"
#include "neurox/attribute/shapley.h"
#include "neurox/attribute/word_game.h"
#include "neurox/core/error.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

RowAttribution rows_of(const InputAttribution& a, const Example& example, const MethodOptions& o) {
  RowAttribution out{join_rows(a.values, example, o.join), {}, a.value, a.baseline, a.delta, a.steps};
  if (o.join != Join::Sum) out.delta = no_value;
  return out;
}

template <auto method>
InputAttribution bare(const Example& e, const MethodOptions&) {
  return method(*e.function);
}
template <NoiseOptions::Join join>
InputAttribution smooth(const Example& e, const MethodOptions& o) {
  return smooth_grad(*e.function, noise_options(o, join));
}
InputAttribution along_the_path(const Example& e, const MethodOptions& o) {
  return integrated_gradients(*e.function, e.baseline, path_options(o));
}
InputAttribution through_a_neuron(const Example& e, const MethodOptions& o) {
  if (!o.through)
    throw usage_error("neuron-conductance: which neuron? give --through, e.g. --through mlp_post@3:17");
  std::vector<std::int64_t> places;
  if (o.through->word >= 0) {
    for (const ExampleRow& row : e.rows)
      if (!row.special && row.sequence == 0 && row.position == o.through->word)
        places.insert(places.end(), row.places.begin(), row.places.end());
    if (places.empty()) throw input_error("{}: no word {} (from 0)", e.where, o.through->word);
  }
  return neuron_conductance(*e.function, e.baseline, o.through->site, places, o.through->neuron,
                            path_options(o));
}
InputAttribution expected_of(const Example& e, const MethodOptions& o) {
  return expected_gradients(*e.function, at::stack(e.baselines), expected_options(o));
}
template <auto of_embeddings>
RowAttribution joined(const Example& e, const MethodOptions& o) {
  return rows_of(of_embeddings(e, o), e, o);
}

/// A game whose coalitions can all be tried.
WordGame enumerable_game(const Example& e) {
  WordGame w = WordGame::of(e);
  if (w.rows.size() > most_enumerable)
    throw usage_error(
        "{}: {} words have 2^{} subsets, too many to try (at most {} words); take --method sampled-shapley "
        "or "
        "kernel-shap",
        e.where, w.rows.size(), w.rows.size(), most_enumerable);
  return w;
}

RowAttribution exact_shapley(const Example& e, const MethodOptions&) {
  WordGame w = enumerable_game(e);
  return w.spread(shapley(w.game), e, true);
}
RowAttribution exact_banzhaf(const Example& e, const MethodOptions&) {
  WordGame w = enumerable_game(e);
  return w.spread(banzhaf(w.game), e, false);
}
RowAttribution permuted_shapley(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  return w.spread(sampled_shapley(w.game, {.permutations = o.samples > 0 ? o.samples : 25, .seed = o.seed}),
                  e, true);
}
RowAttribution kernel(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  return w.spread(kernel_shap(w.game, {.samples = o.samples > 0 ? o.samples : 2048, .seed = o.seed}), e,
                  true);
}
RowAttribution occlude(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  const OcclusionOptions windows{.window = static_cast<std::size_t>(o.window),
                                 .stride = static_cast<std::size_t>(o.stride)};
  return w.spread(leave_out(w.game, windows), e, false);
}
RowAttribution surrogate(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  const LimeFit fit = lime(w.game, {.samples = o.samples > 0 ? o.samples : 1000, .seed = o.seed});
  return w.spread({fit.coefficients, {}, w.game.none(), w.game.all()}, e, false);
}

using enum NoiseOptions::Join;

constexpr InputMethod inputs[] = {
    {"saliency", "gradient, signed", Join::L2, joined<bare<saliency>>, BaselineUse::None, bare<saliency>},
    {"input-x-gradient", "embedding times gradient", Join::Sum, joined<bare<input_x_gradient>>,
     BaselineUse::None, bare<input_x_gradient>, Factor::Input},
    {"smoothgrad", "mean gradient under noise", Join::L2, joined<smooth<Mean>>, BaselineUse::None,
     smooth<Mean>},
    {"smoothgrad-squared", "mean squared gradient under noise", Join::L2, joined<smooth<Square>>,
     BaselineUse::None, smooth<Square>},
    {"vargrad", "variance of the gradient under noise", Join::L2, joined<smooth<Variance>>, BaselineUse::None,
     smooth<Variance>},
    {"integrated-gradients", "gradients along the line from the baseline; sums to f(x) - f(x')", Join::Sum,
     joined<along_the_path>, BaselineUse::Each, along_the_path, Factor::Change},
    {"neuron-conductance", "what words do to the target by way of one neuron (--through)", Join::Sum,
     joined<through_a_neuron>, BaselineUse::Each, through_a_neuron, Factor::Change},
    {"expected-gradients", "gradients at random places of that line (GradientShap)", Join::Sum,
     joined<expected_of>, BaselineUse::All, expected_of, Factor::Change},
    {"occlusion", "what is lost when a word is left out (--window, --stride)", Join::Sum, occlude},
    {"lime", "coefficients of a linear surrogate", Join::Sum, surrogate},
    {"shapley", "Shapley values of the words, exact, up to 14", Join::Sum, exact_shapley},
    {"banzhaf", "Banzhaf values of the words, exact, up to 14", Join::Sum, exact_banzhaf},
    {"sampled-shapley", "Shapley values from random orders, with standard errors", Join::Sum,
     permuted_shapley},
    {"kernel-shap", "Shapley values by weighted least squares", Join::Sum, kernel},
    {"lrp", "layer-wise relevance, attention and norms held; sums to f(x) less what biases give", Join::Sum,
     relevance_of_rows, BaselineUse::None},
    {"contextual-decomposition", "a word's share in the logit, activations split by Shapley values",
     Join::Sum, decomposition_of_rows, BaselineUse::None},
    {"attention-rollout", "share of each word in the target's position, by products of attention", Join::Sum,
     rollout_of_rows, BaselineUse::None},
    {"attention-flow", "the same by maximum flow", Join::Sum, flow_of_rows, BaselineUse::None},
};

}  // namespace

std::span<const InputMethod> input_methods() {
  return inputs;
}

std::vector<Faithfulness> judge(const Example& example, std::span<const RowAttribution> attributions,
                                std::uint64_t seed) {
  constexpr double shares[] = {0.05, 0.1, 0.2, 0.5};
  WordGame w = WordGame::of(example);
  std::vector<Faithfulness> out;
  for (const RowAttribution& a : attributions) {
    std::vector<double> scores;
    for (const std::size_t r : w.rows) scores.push_back(a.values[r]);
    out.push_back(faithfulness(w.game, scores, shares));
  }
  out.push_back(random_faithfulness(w.game, shares, 10, seed));
  return out;
}

std::vector<double> join_rows(const Tensor& values, const Example& example, Join join) {
  const Tensor x = values.to(torch::kCPU, torch::kFloat64);
  const Tensor each = (join == Join::Sum ? x.sum(1) : x.square().sum(1)).contiguous();
  const auto of_token = each.accessor<double, 1>();
  std::vector<double> out;
  for (const ExampleRow& row : example.rows) {
    double sum = 0;
    for (const std::int64_t p : row.places) sum += of_token[p];
    out.push_back(join == Join::Sum ? sum : std::sqrt(sum));
  }
  return out;
}

}  // namespace neurox::attribute
