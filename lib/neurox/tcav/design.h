#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "neurox/tcav/examples.h"

namespace neurox::tcav {

/// One concept vector to be trained: these examples against those.
struct VectorTask {
  std::vector<Index> examples, counterpart;
  std::uint64_t seed = 0;  ///< of the split
};

/// One concept's vectors and the random ones that they are held against, as positions among the tasks.
struct Comparison {
  std::string name;
  std::string against;  ///< `random`, or the other concept
  std::vector<std::size_t> runs, controls;
  bool resampled = false;  ///< the runs are splits of the same examples, so not independent
};

struct DesignOptions {
  Index minimum = 10;  ///< examples on either side
  int runs = 0;        ///< 0: one per random set; of draws: as given
  std::uint64_t seed = 0;
};

/// What is trained against what.
///
/// Both sides of a task are of one size: the larger is sampled down.
class Design {
 public:
  Design(const Examples& examples, DesignOptions options) : examples_(examples), options_(options) {}

  /// Run i: the concept against random set i. Control i: random set i against set i + 1 (after the last comes
  /// the first).
  /// @throws Error{Usage} for fewer than 3 sets or more runs than sets; Error{Input} for a set below the
  /// minimum, a concept equal to a random set, or two equal random sets
  void against_sets(const ExampleSet& concept_set, std::span<const ExampleSet> random);

  /// Run i: n examples of the concept against n drawn from the pool. Control i: n others of the pool against
  /// the same n. n is the size of the concept or half of the pool, whichever is less.
  /// @param pool  examples that are none of the concept's
  /// @throws Error{Usage} for fewer than 2 runs; Error{Input} when the concept or n is below the minimum
  void against_draws(const ExampleSet& concept_set, const ExampleSet& pool);

  /// Relative vectors: the concept against another concept, or all others together, in splits of their own.
  /// The controls are those of the comparison with random sets that was made for this concept before.
  /// @throws Error{Input} when the two are equal or below the minimum
  void against_concept(const ExampleSet& concept_set, const ExampleSet& other);

  const std::vector<VectorTask>& tasks() const { return tasks_; }
  const std::vector<Comparison>& comparisons() const { return comparisons_; }

 private:
  void check_size(const ExampleSet& set, const char* what) const;
  std::size_t add(const std::vector<Index>& examples, const std::vector<Index>& counterpart);

  const Examples& examples_;
  DesignOptions options_;
  std::vector<VectorTask> tasks_;
  std::vector<Comparison> comparisons_;
  std::vector<std::size_t> controls_of_sets_;  ///< made once for all concepts
};

/// The pool without the concept's own texts (or, where examples carry labels, without words of the label
/// `name`).
ExampleSet pool_without_texts(const Examples& examples, const ExampleSet& pool,
                              const ExampleSet& concept_set);
ExampleSet pool_without_label(const Examples& examples, const ExampleSet& pool, const std::string& label);

}  // namespace neurox::tcav
