#include "neurox/attribute/over_baselines.h"

#include <algorithm>
#include <cmath>

namespace neurox::attribute {
namespace {

/// Mean of what `run()` gives at each baseline.
/// @param add  (sum, more): adds the one to the other
/// @param divide  (sum, number of baselines)
template <class Run, class Add, class Divide>
auto mean_over(Example& example, BaselineUse use, const Run& run, const Add& add, const Divide& divide) {
  if (use != BaselineUse::Each || example.baselines.size() < 2) return run();
  const torch::Tensor kept = example.baseline;
  example.baseline = example.baselines.front();
  auto sum = run();
  for (std::size_t b = 1; b < example.baselines.size(); ++b) {
    example.baseline = example.baselines[b];
    add(sum, run());
  }
  example.baseline = kept;
  divide(sum, static_cast<double>(example.baselines.size()));
  return sum;
}

void add_all(std::vector<double>& sum, const std::vector<double>& more) {
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
}

void divide_all(std::vector<double>& sum, double n) {
  for (double& x : sum) x /= n;
}

}  // namespace

RowAttribution over_baselines(const InputMethod& method, Example& example, const MethodOptions& options) {
  return mean_over(
      example, method.uses, [&] { return method.run(example, options); },
      [](RowAttribution& sum, const RowAttribution& more) {
        add_all(sum.values, more.values);
        for (std::size_t i = 0; i < sum.errors.size(); ++i)
          sum.errors[i] = std::hypot(sum.errors[i], more.errors[i]);
        sum.value += more.value;
        sum.baseline += more.baseline;
        sum.delta += more.delta;
        sum.steps = std::max(sum.steps, more.steps);
      },
      [](RowAttribution& sum, double n) {
        divide_all(sum.values, n);
        divide_all(sum.errors, n);
        sum.value /= n;
        sum.baseline /= n;
        sum.delta /= n;
      });
}

LayerAttribution over_baselines(const LayerMethod& method, Example& example, std::span<const Site> sites,
                                const MethodOptions& options) {
  return mean_over(
      example, method.uses, [&] { return method.run(example, sites, options); },
      [](LayerAttribution& sum, const LayerAttribution& more) {
        for (std::size_t s = 0; s < sum.values.size(); ++s) sum.values[s] = sum.values[s] + more.values[s];
        add_all(sum.baselines, more.baselines);
        add_all(sum.deltas, more.deltas);
        sum.value += more.value;
        sum.steps = std::max(sum.steps, more.steps);
      },
      [](LayerAttribution& sum, double n) {
        for (torch::Tensor& x : sum.values) x = x / n;
        divide_all(sum.baselines, n);
        divide_all(sum.deltas, n);
        sum.value /= n;
      });
}

RowPairs over_baselines(const PairMethod& method, Example& example, const MethodOptions& options) {
  return mean_over(
      example, method.uses, [&] { return method.run(example, options); },
      [](RowPairs& sum, const RowPairs& more) {
        sum.values += more.values;
        sum.value += more.value;
        sum.baseline += more.baseline;
        sum.delta += more.delta;
        sum.groups.clear();
      },
      [](RowPairs& sum, double n) {
        sum.values /= n;
        sum.value /= n;
        sum.baseline /= n;
        sum.delta /= n;
      });
}

std::vector<Faithfulness> judge_over_baselines(Example& example, std::span<const RowAttribution> attributions,
                                               std::uint64_t seed) {
  return mean_over(
      example, BaselineUse::Each, [&] { return judge(example, attributions, seed); },
      [](std::vector<Faithfulness>& sum, const std::vector<Faithfulness>& more) {
        for (std::size_t m = 0; m < sum.size(); ++m) {
          add_all(sum[m].comprehensiveness, more[m].comprehensiveness);
          add_all(sum[m].sufficiency, more[m].sufficiency);
          sum[m].mean_comprehensiveness += more[m].mean_comprehensiveness;
          sum[m].mean_sufficiency += more[m].mean_sufficiency;
        }
      },
      [](std::vector<Faithfulness>& sum, double n) {
        for (Faithfulness& f : sum) {
          divide_all(f.comprehensiveness, n);
          divide_all(f.sufficiency, n);
          f.mean_comprehensiveness /= n;
          f.mean_sufficiency /= n;
        }
      });
}

}  // namespace neurox::attribute
