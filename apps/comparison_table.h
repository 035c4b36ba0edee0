#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "compared_files.h"
#include "console.h"
#include "neurox/io/anndata.h"
#include "neurox/rank/comparison.h"
#include "neurox/rank/vote.h"
#include "neurox/rank/word_change.h"

namespace neurox::apps {

/// What a comparison of rankings found: a row per pair, what each ranking has in common with the others, and
/// what they say together.
class ComparisonTable {
 public:
  ComparisonTable(const NeuronAxis& axis, AgreementOptions options)
      : axis_(axis), options_(std::move(options)) {}

  /// Pairs of neurons' rankings with votes and consensus.
  void add(const ComparedSet& set);
  /// Pairs of the same rankings after merging neurons.
  void add_merged(const ComparedSet& set, const std::vector<Index>& group_of);
  /// Neurons that moved from the first ranking to each other one.
  void add_moved(const ComparedSet& set);

  /// How the words that neurons prefer changed, in the order given.
  void add_word_changes(const ComparedSet& set, const NeuronList& neurons, std::vector<WordChange> changes,
                        const std::function<std::string(std::int32_t)>& spell);

  /// obs: the pairs; uns: rankings, consensus, moved, word_changes. Neither X nor provenance.
  io::AnnData anndata() const;
  /// The consensus as a ranking: X, layers, var.
  io::AnnData consensus() const;
  void show(Console& console, int rows) const;

 private:
  struct Pair {
    std::string concept_name, unit, first, second;
    PairAgreement agreement;
  };
  struct Ranking {
    std::string concept_name, name, file, method, label, of;  ///< `of`: its own concept
    std::vector<double> mean_jaccard, vote, vote_of_others;   ///< per k; the last NaN for one ranking alone
    std::vector<Index> tied;
  };
  struct Together {
    std::string concept_name;
    Consensus votes;
    std::vector<std::string> names;
    std::vector<std::vector<Index>> places;  ///< per ranking and neuron, from 1
  };
  struct Moved {
    std::string concept_name, first, second;
    std::vector<MovedNeuron> neurons;
    std::int64_t kept = 0;  ///< in the first k of both
  };

  void add_pairs(const ComparedSet& set, const std::vector<ComparedRanking>& rankings,
                 const std::string& unit, const AgreementOptions& options);
  io::Tree word_figures() const;
  struct ChangedWords {
    std::string concept_name;
    Index neuron;
    double correlation, kept;
    std::string moved;
  };

  void show_map(Console& console, const Together& set) const;
  std::string address(Index neuron) const { return axis_.address(static_cast<std::size_t>(neuron)); }

  const NeuronAxis& axis_;
  AgreementOptions options_;
  std::vector<Pair> pairs_;
  std::vector<Ranking> rankings_;
  std::vector<Together> together_;
  std::vector<Moved> moved_;
  std::vector<ChangedWords> words_;
};

}  // namespace neurox::apps
