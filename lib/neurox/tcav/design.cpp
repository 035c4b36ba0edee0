#include "neurox/tcav/design.h"

#include <algorithm>
#include <utility>

#include "neurox/core/error.h"
#include "neurox/core/random.h"

namespace neurox::tcav {
namespace {

std::vector<Index> pick(const std::vector<Index>& from, std::size_t count, std::uint64_t seed) {
  std::vector<Index> out;
  for (const std::size_t i : sample(from.size(), count, seed)) out.push_back(from[i]);
  return out;
}

}  // namespace

void Design::check_size(const ExampleSet& set, const char* what) const {
  const auto n = static_cast<Index>(set.examples.size());
  if (n < options_.minimum)
    throw input_error("{}: {} '{}' has {} example{} but at least {} are needed; give more or lower --minimum",
                      set.source, what, set.name, n, n == 1 ? "" : "s", options_.minimum);
}

std::size_t Design::add(const std::vector<Index>& examples, const std::vector<Index>& counterpart) {
  const std::uint64_t seed = Random::mix(options_.seed ^ Random::mix(tasks_.size() + 1));
  const std::size_t n = std::min(examples.size(), counterpart.size());
  tasks_.push_back({pick(examples, n, seed + 1), pick(counterpart, n, seed + 2), seed});
  return tasks_.size() - 1;
}

void Design::against_sets(const ExampleSet& concept_set, std::span<const ExampleSet> random) {
  if (random.size() < 3)
    throw usage_error(
        "{} random set{}: a score has to be held against several random vectors; give at least 3 --random "
        "files, or "
        "--random-from to draw them",
        random.size(), random.size() == 1 ? "" : "s");
  const std::size_t runs = options_.runs > 0 ? static_cast<std::size_t>(options_.runs) : random.size();
  if (runs > random.size() || runs < 2)
    throw usage_error(
        "{} runs with {} random sets: each set serves one run; give more sets, or --random-from", runs,
        random.size());
  check_size(concept_set, "concept");
  for (const ExampleSet& set : random) {
    check_size(set, "random set");
    if (examples_.texts(set) == examples_.texts(concept_set))
      throw input_error("concept '{}' equals its counterpart: {} and {} hold the same texts",
                        concept_set.name, concept_set.source, set.source);
  }
  if (controls_of_sets_.empty()) {
    for (std::size_t i = 0; i < random.size(); ++i) {
      const ExampleSet& next = random[(i + 1) % random.size()];
      if (examples_.texts(random[i]) == examples_.texts(next))
        throw input_error("random sets {} and {} hold the same texts", random[i].source, next.source);
      controls_of_sets_.push_back(add(random[i].examples, next.examples));
    }
  }
  Comparison comparison{concept_set.name, "random", {}, controls_of_sets_};
  for (std::size_t i = 0; i < runs; ++i)
    comparison.runs.push_back(add(concept_set.examples, random[i].examples));
  comparisons_.push_back(std::move(comparison));
}

void Design::against_draws(const ExampleSet& concept_set, const ExampleSet& pool) {
  if (options_.runs < 2) throw usage_error("{} runs: a test needs at least 2", options_.runs);
  check_size(concept_set, "concept");
  const std::size_t n = std::min(concept_set.examples.size(), pool.examples.size() / 2);
  if (static_cast<Index>(n) < options_.minimum)
    throw input_error(
        "{}: {} examples that are not of concept '{}': too few to draw two sets of at least {} from; is the "
        "concept "
        "its own counterpart?",
        pool.source, pool.examples.size(), concept_set.name, options_.minimum);
  Comparison comparison{concept_set.name, "random", {}, {}};
  for (int i = 0; i < options_.runs; ++i) {
    std::vector<Index> shuffled = pool.examples;
    Random random(Random::mix(options_.seed + 0x7ca5) ^ Random::mix(tasks_.size()));
    for (std::size_t k = 0; k < 2 * n; ++k)
      std::swap(shuffled[k], shuffled[k + random.below(shuffled.size() - k)]);
    const auto middle = shuffled.begin() + static_cast<std::ptrdiff_t>(n);
    const std::vector<Index> counterpart(shuffled.begin(), middle);
    const std::vector<Index> control(middle, middle + static_cast<std::ptrdiff_t>(n));
    comparison.runs.push_back(add(concept_set.examples, counterpart));
    comparison.controls.push_back(add(control, counterpart));
  }
  comparisons_.push_back(std::move(comparison));
}

void Design::against_concept(const ExampleSet& concept_set, const ExampleSet& other) {
  check_size(concept_set, "concept");
  check_size(other, "concept");
  if (examples_.texts(concept_set) == examples_.texts(other))
    throw input_error("concept '{}' equals its counterpart: {} and {} hold the same texts", concept_set.name,
                      concept_set.source, other.source);
  Comparison comparison{concept_set.name, other.name, {}, {}, true};
  for (const Comparison& before : comparisons_)
    if (before.name == concept_set.name && before.against == "random") {
      comparison.controls = before.controls;
      for (std::size_t i = 0; i < before.runs.size(); ++i)
        comparison.runs.push_back(add(concept_set.examples, other.examples));
    }
  comparisons_.push_back(std::move(comparison));
}

ExampleSet pool_without_texts(const Examples& examples, const ExampleSet& pool,
                              const ExampleSet& concept_set) {
  const std::vector<std::string> own = examples.texts(concept_set);
  ExampleSet out{pool.name, pool.source, {}};
  for (const Index i : pool.examples)
    if (!std::binary_search(own.begin(), own.end(), examples.text(i))) out.examples.push_back(i);
  return out;
}

ExampleSet pool_without_label(const Examples& examples, const ExampleSet& pool, const std::string& label) {
  ExampleSet out{pool.name, pool.source, {}};
  for (const Index i : pool.examples)
    if (examples.label_of(i) != label) out.examples.push_back(i);
  return out;
}

}  // namespace neurox::tcav
