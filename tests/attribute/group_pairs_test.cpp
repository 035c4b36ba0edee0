#include "neurox/attribute/group_pairs.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "neurox/attribute/integrated_hessians.h"
#include "neurox/attribute/interactions.h"
#include "neurox/core/selection.h"
#include "sentences.h"
#include "support.h"

/// Which neurons count together, on small random networks in double precision.
namespace neurox::attribute {
namespace {

using neurox::testing::five_ids, neurox::testing::refusal;
using torch::Tensor;

class GroupPairs : public ::testing::Test {
 protected:
  GroupPairs() {
    at::set_num_threads(1);
    model_.emplace(model::Model::load(std::filesystem::path(NEUROX_TESTDATA) / "models" / "bert-sequence",
                                      {.dtype = torch::kFloat64}));
    const torch::NoGradGuard no_gradients;
    const model::Batch sentence = model::Batch::of({five_ids});
    example_.baseline = at::zeros_like(model_->embed(sentence));
    example_.baselines = {example_.baseline};
    example_.function = std::make_unique<SentenceFunction>(*model_, sentence, Target{.index = 1}, 16 << 20);
  }
  NeuronAxis chosen(const char* pattern) const {
    const NeuronAxis all = all_neurons(model_->sites());
    return within_own_sites(select(all, select_neurons(pattern, all)));
  }
  RowPairs run(const std::string& method, const NeuronAxis& axis, const std::vector<NeuronGroup>& groups,
               const MethodOptions& options = {}) {
    const std::vector<double> zeros(axis.size(), 0.0);
    const std::vector<Edits> edits = edits_of_groups(axis, groups, zeros);
    for (const GroupPairMethod& m : group_pair_methods())
      if (m.name == method) return m.run(example_, {axis, groups, edits}, options);
    throw std::runtime_error(method);
  }
  /// f with these groups set to zero.
  double without(const NeuronAxis& axis, const std::vector<NeuronGroup>& groups,
                 const std::vector<std::size_t>& absent) {
    std::vector<model::Hooks::Guard> guards;
    for (const std::size_t g : absent)
      for (const std::int64_t n : groups[g].neurons)
        guards.push_back(example_.function->edit(
            *parse_site(axis.site(static_cast<std::size_t>(n))), [&axis, n](const Tensor& x) {
              Tensor y = x.clone();
              y.select(1, axis.neurons[static_cast<std::size_t>(n)].index).zero_();
              return y;
            }));
    return example_.function->value(example_.function->embeddings());
  }
  std::optional<model::Model> model_;
  Example example_;
};

TEST_F(GroupPairs, TwoNeuronsByHand) {
  const NeuronAxis axis = chosen("mlp_post@0:3,mlp_post@1:7");
  const auto groups = group_neurons(axis, "neuron");
  const double all = without(axis, groups, {}), first = without(axis, groups, {1}),
               second = without(axis, groups, {0}), none = without(axis, groups, {0, 1});
  const double together = all - first - second + none;
  const RowPairs taylor = run("shapley-taylor", axis, groups);
  EXPECT_NEAR(taylor.values(0, 1), together, 1e-12);
  EXPECT_NEAR(taylor.values(0, 0), first - none, 1e-12);
  EXPECT_NEAR(taylor.delta, 0, 1e-12);
  EXPECT_NEAR(run("shapley-interaction", axis, groups).values(1, 0), together, 1e-12);
  const RowPairs arch = run("arch-detect", axis, groups);
  EXPECT_NEAR(arch.values(0, 1), together * together, 1e-12) << "both contexts are one";
  ASSERT_EQ(arch.groups.size(), 1U);
  EXPECT_EQ(arch.groups[0].players, (std::vector<std::size_t>{0, 1}));
  EXPECT_NEAR(arch.groups[0].effect, all - none, 1e-12);
}
TEST_F(GroupPairs, HeadsOfABlockSumToWhatTheyAreWorth) {
  const NeuronAxis axis = chosen("attn_z@1");
  const auto groups = group_neurons(axis, "head");
  const RowPairs found = run("shapley-taylor", axis, groups);
  double sum = 0;
  for (Index i = 0; i < found.values.rows(); ++i)
    for (Index j = i; j < found.values.cols(); ++j) sum += found.values(i, j);
  EXPECT_NEAR(sum, found.value - found.baseline, 1e-10);
  EXPECT_NEAR(found.value, without(axis, groups, {}), 1e-12);
}
TEST_F(GroupPairs, HessiansSumToTheChangeAlongTheLineAndAreThoseOfFiniteDifferences) {
  const NeuronAxis axis = chosen("resid_post@0:2,5-6");
  const auto groups = group_neurons(axis, "neuron");
  const RowPairs found = run("integrated-hessians", axis, groups, {.steps = 128, .tolerance = 0});
  ASSERT_EQ(found.values.rows(), 4) << "three neurons and all others";
  double sum = 0;
  for (Index i = 0; i < 4; ++i)
    for (Index j = i; j < 4; ++j) sum += found.values(i, j);
  EXPECT_NEAR(sum, found.value - found.baseline, 2e-3 * std::abs(found.value - found.baseline));
  EXPECT_NEAR(found.delta, sum - (found.value - found.baseline), 1e-9);

  // A neuron with a neuron: the mixed second derivative along both, by differences, over the same nodes.
  const SentenceFunction& f = *example_.function;
  const Site site{SiteKind::ResidPost, 0};
  const Tensor x = f.activations(f.embeddings(), {&site, 1})[0],
               from = f.activations(example_.baseline, {&site, 1})[0];
  const Tensor way = x - from;
  const auto alone = [&](std::int64_t neuron) {
    Tensor v = at::zeros_like(way);
    v.select(1, neuron).copy_(way.select(1, neuron));
    return v;
  };
  const Tensor a = alone(2), b = alone(5);
  const Quadrature rule = quadrature(Rule::GaussLegendre, 16);
  constexpr double h = 1e-3;
  double expected = 0;
  for (std::size_t k = 0; k < rule.nodes.size(); ++k) {
    const double t = rule.nodes[k], p = t * t, weight = -4 * t * std::log(t) * rule.weights[k];
    const auto at = [&](double i, double j) {
      return f.values_at(site, (from + p * way + i * h * a + j * h * b).unsqueeze(0)).item<double>();
    };
    expected += 2 * weight * p * (at(1, 1) - at(1, -1) - at(-1, 1) + at(-1, -1)) / (4 * h * h);
  }
  const RowPairs coarse = run("integrated-hessians", axis, groups, {.steps = 16, .tolerance = 0});
  EXPECT_NEAR(coarse.values(0, 1), expected, 1e-5 * std::max(1.0, std::abs(expected)));
}
TEST_F(GroupPairs, HessiansOfTwoSitesAreRefused) {
  const NeuronAxis axis = chosen("mlp_post@0:3,mlp_post@1:7");
  const auto groups = group_neurons(axis, "neuron");
  EXPECT_NE(refusal([&] { run("integrated-hessians", axis, groups); }).find("neurons of 2 sites"),
            std::string::npos);
}

}  // namespace
}  // namespace neurox::attribute
