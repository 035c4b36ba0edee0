#include "neurox/attribute/methods.h"

#include <cmath>
#include <utility>

#include "neurox/attribute/archipelago.h"
#include "neurox/attribute/attention_graph.h"
#include "neurox/attribute/decomposition.h"
#include "neurox/attribute/direct_logit.h"
#include "neurox/attribute/integrated_hessians.h"
#include "neurox/attribute/interactions.h"
#include "neurox/attribute/lime.h"
#include "neurox/attribute/players.h"
#include "neurox/attribute/shapley.h"
#include "neurox/core/no_value.h"

namespace neurox::attribute {
namespace {

using torch::Tensor;

PathOptions path(const MethodOptions& o) {
  return {.rule = o.rule, .steps = o.steps, .tolerance = o.tolerance, .most_steps = o.most_steps};
}

NoiseOptions noise(const MethodOptions& o, NoiseOptions::Join join, bool times_input = false) {
  return {.join = join,
          .times_input = times_input,
          .deviation = o.noise,
          .samples = o.samples > 0 ? o.samples : 25,
          .seed = o.seed};
}

ExpectedOptions expected(const MethodOptions& o) {
  return {.samples = o.samples > 0 ? o.samples : 50, .seed = o.seed};
}

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
  return smooth_grad(*e.function, noise(o, join));
}
InputAttribution along_the_path(const Example& e, const MethodOptions& o) {
  return integrated_gradients(*e.function, e.baseline, path(o));
}
InputAttribution expected_of(const Example& e, const MethodOptions& o) {
  return expected_gradients(*e.function, at::stack(e.baselines), expected(o));
}
template <auto of_embeddings>
RowAttribution joined(const Example& e, const MethodOptions& o) {
  return rows_of(of_embeddings(e, o), e, o);
}

/// Words as players, special tokens always there.
struct WordGame {
  std::vector<std::size_t> rows;  ///< of each player
  Game game;

  static WordGame of(const Example& e) {
    std::vector<std::size_t> rows;
    Players players;
    for (std::size_t r = 0; r < e.rows.size(); ++r) {
      if (e.rows[r].special) continue;
      rows.push_back(r);
      players.push_back(e.rows[r].places);
    }
    const std::size_t n = rows.size();
    return {std::move(rows), Game(n, baseline_words(*e.function, players, e.baseline))};
  }
  RowAttribution spread(const PlayerValues& p, const Example& e, bool complete) const {
    RowAttribution out{std::vector<double>(e.rows.size(), 0.0), {}, p.all, p.none, no_value, 1};
    if (!p.errors.empty()) out.errors.assign(e.rows.size(), 0.0);
    double sum = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out.values[rows[i]] = p.values[i];
      if (!p.errors.empty()) out.errors[rows[i]] = p.errors[i];
      sum += p.values[i];
    }
    if (complete) out.delta = sum - (p.all - p.none);
    return out;
  }
};

RowAttribution exact_shapley(const Example& e, const MethodOptions&) {
  WordGame w = WordGame::of(e);
  return w.spread(shapley(w.game), e, true);
}
RowAttribution exact_banzhaf(const Example& e, const MethodOptions&) {
  WordGame w = WordGame::of(e);
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

LayerAttribution of_layer(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return layer_gradient(*e.function, sites);
}
LayerAttribution times_activation(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return activation_x_gradient(*e.function, sites);
}
template <NoiseOptions::Join join>
LayerAttribution layer_smooth(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_smooth_grad(*e.function, sites, noise(o, join));
}
LayerAttribution conducted(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return conductance(*e.function, e.baseline, sites,
                     {.steps = o.steps,
                      .tolerance = o.captum ? 0 : o.tolerance,
                      .most_steps = o.most_steps,
                      .captum = o.captum});
}
LayerAttribution influence(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return internal_influence(*e.function, e.baseline, sites, path(o));
}
LayerAttribution line_in_layer(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_integrated_gradients(*e.function, e.baseline, sites, path(o));
}
LayerAttribution expected_in_layer(const Example& e, std::span<const Site> sites, const MethodOptions& o) {
  return layer_expected_gradients(*e.function, at::stack(e.baselines), sites, expected(o));
}
LayerAttribution written_to_logit(const Example& e, std::span<const Site> sites, const MethodOptions&) {
  return direct_logit(*e.function, sites);
}

RowPairs hessians(const Example& e, const MethodOptions& o) {
  const PairAttribution a = integrated_hessians(
      *e.function, e.baseline, {.nodes = o.steps, .tolerance = o.tolerance, .most_nodes = o.most_steps});
  std::vector<std::vector<std::int64_t>> words;
  for (const ExampleRow& row : e.rows) words.push_back(row.places);
  const Tensor joined = join_pairs(a.values, words).contiguous();
  RowPairs out{MatrixD(joined.size(0), joined.size(1)), a.value, a.baseline, a.delta};
  const auto x = joined.accessor<double, 2>();
  // A pair's effect is the sum of both entries; each half of the matrix shows the whole.
  for (Index i = 0; i < out.values.rows(); ++i)
    for (Index j = 0; j < out.values.cols(); ++j) out.values(i, j) = i == j ? x[i][i] : x[i][j] + x[j][i];
  return out;
}

RowPairs spread_pairs(const WordGame& w, const Example& e, const MatrixD& pairs) {
  const auto n = static_cast<Index>(e.rows.size());
  RowPairs out{MatrixD::Zero(n, n), 0, 0, no_value};
  for (std::size_t i = 0; i < w.rows.size(); ++i)
    for (std::size_t j = 0; j < w.rows.size(); ++j)
      out.values(static_cast<Index>(w.rows[i]), static_cast<Index>(w.rows[j])) =
          pairs(static_cast<Index>(i), static_cast<Index>(j));
  return out;
}

template <InteractionIndex index>
RowPairs interaction(const Example& e, const MethodOptions& o) {
  WordGame w = WordGame::of(e);
  const bool exact = o.samples == 0 && w.game.players() <= most_enumerable;
  const SampledInteractionOptions sampling{.rounds = o.samples > 0 ? o.samples : 50, .seed = o.seed};
  const PairValues p = exact ? interactions(w.game, index)
                       : index == InteractionIndex::ShapleyTaylor
                           ? sampled_shapley_taylor(w.game, sampling)
                           : sampled_shapley_interaction(w.game, sampling);
  RowPairs out = spread_pairs(w, e, p.values);
  out.value = p.all;
  out.baseline = p.none;
  if (index == InteractionIndex::ShapleyTaylor) out.delta = p.sum() - (p.all - p.none);
  return out;
}

RowPairs arch(const Example& e, const MethodOptions&) {
  WordGame w = WordGame::of(e);
  const auto n = static_cast<Index>(w.rows.size());
  MatrixD pairs = MatrixD::Zero(n, n);
  for (const PairStrength& p : arch_detect(w.game))
    pairs(static_cast<Index>(p.first), static_cast<Index>(p.second)) =
        pairs(static_cast<Index>(p.second), static_cast<Index>(p.first)) = p.strength;
  for (Index i = 0; i < n; ++i) {
    Coalition alone(w.rows.size(), false);
    alone[static_cast<std::size_t>(i)] = true;
    pairs(i, i) = w.game.value(alone) - w.game.none();
  }
  RowPairs out = spread_pairs(w, e, pairs);
  out.value = w.game.all();
  out.baseline = w.game.none();
  return out;
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

constexpr LayerMethod layers[] = {
    {"conductance", "the flow of the input path through each neuron; one sweep for all sites", conducted},
    {"gradient", "gradient of the target by the activation", of_layer, BaselineUse::None},
    {"activation-x-gradient", "activation times gradient", times_activation, BaselineUse::None},
    {"smoothgrad", "mean gradient under noise at the input", layer_smooth<Mean>, BaselineUse::None},
    {"vargrad", "variance of the gradient under noise at the input", layer_smooth<Variance>,
     BaselineUse::None},
    {"internal-influence", "mean gradient along the input path", influence},
    {"integrated-gradients", "along the straight line in the layer itself", line_in_layer},
    {"expected-gradients", "at random places of that line", expected_in_layer, BaselineUse::All},
    {"direct-logit", "what neurons, heads and blocks write into the target's logit", written_to_logit,
     BaselineUse::None},
};

constexpr PairMethod pairs_[] = {
    {"integrated-hessians", "second derivatives along the line from the baseline", hessians},
    {"shapley-interaction", "Shapley interaction index", interaction<InteractionIndex::Shapley>},
    {"shapley-taylor", "Shapley-Taylor index of order 2; sums to f(x) - f(x')",
     interaction<InteractionIndex::ShapleyTaylor>},
    {"arch-detect", "Archipelago's strength of each pair", arch},
};

}  // namespace

std::span<const InputMethod> input_methods() {
  return inputs;
}
std::span<const LayerMethod> layer_methods() {
  return layers;
}
std::span<const PairMethod> pair_methods() {
  return pairs_;
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
