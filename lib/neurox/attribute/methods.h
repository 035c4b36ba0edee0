#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "neurox/attribute/archipelago.h"
#include "neurox/attribute/example.h"
#include "neurox/attribute/faithfulness.h"
#include "neurox/attribute/layer_gradients.h"
#include "neurox/core/matrix.h"

namespace neurox::attribute {

/// How the numbers of a word (embedding dimensions, pieces) become one.
enum class Join {
  Sum,  ///< keeps sum rules
  L2    ///< Euclidean norm, without sign
};

/// The neuron by way of which words are asked for what they do.
struct Through {
  Site site;
  std::int64_t neuron = 0;
  std::int64_t word = -1;  ///< of the first text; -1: at all tokens
};

struct MethodOptions {
  Join join = Join::Sum;
  Rule rule = Rule::GaussLegendre;
  int steps = 50;
  double tolerance =
      0.01;  ///< relative to f(x) - f(x'): steps are doubled until a sum rule holds; 0: as they are
  int most_steps = 1600;
  int samples = 0;  ///< of noise, baselines, orders or coalitions; 0: the method's own default
  double noise = 0.1;
  int window = 1, stride = 1;
  int merged_pairs = 5;                 ///< ArchAttribute: of how many of the strongest pairs groups are made
  std::optional<Through> through = {};  ///< of neuron conductance
  std::uint64_t seed = 0;
  bool captum = false;
};

/// Attributions of an example's rows.
struct RowAttribution {
  std::vector<double> values;  ///< per row of the example; 0 where the method leaves a row out
  std::vector<double> errors;  ///< standard errors, or empty
  double value = 0;            ///< f(x)
  double baseline = 0;         ///< NaN: the method has none
  double delta = 0;            ///< NaN: promises no sum
  int steps = 1;
};

/// Attributions of pairs of an example's rows: symmetric, on the diagonal what a row does alone.
struct RowPairs {
  MatrixD values;
  double value = 0, baseline = 0;
  double delta = 0;
  std::vector<GroupEffect> groups = {};  ///< rows that belong together (ArchAttribute), of one baseline
};

/// What a method does with an example's baselines.
enum class BaselineUse {
  Each,  ///< takes one; with several, the mean over them is meant (over_baselines.h)
  All,   ///< draws from them all
  None
};

/// What the slopes of a method are multiplied by.
enum class Factor { None, Input, Change };  ///< nothing, x, x - x'

struct InputMethod {
  std::string_view name, summary;
  Join join;  ///< unless the caller wants another: the sum of a bare gradient over an embedding says nothing
  RowAttribution (*run)(const Example&, const MethodOptions&);
  BaselineUse uses = BaselineUse::Each;
  /// Before the numbers of a word are joined; nullptr where the method knows words only.
  InputAttribution (*of_embeddings)(const Example&, const MethodOptions&) = nullptr;
  Factor factor = Factor::None;  ///< of `of_embeddings`
};
struct LayerMethod {
  std::string_view name, summary;
  LayerAttribution (*run)(const Example&, std::span<const Site>, const MethodOptions&);
  BaselineUse uses = BaselineUse::Each;
};
struct PairMethod {
  std::string_view name, summary;
  RowPairs (*run)(const Example&, const MethodOptions&);
  BaselineUse uses = BaselineUse::Each;
};

/// The tables of methods: words of the input, neurons of sites, pairs of words.
std::span<const InputMethod> input_methods();
std::span<const LayerMethod> layer_methods();
std::span<const PairMethod> pair_methods();

/// How faithful attributions of words are to the target: one for each, and then one of random scores (ten
/// draws). Absent words are the baseline's embeddings; shares are ERASER's up to a half (5, 10, 20 and 50 %).
std::vector<Faithfulness> judge(const Example& example, std::span<const RowAttribution> attributions,
                                std::uint64_t seed);

/// Sums an attribution of embeddings (#tokens x width) to rows, as `join` says.
std::vector<double> join_rows(const torch::Tensor& values, const Example& example, Join join);

}  // namespace neurox::attribute
