#include "neurox/rank/genetic_search.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "neurox/core/error.h"
#include "neurox/core/random.h"
#include "neurox/rank/gaussian_input.h"

namespace neurox {
namespace {

using NeuronSet = std::vector<Index>;  ///< ascending

void check_genetic(const RowSource& X, std::span<const int> y, const std::optional<GaussianHeldOut>& held_out,
                   const GeneticOptions& o) {
  if (o.count < 1 || o.count > X.cols()) throw usage_error("sets of {} neurons: 1 to {}", o.count, X.cols());
  if (o.population < 2) throw usage_error("a population of {}: at least 2", o.population);
  if (o.generations < 1) throw usage_error("{} generations: at least 1", o.generations);
  if (o.patience < 1) throw usage_error("patience is {}: at least 1", o.patience);
  if (o.tournament < 1) throw usage_error("tournaments of {}: at least 1", o.tournament);
  if (!(o.mutation >= 0 && o.mutation <= 1))
    throw usage_error("the mutation probability is {}: it must lie in [0, 1]", o.mutation);
  if (o.elite < 1 || o.elite >= o.population)
    throw usage_error("{} sets live on: 1 to {}", o.elite, o.population - 1);
  if (!held_out && on_held_out(o.criterion))
    throw usage_error("the criterion is on held-out tokens but there are none");
  if (held_out) check_gaussian_held_out(X, *held_out, check_gaussian_input(X.rows(), y, o.gaussian));
  const std::int64_t rows = X.rows() + (held_out ? held_out->X.rows() : 0);
  const std::int64_t bytes = 4 * rows * X.cols();
  if (bytes > o.gaussian.memory_bytes)
    throw usage_error(
        "a genetic search keeps {} tokens x {} neurons in memory, {} MB, but may take {} MB: name fewer "
        "neurons or sites, or give more memory",
        rows, X.cols(), bytes >> 20, o.gaussian.memory_bytes >> 20);
}

/// What sets are drawn from: neurons and numbers.
class SetDraw {
 public:
  SetDraw(std::vector<Index> neurons, const GeneticOptions& options)
      : neurons_(std::move(neurons)), options_(options), random_(options.seed) {}

  NeuronSet any() {
    NeuronSet set;
    fill(set, neurons_);
    return set;
  }

  /// The best of some, drawn with replacement from sets of which the best come first.
  const NeuronSet& parent(const std::vector<NeuronSet>& population) {
    std::size_t best = random_.below(population.size());
    for (int t = 1; t < options_.tournament; ++t) best = std::min(best, random_.below(population.size()));
    return population[best];
  }

  NeuronSet child(const NeuronSet& a, const NeuronSet& b) {
    NeuronSet both, either;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    std::set_symmetric_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either));
    fill(both, either);
    NeuronSet out;
    for (Index neuron : both)
      if (!chance(options_.mutation)) out.push_back(neuron);
    fill(out, neurons_);
    return out;
  }

 private:
  bool chance(double p) { return static_cast<double>(random_.next() >> 11) * 0x1p-53 < p; }

  /// Draws from `pool` until the set is full; it ends ascending.
  void fill(NeuronSet& set, const std::vector<Index>& pool) {
    while (static_cast<Index>(set.size()) < options_.count) {
      const Index neuron = pool[random_.below(pool.size())];
      if (std::find(set.begin(), set.end(), neuron) == set.end()) set.push_back(neuron);
    }
    std::sort(set.begin(), set.end());
  }

  std::vector<Index> neurons_;
  const GeneticOptions& options_;
  Random random_;
};

/// Tokens with all their neurons in memory, standardised.
struct TokensInMemory {
  MatrixF Z;
  std::span<const int> y;

  TokensInMemory(const RowSource& X, std::span<const int> labels, const Standardisation& stats)
      : Z(X.rows(), X.cols()), y(labels) {
    StandardRows(X, stats, 0).for_each_group([&](Index first, const MatrixFRef& group) {
      Z.middleRows(first, group.rows()) = group;
    });
  }
  StandardRows columns(const NeuronSet& set) const { return StandardRows(MatrixF(Z(Eigen::all, set))); }
};

GaussianInformation information_of(const TokensInMemory& tokens, const NeuronSet& set,
                                   const GaussianClasses& classes) {
  const StandardRows rows = tokens.columns(set);
  GaussianRows known(rows, tokens.y);
  for (Index a = 0; a < rows.cols(); ++a) known.add(a);
  return known.information(classes);
}

/// Scores sets on activations in memory, each once.
class SetScores {
 public:
  SetScores(const RowSource& X, std::span<const int> y, const std::optional<GaussianHeldOut>& held_out,
            const GeneticOptions& options)
      : options_(options),
        num_classes_(check_gaussian_input(X.rows(), y, options.gaussian)),
        stats_(measure_columns(X)),
        train_(X, y, stats_) {
    if (options_.gaussian.prior_dimension == 0) options_.gaussian.prior_dimension = X.cols();
    if (held_out) held_.emplace(held_out->X, held_out->y, stats_);
  }

  std::vector<Index> varying() const {
    std::vector<Index> neurons;
    for (Index j = 0; j < stats_.mean.size(); ++j)
      if (!std::binary_search(stats_.dead.begin(), stats_.dead.end(), j)) neurons.push_back(j);
    return neurons;
  }

  /// Calls `f(Gaussians on the set)`.
  template <class F>
  auto with(const NeuronSet& set, const F& f) const {
    const StandardRows rows = train_.columns(set);
    GaussianClasses classes(rows, train_.y, num_classes_, options_.gaussian);
    for (Index a = 0; a < rows.cols(); ++a) classes.add(a);
    return f(classes);
  }

  double score(const NeuronSet& set) const {
    return with(set, [&](const GaussianClasses& classes) {
      const TokensInMemory& tokens = on_held_out(options_.criterion) ? *held_ : train_;
      return criterion_of(information_of(tokens, set, classes), options_.criterion);
    });
  }

  void describe(GeneticResult& result) const {
    with(result.best, [&](const GaussianClasses& classes) {
      result.train = information_of(train_, result.best, classes);
      if (held_) result.held_out = information_of(*held_, result.best, classes);
      return 0;
    });
  }

  /// Scores those that are not known yet, in parallel.
  void learn(const std::vector<NeuronSet>& sets) {
    std::vector<NeuronSet> unknown;
    for (const NeuronSet& set : sets)
      if (known_.emplace(set, 0).second) unknown.push_back(set);
    std::vector<double> values(unknown.size());
    tbb::parallel_for(std::size_t{0}, unknown.size(), [&](std::size_t i) { values[i] = score(unknown[i]); });
    for (std::size_t i = 0; i < unknown.size(); ++i) known_[unknown[i]] = values[i];
  }

  double known(const NeuronSet& set) const { return known_.at(set); }
  std::int64_t evaluated() const { return static_cast<std::int64_t>(known_.size()); }

 private:
  GeneticOptions options_;
  int num_classes_;
  Standardisation stats_;
  TokensInMemory train_;
  std::optional<TokensInMemory> held_;
  std::map<NeuronSet, double> known_;
};

/// Best sets first; equal ones in the order of their neurons.
void sort_population(std::vector<NeuronSet>& population, const SetScores& scores) {
  std::sort(population.begin(), population.end(), [&](const NeuronSet& a, const NeuronSet& b) {
    const double x = scores.known(a), y = scores.known(b);
    return x != y ? x > y : a < b;
  });
}

}  // namespace

GeneticResult search_genetic(const RowSource& X, std::span<const int> y,
                             const std::optional<GaussianHeldOut>& held_out, const GeneticOptions& options) {
  check_genetic(X, y, held_out, options);
  SetScores scores(X, y, held_out, options);
  std::vector<Index> neurons = scores.varying();
  if (static_cast<Index>(neurons.size()) < options.count)
    throw input_error("sets of {} neurons are asked for but only {} neurons vary", options.count,
                      neurons.size());
  SetDraw draw(std::move(neurons), options);
  GeneticResult result;
  std::vector<NeuronSet> population;
  for (int i = 0; i < options.population; ++i) population.push_back(draw.any());
  Progress* progress = options.gaussian.progress;
  if (progress != nullptr) progress->stage("evolve", options.generations, "generations");
  int without_gain = 0;
  for (int generation = 0;; ++generation) {
    scores.learn(population);
    sort_population(population, scores);
    const double best = scores.known(population.front());
    double sum = 0;
    for (const NeuronSet& set : population) sum += scores.known(set);
    without_gain =
        result.best_by_generation.empty() || best > result.best_by_generation.back() ? 0 : without_gain + 1;
    result.best_by_generation.push_back(best);
    result.mean_by_generation.push_back(sum / options.population);
    if (progress != nullptr) progress->advance_to(generation);
    if (generation == options.generations || without_gain == options.patience) break;
    std::vector<NeuronSet> next(population.begin(), population.begin() + options.elite);
    while (static_cast<int>(next.size()) < options.population) {
      const NeuronSet& mother = draw.parent(population);
      const NeuronSet& father = draw.parent(population);
      next.push_back(draw.child(mother, father));
    }
    population = std::move(next);
  }
  result.best = population.front();
  result.criterion = scores.known(result.best);
  scores.describe(result);
  result.contribution.resize(options.count);
  for (Index a = 0; a < options.count; ++a) {
    NeuronSet without = result.best;
    without.erase(without.begin() + a);
    result.contribution(a) = result.criterion - scores.score(without);
  }
  result.frequency = VectorD::Zero(X.cols());
  for (const NeuronSet& set : population)
    for (Index neuron : set) result.frequency(neuron) += 1.0 / options.population;
  result.evaluated = scores.evaluated();
  return result;
}

}  // namespace neurox
