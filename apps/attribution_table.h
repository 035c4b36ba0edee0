#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "console.h"
#include "neurox/attribute/methods.h"
#include "neurox/attribute/neuron_scores.h"
#include "neurox/io/anndata.h"
#include "neurox/io/corpus.h"
#include "neurox/io/provenance.h"
#include "parts_table.h"

namespace neurox::apps {

/// What was explained of each sentence and how well the sum rule held: a table in uns/examples.
class ExampleTable {
 public:
  void add(const io::Sentence& sentence, const std::string& target, const std::string& method, double value,
           double baseline, double delta, int steps);
  io::Tree tree() const { return tree_; }
  std::vector<std::vector<io::Tree>> shown(int rows) const;

 private:
  io::Tree tree_ = io::Tree::object();
};

/// Attributions of words: a row per word (or piece) of every sentence, a column per method.
class InputTable {
 public:
  explicit InputTable(std::vector<std::string> methods);
  void add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
           const std::vector<attribute::RowAttribution>& results);
  /// Of one sentence: for each method, and last for random scores.
  void add_faithfulness(const std::vector<attribute::Faithfulness>& found);
  io::AnnData anndata(const io::Provenance& provenance) const;
  void show(Console& console, int rows) const;

 private:
  io::Tree mean_faithfulness() const;

  std::vector<std::string> methods_;
  std::vector<attribute::Faithfulness> faithfulness_;  ///< sums over the sentences
  std::int64_t judged_ = 0;
  std::vector<std::string> tokens_, segment_;
  std::vector<std::int32_t> sentence_, position_, char_begin_, char_end_, pieces_, sequence_;
  std::vector<bool> special_;
  std::vector<float> values_, errors_;  ///< rows side by side
  bool any_errors_ = false;
  ExampleTable examples_;
};

/// Attributions of pairs of words: a row per pair, first before second, and per word alone (first = second).
class PairTable {
 public:
  /// @param players  what the rows are: `word`
  explicit PairTable(std::vector<std::string> methods, std::string players = "word");
  void add(const io::Sentence& sentence, std::int64_t number, const attribute::Example& example,
           const std::vector<attribute::RowPairs>& results);
  io::AnnData anndata() const;
  void show(Console& console, int rows) const;

 private:
  std::vector<std::string> methods_;
  std::string players_;
  std::vector<std::int32_t> sentence_, first_, second_;
  std::vector<std::string> first_token_, second_token_;
  std::vector<float> values_;
  ExampleTable examples_;
  io::Tree groups_ = io::Tree::object();  ///< ArchAttribute's, of every sentence
};

/// Attributions of neurons over a corpus: a ranking, with each site's share and each sentence's sum rule in
/// uns.
class NeuronTable {
 public:
  NeuronTable(std::vector<SiteColumns> sites, std::string method);
  void add(std::int64_t number, const io::Sentence& sentence, const attribute::Example& example,
           const attribute::LayerAttribution& found);
  io::AnnData anndata(const NeuronAxis& axis, const attribute::NeuronScores::Result& scores,
                      const io::Provenance& provenance) const;
  void show(Console& console, const NeuronAxis& axis, const attribute::NeuronScores::Result& scores,
            int rows) const;

 private:
  std::vector<SiteColumns> sites_;
  std::string method_;
  io::Tree cells_ = io::Tree::object();  ///< sentence, token, site: sum and l2 over the neurons
  io::Tree examples_ = io::Tree::object();
  PartsTable parts_;
  std::vector<double> worst_;  ///< per site: largest |delta|, NaN where no sum is promised
};

}  // namespace neurox::apps
